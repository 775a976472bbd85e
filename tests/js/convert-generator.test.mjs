/** The seeded generator gives in JavaScript what generator.py gave when tower.json was written. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { normals, syntheticView, towerTensors } from '../golden/generator.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/tower.json', import.meta.url)));

for (const { id, sizes, seed, outliers, views, weights_sha256: weights, views_sha256: pictures } of cases) {
  test(`${id}: the same weights and pictures as in Python`, () => {
    const hash = createHash('sha256');
    for (const { make } of towerTensors(sizes, seed, outliers)) hash.update(new Uint8Array(make().buffer));
    assert.equal(hash.digest('hex'), weights);
    const viewHash = createHash('sha256');
    for (let index = 0; index < views.count; index += 1) viewHash.update(syntheticView(sizes.image, views.seed, index));
    assert.equal(viewHash.digest('hex'), pictures);
  });
}

test('the numbers are nearly normal', () => {
  const values = normals(1, 'x', 100000, 2, 1);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const moment = (power) => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  assert.ok(Math.abs(mean - 1) < 0.03);
  assert.ok(Math.abs(moment(2) - 4) < 0.1);
  assert.ok(Math.abs(moment(4) / moment(2) ** 2 - 2.8) < 0.1, 'six uniform numbers: a kurtosis of 3 - 1.2 / 6');
});
