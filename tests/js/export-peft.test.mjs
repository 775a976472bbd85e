/**
 * A trait's ways out: export-peft.mjs, from which PyTorch and PEFT compute what the engine computes from the trait
 * (tests/golden/families_export.py), and merging into a model's folder.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { exportPeft } from '../../build_scripts/export-peft.mjs';
import { mergeTraits } from '../../build_scripts/traits/open.mjs';
import { validateManifest } from '../../web/lib/weights/manifest.js';
import { writeTrait } from '../../web/lib/weights/trait-file.js';
import { normals } from '../golden/generator.mjs';
import { temporaryFolder } from '../support/convert-fixtures.mjs';
import { BOUND, PREPROCESS, convertIn, pictures, relativeError, sizes } from '../support/layout-parity.mjs';
import { TestTower } from '../support/tower-harness.mjs';

const FAMILIES = fileURLToPath(new URL('../golden/families/', import.meta.url));
const TOWER = join(FAMILIES, 'towers/vision-with-projection');
const EXPORTED = join(FAMILIES, 'export');
const FILES = ['adapter/adapter_config.json', 'adapter/adapter_model.safetensors', 'head.safetensors', 'task.json'];
const expected = JSON.parse(await readFile(join(FAMILIES, 'export.json')));

const EVIDENCE = {
  pictures: 0, labels: 0, pairs: 0, raters: { count: 0, agreement: null }, folds: 0, seed: 1, date: null, held_out: { head: null, deeper: null }, kept: 'deeper',
  difference: null, curve: [], different: [], groups: [], equal_groups: false, notes: ['few-labels'],
};

/** [rows, columns] in panels of eight, filled up with zeros. */
function pack(name, rows, columns, deviation, columnsUsed = columns) {
  const panels = Math.ceil(rows / 8);
  const plain = normals(95, name, rows * columns, deviation);
  const values = new Float32Array(panels * columns * 8);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columnsUsed; column += 1) values[Math.floor(row / 8) * columns * 8 + column * 8 + (row % 8)] = plain[row * columns + column];
  }
  return { name, shape: [panels, columns, 8], values };
}

const bias = (name, outputs) => ({ name, shape: [Math.ceil(outputs / 8) * 8], values: Float32Array.from({ length: Math.ceil(outputs / 8) * 8 }, (_, at) => (at < outputs ? Math.cos(at) : 0)) });

const { width, mlp_width: mlpWidth, embedding } = sizes;
/** [place, outputs, inputs, rank]: ranks that fill no panel, one that fills two. */
const PAIRS = [
  ['blocks.0.attention.query', width, width, 3], ['blocks.1.attention.value', width, width, 3], ['blocks.1.attention.out', width, width, 9],
  ['blocks.1.mlp.fc1', mlpWidth, width, 3], ['blocks.1.mlp.fc2', width, mlpWidth, 1], ['projection', embedding, width, 3],
];
const HEAD = [{ outputs: 5, activation: 'relu' }, { outputs: 2, activation: 'identity' }];

function traitTensors() {
  const pairs = PAIRS.flatMap(([place, out, inputs, rank]) => [pack(`${place}.lora_A`, rank, inputs, 0.3), pack(`${place}.lora_B`, out, 8 * Math.ceil(rank / 8), 0.3, rank)]);
  return [...pairs, pack('head.0.weight', 5, embedding, 0.5), bias('head.0.bias', 5), pack('head.1.weight', 2, 5, 0.5), bias('head.1.bias', 2)];
}

const TASK = { id: 'cover', title: { en: 'Cover' }, adapter: true, head: HEAD, normalize: true, output: { kind: 'classes', labels: ['no', 'yes'] } };

/** A model of the golden tower, and a trait on it. */
async function prepare(t, change = (tensors) => tensors, task = {}) {
  const folder = await temporaryFolder(t);
  const { outdir, manifest } = await convertIn(folder, { base: { path: TOWER }, tasks: [{ id: 'bare', preprocess: PREPROCESS }] });
  const trait = join(folder, 'cover.safetensors');
  const { preprocess } = manifest.tasks[0];
  await writeFile(trait, await writeTrait(manifest, { task: { ...TASK, preprocess, ...task }, evidence: EVIDENCE, tensors: change(traitTensors()) }));
  return { folder, outdir, manifest, trait };
}

test('what is written is what PyTorch read', async (t) => {
  const { folder, outdir, trait } = await prepare(t);
  const out = join(folder, 'exported');
  assert.deepEqual(await exportPeft({ model: outdir, trait, outdir: out }), ['adapter/', 'head.safetensors', 'task.json']);
  for (const file of FILES) assert.deepEqual(await readFile(join(out, file)), await readFile(join(EXPORTED, file)), file);
});

