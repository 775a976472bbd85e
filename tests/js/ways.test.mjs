/** Which way of the int8 product is chosen, with towers of which it is known how long each way takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastestWay, warmWays } from '../../web/engine/ways.js';

/** A tower whose way w takes milliseconds[w](n) the n-th time, from 0. */
function towerThatTakes(...milliseconds) {
  const runs = milliseconds.map(() => 0);
  return {
    ways: milliseconds.length,
    exercise(way) {
      const end = performance.now() + milliseconds[way](runs[way]);
      runs[way] += 1;
      while (performance.now() < end);
    },
  };
}

async function choose(tower) {
  await warmWays(tower);
  return fastestWay(tower);
}

test('the faster way is chosen', async () => {
  assert.equal(await choose(towerThatTakes(() => 1, () => 2)), 0);
  assert.equal(await choose(towerThatTakes(() => 2, () => 1)), 1);
  assert.equal(await choose(towerThatTakes(() => 3, () => 2, () => 1)), 2);
  assert.equal(await choose(towerThatTakes(() => 1)), 0);
});

test('a way that the engine optimises late is not taken for a slow one', async () => {
  assert.equal(await choose(towerThatTakes((run) => (run < 8 ? 8 : 1), () => 2)), 0);
});

test('the timing ends, however the times vary', async () => {
  let took = 2;
  assert.equal(await choose(towerThatTakes(() => 2, () => { took *= 0.85; return took; })), 1);
});
