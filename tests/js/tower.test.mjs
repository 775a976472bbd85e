/**
 * The tower's .wasm against PyTorch (tests/golden/tower.py): exact path, int8 path, and the same bits from
 * every build that this Node can run.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { spearman } from '../../web/lib/shared/statistics.js';
import { syntheticView } from '../golden/generator.mjs';
import { lowestCosine, relativeError, spreadError } from '../support/closeness.mjs';
import { cachedModel } from '../support/model-cache.mjs';
import { TestTower } from '../support/tower-harness.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/tower.json', import.meta.url)));
const BASE = -1;

function viewsOf({ sizes, views }) {
  return Array.from({ length: views.count }, (_, index) => syntheticView(sizes.image, views.seed, index));
}

for (const testCase of cases) {
  const { id, expected, tasks } = testCase;

  test(`${id}: float32 agrees with PyTorch, and an adapter changes the embeddings`, async (t) => {
    const tower = await TestTower.load(await cachedModel(testCase, 'f32'), 'simd128');
    const views = viewsOf(testCase);
    const own = tower.run(views, BASE).embeddings;
    const base = relativeError(own, expected.embeddings);
    t.diagnostic(`base: ${base.toExponential(1)}`);
    assert.ok(base < 1e-4, `base embeddings differ by ${base}`);
    tasks.forEach((task, index) => {
      const { embeddings, raw, result } = tower.run(views, index);
      if (task.lora) assert.ok(relativeError(embeddings, own) > 1e-2, `${task.id}: the adapter changes nothing that would be noticed`);
      const wanted = expected.tasks[task.id];
      const errors = [relativeError(embeddings, wanted.embeddings), spreadError(raw, wanted.raw)];
      t.diagnostic(`${task.id}: ${errors.map((error) => error.toExponential(1)).join(', ')}`);
      assert.ok(errors[0] < 1e-4, `${task.id}: embeddings differ by ${errors[0]}`);
      assert.ok(errors[1] < 1e-3, `${task.id}: raw results differ by ${errors[1]} of their spread`);
      if (wanted.probabilities) assert.ok(relativeError([result.slice(0, wanted.probabilities.length)], [wanted.probabilities]) < 1e-4);
    });
  });
}

/** A tiny tower has fewer channels to average its rounding over. */
const LOWEST_COSINE = { tiny: 0.997, 'tiny-odd': 0.997, 'tiny-bare': 0.997, b32: 0.998, 'b32-outliers': 0.998 };

for (const testCase of cases) {
  const { id, expected, tasks } = testCase;

  test(`${id}: int8 stays near PyTorch`, async (t) => {
    const tower = await TestTower.load(await cachedModel(testCase, 'q8'), 'simd128');
    const views = viewsOf(testCase);
    const base = lowestCosine(tower.run(views, BASE).embeddings, expected.embeddings);
    t.diagnostic(`base: lowest cosine ${base.toFixed(5)}`);
    assert.ok(base >= LOWEST_COSINE[id], `base: ${base}`);
    tasks.forEach((task, index) => {
      const { embeddings, raw } = tower.run(views, index);
      const wanted = expected.tasks[task.id];
      const lowest = lowestCosine(embeddings, wanted.embeddings);
      assert.ok(lowest >= LOWEST_COSINE[id], `${task.id}: ${lowest}`);
      if (views.length < 12) return;
      const order = spearman(raw.flat(), wanted.raw.flat());
      t.diagnostic(`${task.id}: lowest cosine ${lowest.toFixed(5)}, Spearman ${order.toFixed(3)}`);
      assert.ok(order >= 0.9, `${task.id}: Spearman ${order}`);
    });
  });
}

/** Half floats lose 11 bits of the weights, not more. */
test('tiny-odd: f16 stays near PyTorch', async () => {
  const testCase = cases.find(({ id }) => id === 'tiny-odd');
  const tower = await TestTower.load(await cachedModel(testCase, 'f16'), 'simd128');
  const error = relativeError(tower.run(viewsOf(testCase), BASE).embeddings, testCase.expected.embeddings);
  assert.ok(error > 1e-6 && error < 5e-3, `embeddings differ by ${error}`);
});

/** The scalar build is slow, so a full-size tower runs one view of one task in it. */
function runForBits(tower, testCase) {
  const views = viewsOf(testCase);
  if (testCase.sizes.width >= 512) return tower.run(views.slice(0, 1), 0);
  return [BASE, ...testCase.tasks.keys()].map((adapter) => tower.run(views, adapter));
}

const BIT_CASES = cases.flatMap((testCase) => ['f32', 'q8'].map((outtype) => ({ testCase, outtype })))
  .filter(({ testCase, outtype }) => testCase.id !== (outtype === 'q8' ? 'b32' : 'b32-outliers'));

/** Node 20 hides the relaxed opcodes; tests/browser runs those builds. */
for (const { testCase, outtype } of BIT_CASES) {
  test(`${testCase.id}, ${outtype}: reference and simd128 give the same bits`, async () => {
    const folder = await cachedModel(testCase, outtype);
    const results = [];
    for (const build of ['reference', 'simd128']) results.push(runForBits(await TestTower.load(folder, build), testCase));
    assert.deepEqual(results[1], results[0]);
  });
}
