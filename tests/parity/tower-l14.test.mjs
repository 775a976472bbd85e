/**
 * A full-size seeded L/14 with outlier gains against PyTorch (tests/golden/tower.py, tower-l14.json). It makes 1.5 GB
 * of weights and computes for minutes, so `make test` leaves it out:
 *
 *   node --test tests/parity
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { syntheticView } from '../golden/generator.mjs';
import { lowestCosine, relativeError, spreadError } from '../support/closeness.mjs';
import { cachedModel } from '../support/model-cache.mjs';
import { TestTower } from '../support/tower-harness.mjs';

const BASE = -1;
const TASK = 0;
const { cases: [testCase] } = JSON.parse(await readFile(new URL('../golden/tower-l14.json', import.meta.url)));
const { expected, sizes } = testCase;
const views = Array.from({ length: testCase.views.count }, (_, index) => syntheticView(sizes.image, testCase.views.seed, index));

test('L/14: float32 agrees with PyTorch', async (t) => {
  const tower = await TestTower.load(await cachedModel(testCase, 'f32'), 'simd128');
  const base = relativeError(tower.run(views, BASE).embeddings, expected.embeddings);
  const { embeddings, raw } = tower.run(views, TASK);
  const errors = [base, relativeError(embeddings, expected.tasks.score.embeddings), spreadError(raw, expected.tasks.score.raw)];
  t.diagnostic(`base, adapter, raw: ${errors.map((error) => error.toExponential(1)).join(', ')}`);
  assert.ok(errors[0] < 1e-4 && errors[1] < 1e-4 && errors[2] < 1e-3, String(errors));
});

test('L/14: int8 stays near PyTorch', async (t) => {
  const tower = await TestTower.load(await cachedModel(testCase, 'q8'), 'simd128');
  const base = lowestCosine(tower.run(views, BASE).embeddings, expected.embeddings);
  const task = lowestCosine(tower.run(views, TASK).embeddings, expected.tasks.score.embeddings);
  t.diagnostic(`lowest cosine: base ${base.toFixed(5)}, adapter ${task.toFixed(5)}`);
  assert.ok(base >= 0.999 && task >= 0.999, `${base}, ${task}`);
});
