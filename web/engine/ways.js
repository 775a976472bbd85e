/**
 * Which of a build's ways to compute the int8 product is fastest here. The fused dot product is one
 * operation on processors that have it and an emulation elsewhere, in which browsers differ. JavaScript cannot ask: it is
 * timed.
 * All ways give the same bits. An engine optimises code that has run for a while, each way by itself and some time
 * later: timed too early, one would be compared optimised with the other as it came.
 */

import { breathe } from './breathe.js';

/** Multiplications of one measurement, in rounds of 61440: about a millisecond, for clocks rounded to 100 µs. */
const ROUNDS = 670;
/** Runs of each way that make the engine optimise it. */
const WARMING_RUNS = 5;
/** The timing ends when so many measurements in turn found nothing faster, by this factor; or after the most. */
const SETTLED = 5;
const FASTER = 0.9;
const MOST_MEASUREMENTS = 40;
/** Another way than the first must be this much faster, so that noise does not choose. */
const GAIN = 1.05;

/** Runs all ways, for while weights arrive. @param {import('./tower.js').Tower} tower */
export async function warmWays(tower) {
  for (let run = 0; run < WARMING_RUNS; run += 1) {
    for (let way = 0; way < tower.ways; way += 1) {
      tower.exercise(way, ROUNDS);
      await breathe();
    }
  }
}

/** To be asked late, after warmWays and once the weights are there. @param {import('./tower.js').Tower} tower */
export async function fastestWay(tower) {
  const shortest = new Array(tower.ways).fill(Infinity);
  for (let measurement = 0, settled = 0; measurement < MOST_MEASUREMENTS && settled < SETTLED; measurement += 1) {
    settled += 1;
    for (let way = 0; way < shortest.length; way += 1) {
      const start = performance.now();
      tower.exercise(way, ROUNDS);
      const time = performance.now() - start;
      if (time < shortest[way] * FASTER) settled = 0;
      shortest[way] = Math.min(shortest[way], time);
    }
    await breathe();
  }
  const best = shortest.indexOf(Math.min(...shortest));
  return shortest[0] > shortest[best] * GAIN ? best : 0;
}
