/** What a pilot needs to decide: the work saved, and what disagreement would cost. Pure. */
import { mean, shareInterval } from '../lib/shared/statistics.js';
import { independentHits } from '../lib/teach/evidence.js';

/** @param {[number, number, number]} figures @param {number} by @returns {[number, number, number]} */
const times = ([value, low, high], by) => [value * by, low * by, high * by];

/**
 * @param {object} given
 * @param {number} given.scored pictures that the model scored
 * @param {number} given.machineMilliseconds that it took
 * @param {{model: number | string, people: number | string}[]} given.pairs pictures that people judged too
 * @param {number[]} [given.clusters] of each pair: pictures that are nearly the same share a number
 * @param {number} given.rate pictures that a person judges in an hour
 * @param {number} given.tolerance scores further apart than this disagree; classes disagree when they differ
 * @param {number} given.cost of one picture on which the model is wrong, in the user's money
 * @returns {{handHours: number, machineHours: number, savedHours: number, judged: number, disagreements: number,
 *   share: number | null, interval: [number, number] | null, expected: [number, number, number] | null,
 *   expectedCost: [number, number, number] | null}} expected: of all scored pictures, with the interval's ends
 */
export function pilotFigures({ scored, machineMilliseconds, pairs, clusters = [...pairs.keys()], rate, tolerance, cost }) {
  const disagree = (/** @type {typeof pairs[number]} */ { model, people }) => (typeof model === 'number' ? Math.abs(model - Number(people)) > tolerance : model !== people);
  const misses = pairs.map((pair) => Number(disagree(pair)));
  const share = misses.length > 0 ? mean(misses) : null;
  const independent = share === null ? 0 : independentHits(misses, clusters);
  const interval = shareInterval((share ?? 0) * independent, independent);
  const expected = interval && share !== null ? times([share, ...interval], scored) : null;
  const handHours = scored / rate;
  const machineHours = machineMilliseconds / 3_600_000;
  return {
    handHours,
    machineHours,
    savedHours: Math.max(0, handHours - machineHours - pairs.length / rate),
    judged: pairs.length,
    disagreements: misses.filter((miss) => miss === 1).length,
    share,
    interval,
    expected,
    expectedCost: expected && times(expected, cost),
  };
}
