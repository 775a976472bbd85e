/** A short soak; `node tests/soak.mjs` is the long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { soak } from '../soak.mjs';

test('four hundred pictures through one scorer leave the memory where it was', async (context) => {
  const { growth, scored, failed } = await soak({ count: 400, model: fileURLToPath(new URL('../golden/vectors/q8', import.meta.url)) });
  context.diagnostic(`${scored} scored, ${failed} refused, ${(growth / 2 ** 20).toFixed(1)} MiB`);
  assert.ok(scored > 200 && failed > 80);
  assert.ok(growth < 24 << 20, `${growth} bytes`);
});
