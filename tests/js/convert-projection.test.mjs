/** A task may bring a projection of its own, of CLIP's real sizes: the answers are those of a tower that has it. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { adapterTensors, headTensors, syntheticView, towerTensors } from '../golden/generator.mjs';
import { writeAdapterFolder, writeSafetensors, writeTowerFolder } from '../golden/seeded-folders.mjs';
import { perceptClipTensors, writeTorchFile } from '../golden/torch-writer.mjs';
import { relativeError } from '../support/closeness.mjs';
import { temporaryFolder } from '../support/convert-fixtures.mjs';
import { TestTower } from '../support/tower-harness.mjs';

/** L/14's projection, 1024 to 768, after a single narrow block. */
const SIZES = { width: 1024, layers: 1, heads: 16, mlp_width: 64, patch: 32, image: 64, embedding: 768 };
const LORA = { targets: ['q_proj', 'k_proj', 'v_proj'], rank: 4, alpha: 8 };
const PROJECTION = 'visual_projection.weight';
const views = [0, 1].map((index) => syntheticView(SIZES.image, 3, index));
const base = towerTensors(SIZES, 1, false);
const other = towerTensors(SIZES, 2, false).find(({ name }) => name === PROJECTION);
const withOther = base.map((tensor) => (tensor.name === PROJECTION ? other : tensor));

async function embeddings(folder, recipe, adapter) {
  await writeFile(join(folder, 'recipe.json'), JSON.stringify({ name: 'x', ...recipe }));
  await convert(join(folder, 'recipe.json'), { outdir: join(folder, `out-${adapter}`), outtype: 'f32' });
  const tower = await TestTower.load(join(folder, `out-${adapter}`), 'simd128');
  return tower.run(views, adapter, false).embeddings;
}

async function writeTower(folder, name, tensors) {
  await writeTowerFolder(join(folder, name), { sizes: SIZES, activation: 'quick_gelu', seed: 1, outliers: false });
  await writeSafetensors(join(folder, name, 'model.safetensors'), tensors);
}

test('PEFT: modules_to_save replaces the projection', async (t) => {
  const folder = await temporaryFolder(t);
  await writeTower(folder, 'tower', base);
  await writeTower(folder, 'wanted', withOther);
  await writeAdapterFolder(join(folder, 'lora'), SIZES, { ...LORA, modules_to_save: ['visual_projection'] }, 5);
  const saved = { ...other, name: `base_model.model.${PROJECTION}` };
  await writeSafetensors(join(folder, 'lora/adapter_model.safetensors'), [...adapterTensors(SIZES, LORA, 5), saved]);
  await mkdir(join(folder, 'plain'));
  await writeAdapterFolder(join(folder, 'plain'), SIZES, LORA, 5);
  const task = (path) => ({ tasks: [{ id: 'own', adapter: { path } }] });
  const ours = await embeddings(folder, { base: { path: 'tower' }, ...task('lora') }, 0);
  await mkdir(join(folder, 'second'));
  await writeFile(join(folder, 'recipe.json'), JSON.stringify({ name: 'x', base: { path: 'wanted' }, ...task('plain') }));
  await convert(join(folder, 'recipe.json'), { outdir: join(folder, 'second'), outtype: 'f32' });
  const wanted = (await TestTower.load(join(folder, 'second'), 'simd128')).run(views, 0, false).embeddings;
  assert.ok(relativeError(ours, wanted) < 1e-5, `${relativeError(ours, wanted)}`);
});

test('PerceptCLIP: a second file with a projection of its own keeps the one trunk', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [name, tower] of [['a.pth', base], ['b.pth', withOther]]) {
    await writeTorchFile(join(folder, name), perceptClipTensors(tower, adapterTensors(SIZES, LORA, 5), headTensors(SIZES.embedding, [8, 4, 1], 6)));
  }
  const config = { hidden_act: 'quick_gelu', num_attention_heads: SIZES.heads };
  const tasks = (...files) => files.map((path, index) => ({ id: `t${index}`, adapter: { path }, head: { path }, preprocess: { resize: { shorter: SIZES.image } } }));
  const ours = await embeddings(folder, { base: { path: 'a.pth', config }, tasks: tasks('a.pth', 'b.pth') }, 1);
  const alone = await temporaryFolder(t);
  await writeFile(join(alone, 'recipe.json'), JSON.stringify({ name: 'x', base: { path: join(folder, 'b.pth'), config }, tasks: tasks(join(folder, 'b.pth')) }));
  await convert(join(alone, 'recipe.json'), { outdir: join(alone, 'out'), outtype: 'f32' });
  const wanted = (await TestTower.load(join(alone, 'out'), 'simd128')).run(views, 0, false).embeddings;
  assert.ok(relativeError(ours, wanted) < 1e-5, `${relativeError(ours, wanted)}`);
});
