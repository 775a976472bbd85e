/**
 * Which of a build's ways to compute the int8 product is fastest here. The fused dot product is one
 * operation on processors that have it and an emulation elsewhere, which JavaScript cannot ask: it is timed.
 * All ways give the same bits. The timing runs while weights arrive, and leaves the kernels optimised by the
 * engine.
 */

import { breathe } from './breathe.js';

/** Multiplications of one measurement, in rounds of 16384: about a millisecond, for clocks rounded to 100 µs. */
const ROUNDS = 2500;
/** Measurements of each way; the first ones run unoptimised code, so that the shortest one counts. */
const MEASUREMENTS = 5;
/** Another way than the first must be this much faster, so that noise does not choose. */
const GAIN = 1.05;

/** @param {import('./tower.js').Tower} tower */
export async function fastestWay(tower) {
  const shortest = new Array(tower.ways).fill(Infinity);
  for (let measurement = 0; measurement < MEASUREMENTS; measurement++) {
    for (let way = 0; way < shortest.length; way++) {
      const start = performance.now();
      tower.exercise(way, ROUNDS);
      shortest[way] = Math.min(shortest[way], performance.now() - start);
      await breathe();
    }
  }
  const best = shortest.indexOf(Math.min(...shortest));
  return shortest[0] > shortest[best] * GAIN ? best : 0;
}
