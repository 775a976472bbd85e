/**
 * Which of a build's ways to compute the int8 product is fastest here. The fused dot product is one operation on
 * processors that have it and an emulation elsewhere, in which browsers differ. JavaScript cannot ask: it is timed.
 * All ways give the same bits. An engine optimises code that has run for a while, each way by itself and some time
 * later: timed too early, one would be compared optimised with the other as it came.
 */

import { breathe } from './breathe.js';

/** Multiplications of one run, in rounds of 61440: about a tenth of a millisecond. */
const ROUNDS = 67;
/**
 * A measurement goes on for so many runs and so many steps of the clock: browsers round it, to 5 µs, to 100 or, as
 * Firefox does where a page is not isolated, to a whole millisecond.
 */
const LEAST_RUNS = 10;
const LEAST_STEPS = 3;
/** After so many runs a measurement is given up: the clock stands still, runs backwards or is coarser than it is worth. */
const MOST_RUNS = 300;
/** Runs of each way that make the engine optimise it. */
const WARMING_RUNS = 50;
/** The timing ends when so many measurements in turn found nothing faster, by this factor; or after the most. */
const SETTLED = 5;
const FASTER = 0.9;
const MOST_MEASUREMENTS = 40;

/** Runs all ways, for while weights arrive. @param {import('./tower.js').Tower} tower */
export async function warmWays(tower) {
  for (let run = 0; run < WARMING_RUNS; run += LEAST_RUNS) {
    for (let way = 0; way < tower.ways; way += 1) {
      for (let i = 0; i < LEAST_RUNS; i += 1) tower.exercise(way, ROUNDS);
      await breathe();
    }
  }
}

/**
 * Milliseconds of one run, from the moment at which the clock has moved on: the time since then is off by a run at most,
 * however coarse the clock. The runs before that moment show how long its step is, or a run, where that is longer.
 * @param {import('./tower.js').Tower} tower @param {number} way
 * @returns {number} Infinity: none found, the clock is no use or something else was computed meanwhile
 */
function timeOfRun(tower, way) {
  const asked = performance.now();
  let runs = 0;
  const run = () => {
    tower.exercise(way, ROUNDS);
    runs += 1;
    return performance.now();
  };
  let start = run();
  while (start <= asked && runs < MOST_RUNS) start = run();
  const least = LEAST_STEPS * (start - asked);
  const before = runs;
  let end = start;
  while ((end - start < least || runs - before < LEAST_RUNS) && runs < MOST_RUNS) end = run();
  return least > 0 && end - start >= least ? (end - start) / (runs - before) : Infinity;
}

/** To be asked late, after warmWays and once the weights are there. @param {import('./tower.js').Tower} tower */
export async function fastestWay(tower) {
  if (tower.ways === 1) return 0;
  const shortest = new Array(tower.ways).fill(Infinity);
  for (let measurement = 0, settled = 0; measurement < MOST_MEASUREMENTS && settled < SETTLED; measurement += 1) {
    settled += 1;
    for (let way = 0; way < shortest.length; way += 1) {
      const time = timeOfRun(tower, way);
      if (time < shortest[way] * FASTER) settled = 0;
      shortest[way] = Math.min(shortest[way], time);
    }
    if (shortest.every((time) => time === Infinity)) return 0;
    await breathe();
  }
  return shortest.indexOf(Math.min(...shortest));
}