test('the engine computes from the trait what PyTorch and PEFT compute from the exported files', async (t) => {
  const { outdir, manifest, trait } = await prepare(t);
  const merged = await mergeTraits(manifest, [trait], outdir);
  await writeFile(join(outdir, 'model.json'), JSON.stringify(validateManifest(merged)));
  const { embeddings, raw } = (await TestTower.load(outdir, 'simd128')).run(pictures, 1);
  assert.ok(relativeError(embeddings, expected.embeddings) < BOUND, `embeddings differ by ${relativeError(embeddings, expected.embeddings)}`);
  assert.ok(relativeError(raw, expected.raw) < BOUND, `raw numbers differ by ${relativeError(raw, expected.raw)}`);
});

test('the converter reads the exported folder as the same adapter and head', async (t) => {
  const tasks = [{ id: 'a', adapter: { path: join(EXPORTED, 'adapter') }, head: { path: join(EXPORTED, 'head.safetensors'), layers: ['0', 'relu', '2'] }, normalize: true, output: TASK.output }];
  const { tower } = await convertIn(await temporaryFolder(t), { base: { path: TOWER }, tasks });
  assert.ok(relativeError(tower.run(pictures, 0).raw, expected.raw) < BOUND);
});

test('a trait without an adapter has a head alone', async (t) => {
  const { folder, outdir, trait } = await prepare(t, (tensors) => tensors.filter(({ name }) => name.startsWith('head')), { adapter: false });
  const out = join(folder, 'exported');
  assert.deepEqual(await exportPeft({ model: outdir, trait, outdir: out }), ['head.safetensors', 'task.json']);
  assert.deepEqual((await readdir(out)).sort(), ['head.safetensors', 'task.json']);
});

for (const [title, change, message] of [
  ['a tensor of a layer that the tower lacks', (tensors) => tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace('blocks.1', 'blocks.7') })), /blocks\.7\.attention\.value\.lora_A is missing, or not one of this model's/],
  ['a pair without B', (tensors) => tensors.filter(({ name }) => name !== 'projection.lora_B'), /projection\.lora_B is missing/],
  ['a head of another width', (tensors) => tensors.map((tensor) => (tensor.name === 'head.1.weight' ? pack('head.1.weight', 2, 6, 1) : tensor)), /head\.1\.weight is missing, or not/],
  ['a tensor that no trait has', (tensors) => [...tensors, bias('extra.bias', 8)], /extra\.bias is missing, or not/],
]) {
  test(`${title}: refused with the file's name, and nothing is written`, async (t) => {
    const { folder, outdir, manifest, trait } = await prepare(t, change);
    const before = await readdir(outdir);
    for (const attempt of [() => exportPeft({ model: outdir, trait, outdir: join(folder, 'exported') }), () => mergeTraits(manifest, [trait], outdir)]) {
      await assert.rejects(attempt(), (error) => error.code === 'trait-invalid' && message.test(error.message) && error.message.startsWith(trait));
    }
    assert.deepEqual(await readdir(outdir), before);
    assert.ok(!(await readdir(folder)).includes('exported'));
  });
}

test('convert.mjs --trait makes it a task, twice is refused, and another base\'s is', async (t) => {
  const { folder, trait } = await prepare(t);
  const recipe = join(folder, 'recipe.json');
  const convertScript = fileURLToPath(new URL('../../build_scripts/convert.mjs', import.meta.url));
  const run = (...args) => new Promise((resolve) => {
    execFile(process.execPath, [convertScript, recipe, '--outtype', 'f32', ...args], (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stderr }));
  });
  assert.equal((await run('--outdir', join(folder, 'one'), '--trait', trait)).status, 0);
  const { tasks } = JSON.parse(await readFile(join(folder, 'one/model.json')));
  assert.deepEqual(tasks.map(({ id }) => id), ['bare', 'cover']);
  assert.match(tasks[1].about.taught, /fewer than ten judgements/);
  assert.match((await run('--outdir', join(folder, 'two'), '--trait', trait, '--trait', trait)).stderr, /cover\.safetensors: .*its id, 'cover', is that of a task/);
  assert.deepEqual(await readdir(join(folder, 'two')), [], 'and the same command finds its folder empty again');
  await writeFile(join(folder, 'none.safetensors'), 'no trait');
  const broken = await run('--outdir', join(folder, 'three'), '--trait', join(folder, 'none.safetensors'));
  assert.match(broken.stderr, /trait-invalid: .*none\.safetensors: /);
  assert.ok(!(await readdir(folder)).includes('three'), 'before anything is written');
  const other = await convert(recipe, { outdir: join(folder, 'q8'), outtype: 'q8' });
  await assert.rejects(mergeTraits(other.manifest, [trait], join(folder, 'q8')), (error) => error.code === 'trait-other-base');
  const wrongUse = await run('--dry-run', '--trait', trait);
  assert.match(wrongUse.stderr, /--trait needs the base itself/);
  assert.deepEqual([wrongUse.status, broken.status], [2, 1]);
});
