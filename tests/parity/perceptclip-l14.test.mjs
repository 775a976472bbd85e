/**
 * The way of `make weights RECIPE=perceptclip-l14` at full size: seeded files in PerceptCLIP's layout are served by
 * this machine, downloaded, proven to share a trunk and converted; the scores are PyTorch's (tower-l14.json).
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { adapterTensors, headTensors, syntheticView, towerTensors } from '../golden/generator.mjs';
import { perceptClipTensors, writeTorchFile } from '../golden/torch-writer.mjs';
import { lowestCosine, relativeError, spreadError } from '../support/closeness.mjs';
import { TestTower } from '../support/tower-harness.mjs';
import { convertMeasured, downloadRecipe, serveFolder } from '../support/published.mjs';

const { cases: [{ sizes, seed, outliers, views: pictures, expected }] } = JSON.parse(await readFile(new URL('../golden/tower-l14.json', import.meta.url)));
const views = Array.from({ length: pictures.count }, (_, index) => syntheticView(sizes.image, pictures.seed, index));
/** What tower.py adds to the case's seed for its first task. */
const TASK_SEED = seed + 1000;
const LORA = { targets: ['q_proj', 'k_proj', 'v_proj'], rank: 16 };

let served;
let folder;

before(async () => {
  served = await serveFolder();
  folder = served.folder;
  const tower = towerTensors(sizes, seed, outliers);
  for (const [name, taskSeed, outputs] of [['score.pth', TASK_SEED, 1], ['other.pth', TASK_SEED + 2, 1], ['emotion.pth', TASK_SEED + 1, 8]]) {
    const head = headTensors(sizes.embedding, [512, 256, outputs], taskSeed);
    await writeTorchFile(join(folder, name), perceptClipTensors(tower, adapterTensors(sizes, LORA, taskSeed), head));
  }
});

after(() => served.close());

test('three files become one base and three adapters, in less than 1 GB of memory', async (t) => {
  const recipe = await downloadRecipe(served, 'perceptclip-l14', ['score.pth', 'other.pth', 'emotion.pth']);
  for (const outtype of ['q8', 'q4', 'f32']) {
    const { seconds, megabytes } = await convertMeasured(recipe, join(folder, outtype), outtype);
    t.diagnostic(`${outtype}: ${seconds.toFixed(0)} s, at most ${megabytes.toFixed(0)} MiB of memory`);
    assert.ok(megabytes < 1000, `${megabytes} MiB`);
  }
  for (const [outtype, most] of [['q8', 320], ['q4', 175]]) {
    const { base, tasks } = JSON.parse(await readFile(join(folder, outtype, 'model.json')));
    const total = ({ shards }) => shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    t.diagnostic(`${outtype}: base ${total(base).toFixed(1)} MB, tasks ${tasks.map((task) => total(task).toFixed(2)).join(', ')} MB`);
    assert.ok(total(base) < most, `${total(base)} MB`);
    for (const task of tasks) assert.ok(total(task) < 8);
  }
});

test('the scores are PyTorch\'s', async (t) => {
  const { embeddings, raw } = expected.tasks.score;
  const exact = (await TestTower.load(join(folder, 'f32'), 'simd128')).run(views, 0);
  const errors = [relativeError(exact.embeddings, embeddings), spreadError(exact.raw, raw)];
  t.diagnostic(`f32: ${errors.map((error) => error.toExponential(1)).join(', ')}`);
  assert.ok(errors[0] < 1e-4 && errors[1] < 1e-3, String(errors));
  const lowest = lowestCosine((await TestTower.load(join(folder, 'q8'), 'simd128')).run(views, 0).embeddings, embeddings);
  t.diagnostic(`q8: lowest cosine ${lowest.toFixed(5)}`);
  assert.ok(lowest >= 0.999, String(lowest));
});
