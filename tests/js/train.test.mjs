/**
 * The training code, and the whole way of a task of one's own: labels.csv, adapt.py, convert.mjs, score.mjs.
 *
 * It needs numpy, Pillow and PyTorch; without them it is skipped, and says which is missing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { TowerSource } from '../../build_scripts/convert/tower.mjs';
import { findPython } from '../support/python.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const { python, skip } = findPython(['numpy', 'PIL', 'torch']);

let work;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-train-'));
});
after(() => rm(work, { recursive: true }));

const runPython = (...args) => run(python, ['-B', ...args], { cwd: ROOT, env: { ...process.env, OPENBLAS_NUM_THREADS: '1' } });
const runNode = (script, ...args) => run(process.execPath, [join(ROOT, 'build_scripts', script), ...args]);

test('a checkpoint of any layout becomes a trunk that adapt.py reads; this needs no Python', async () => {
  const out = join(work, 'trunk-openai');
  await runNode('train/trunk_folder.mjs', join(ROOT, 'tests/golden/checkpoints/openai.pt'), out, '{"num_attention_heads":2}');
  const checkpoint = await openCheckpoint(out);
  const tower = await TowerSource.open(checkpoint, { config: {} });
  assert.deepEqual([tower.layout.id, tower.sizes.heads, tower.sizes.activation], ['huggingface', 2, 'quick_gelu']);
  await checkpoint.close();
  assert.equal(JSON.parse(await readFile(join(out, 'preprocessor_config.json'))).image_mean.length, 3);
});

test('the training code passes its own tests', { skip }, async () => {
  const { stderr } = await runPython('-m', 'unittest', 'discover', '-s', 'tests/train');
  assert.match(stderr, /\nOK\n/);
});

test('labels become an adapter, a recipe, a model and scores that agree with PyTorch', { skip }, async () => {
  await runPython('tests/train/make_labelled.py', work);
  const out = join(work, 'warmth');
  const { stdout } = await runPython('build_scripts/train/adapt.py', '--base', join(work, 'trunk'), '--labels', join(work, 'labels.csv'),
    '--images', join(work, 'pictures'), '--out', out, '--epochs', '3', '--folds', '3');
  assert.match(stdout, /spearman 0\.\d\d \[/);
  const report = JSON.parse(await readFile(join(out, 'report.json')));
  assert.equal(report.pictures, 40);
  assert.ok(report.held_out.spearman.value > 0.8, `held-out Spearman ${report.held_out.spearman.value}`);
  assert.ok(report.agreement.mean > 0.9);
  for (const file of ['report.md', 'learning-curve.svg', 'adapter/adapter_config.json']) assert.ok(existsSync(join(out, file)), file);

  const model = join(work, 'model');
  await runNode('convert.mjs', join(out, 'recipe.json'), '--outdir', model, '--outtype', 'f32');
  const pictures = Array.from({ length: 6 }, (_, i) => join(work, 'pictures', `${i}.png`));
  const { stdout: lines } = await runNode('score.mjs', '--model', model, '--format', 'json', ...pictures);
  const scores = lines.trimEnd().split('\n').map((line) => JSON.parse(line).scores.warmth.raw[0]);
  const { stdout: expected } = await runPython('tests/train/make_labelled.py', work, '--score', out);
  JSON.parse(expected).slice(0, 6).forEach((value, i) => assert.ok(Math.abs(scores[i] - value) < 2e-3, `${scores[i]} and ${value}`));
});

test('adapt.py says in a sentence what is wrong with the labels', { skip }, async () => {
  await assert.rejects(
    runPython('build_scripts/train/adapt.py', '--base', join(work, 'trunk'), '--labels', join(work, 'labels.csv'), '--images', work, '--out', join(work, 'x')),
    ({ code, stderr }) => code === 1 && /lacks 40 of the labelled pictures/.test(stderr) && !/Traceback/.test(stderr),
  );
});
