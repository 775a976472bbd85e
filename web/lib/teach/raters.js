/** How far raters agree with one another, which is about as far as any fit can agree with them. Pure. */
import { mean, pearson, shareInterval } from '../shared/statistics.js';
import { rankInterval } from './intervals.js';

/** Things that raters must share before their agreement says anything. */
const LEAST_SHARED = 5;

/** @import {Evidence} from '../percept.js' */
/** @import {Interval} from './intervals.js' */
/** @typedef {{value: number, raters: number} | null} Agreement raters: how many were compared; null where they share too little */

/**
 * Of numbers: the mean correlation of a rater with the mean of all others, over the pictures that they share.
 * @param {Map<string, number>[]} byPicture each picture's numbers by rater
 * @returns {Agreement}
 */
export function agreementOfNumbers(byPicture) {
  /** @type {Map<string, {own: number[], others: number[]}>} */
  const byRater = new Map();
  for (const given of byPicture) {
    for (const [rater, value] of given) {
      const others = Array.from(given).filter(([name]) => name !== rater).map(([, other]) => other);
      if (others.length === 0) continue;
      const pairs = byRater.get(rater) ?? { own: [], others: [] };
      pairs.own.push(value);
      pairs.others.push(mean(others));
      byRater.set(rater, pairs);
    }
  }
  const correlations = [...byRater.keys()].sort().map((name) => /** @type {{own: number[], others: number[]}} */ (byRater.get(name)))
    .filter(({ own }) => own.length >= LEAST_SHARED)
    .flatMap(({ own, others }) => pearson(own, others) ?? []);
  return correlations.length === 0 ? null : { value: mean(correlations), raters: correlations.length };
}

/**
 * Of answers: the share of two raters' answers to one question that are the same.
 * @param {{rater: string, answer: unknown}[][]} questions
 * @returns {Agreement}
 */
export function agreementOfAnswers(questions) {
  let [shared, same] = [0, 0];
  const raters = new Set();
  for (const answers of questions) {
    answers.forEach((one, at) => answers.slice(0, at).forEach((other) => {
      if (one.rater === other.rater) return;
      shared += 1;
      same += Number(one.answer === other.answer);
      raters.add(one.rater).add(other.rater);
    }));
  }
  return shared < LEAST_SHARED ? null : { value: same / shared, raters: raters.size };
}

/**
 * How many pictures at least two raters judged: of two raters exactly, of more at least so many. Evidence counts labels and pictures alone;
 * of pairs it does not tell.
 * @param {Pick<Evidence, 'labels' | 'pictures' | 'raters'>} evidence of two raters or more
 */
export const sharedAtLeast = ({ labels, pictures, raters: { count } }) => Math.max(0, Math.ceil((labels - pictures) / (count - 1)));

/**
 * The 95 % interval of an agreement. A picture counts once, however many judged it.
 * @param {number} value a correlation of numbers, else the share of same answers @param {number} shared pictures that more than one judged @param {boolean} areNumbers
 * @returns {Interval}
 */
export const agreementInterval = (value, shared, areNumbers) => (
  areNumbers ? rankInterval(value, shared) : /** @type {Interval} */ (shareInterval(value * shared, shared)));
