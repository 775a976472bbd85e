/** Which way of the int8 product is chosen, with towers and clocks of which it is known how they go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastestWay, warmWays } from '../../web/lib/engine/ways.js';

/** Chromium's clock on an isolated page, on any other, and Firefox's on pages that are not isolated; in milliseconds. */
const FINE = 0.005;
const ROUNDED = 0.1;
const COARSE = 1;
/** Firefox's when it resists fingerprinting. */
const USELESS = 100;

/** @typedef {(run: number) => number} Takes the milliseconds of the n-th run, from 0 */

/**
 * The way that is chosen, and the milliseconds that it took to choose.
 * @param {Takes[]} ways @param {(time: number) => number} clock what performance.now says at a time
 */
async function choose(ways, clock) {
  const runs = ways.map(() => 0);
  let time = 0;
  const tower = {
    ways: ways.length,
    exercise(way) {
      time += ways[way](runs[way]);
      runs[way] += 1;
    },
  };
  const { now } = performance;
  performance.now = () => clock(time);
  try {
    await warmWays(tower);
    const warm = time;
    return { way: await fastestWay(tower), took: time - warm };
  } finally {
    performance.now = now;
  }
}

const inSteps = (step) => (time) => Math.floor(time / step) * step;

const always = (milliseconds) => () => milliseconds;

for (const [name, step] of Object.entries({ fine: FINE, rounded: ROUNDED, coarse: COARSE })) {
  test(`the faster way is chosen by a ${name} clock`, async () => {
    const clock = inSteps(step);
    assert.equal((await choose([always(0.1), always(0.13)], clock)).way, 0);
    assert.equal((await choose([always(0.13), always(0.1)], clock)).way, 1);
    assert.equal((await choose([always(0.17), always(0.13), always(0.1)], clock)).way, 2);
    assert.equal((await choose([always(1.3), always(1)], clock)).way, 1);
  });
}

test('a single way is not timed', async () => {
  assert.deepEqual(await choose([always(0.1)], inSteps(COARSE)), { way: 0, took: 0 });
});

test('a way that the engine optimises late is not taken for a slow one', async () => {
  assert.equal((await choose([(run) => (run < 80 ? 0.8 : 0.1), always(0.2)], inSteps(FINE))).way, 0);
});

test('a pause in a measurement, in which something else was computed, chooses nothing', async () => {
  for (let paused = 50; paused < 80; paused += 1) {
    const ways = [(run) => (run === paused ? 25 : 0.1), always(0.13)];
    assert.equal((await choose(ways, inSteps(FINE))).way, 0, `in run ${paused}`);
    assert.equal((await choose(ways.toReversed(), inSteps(FINE))).way, 1, `in run ${paused}`);
  }
});

test('the timing ends, however the times vary', async () => {
  let took = 2;
  const { way, took: all } = await choose([always(2), () => { took *= 0.99; return took; }], inSteps(FINE));
  assert.equal(way, 1);
  assert.ok(all < 2000, `${all} ms`);
});

test('clocks that are no use choose the first way, soon', async () => {
  let backwards = 0;
  const clocks = { frozen: () => 7, backwards: () => { backwards -= 1; return backwards; }, useless: inSteps(USELESS) };
  for (const [name, clock] of Object.entries(clocks)) {
    const { way, took } = await choose([always(0.13), always(0.1)], clock);
    assert.equal(way, 0, name);
    assert.ok(took < 100, `${name}: ${took} ms`);
  }
});
