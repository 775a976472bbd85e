/** A short soak; `node tests/soak.mjs` is the long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Scorer } from '../../web/lib/percept.js';
import { soak } from '../soak.mjs';

test('four hundred pictures through one scorer leave the memory where it was', async (context) => {
  const { growth, scored, failed } = await soak({ count: 400, model: fileURLToPath(new URL('../golden/vectors/q8', import.meta.url)) });
  context.diagnostic(`${scored} scored, ${failed} refused, ${(growth / 2 ** 20).toFixed(1)} MiB`);
  assert.ok(scored > 200 && failed > 80);
  assert.ok(growth < 24 << 20, `${growth} bytes`);
});

test('scorers that come and go give their memory back', async (context) => {
  const demo = fileURLToPath(new URL('../../weights/demo', import.meta.url));
  const cycle = async () => {
    const scorer = await Scorer.load(demo, { threads: 2 });
    const { memory } = scorer.engine;
    scorer.dispose();
    return memory;
  };
  for (let times = 0; times < 5; times += 1) await cycle();
  const before = process.memoryUsage.rss();
  let loaded = 0;
  for (let times = 0; times < 30; times += 1) loaded += await cycle();
  const growth = process.memoryUsage.rss() - before;
  context.diagnostic(`${(loaded / 2 ** 20).toFixed(0)} MiB loaded, ${(growth / 2 ** 20).toFixed(0)} kept`);
  assert.ok(growth < loaded / 4, `${growth} of ${loaded} bytes`);
});
