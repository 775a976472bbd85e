/** People's labels: one for each picture, task and rater; joined and compared. Pure. */
import { mean, pearson } from '../lib/shared/statistics.js';

/** @import {Label} from '../lib/shared/judgement-rows.js' */

/** Fewer shared pictures than this say nothing of a rater. */
const LEAST_SHARED = 5;

/** Later labels of the same picture by the same rater replace earlier ones. @param {Label[]} labels */
export function joinLabels(labels) {
  const joined = new Map();
  for (const label of labels) joined.set(JSON.stringify([label.picture, label.rater]), label);
  return [...joined.values()];
}

/** @param {Label[]} labels @returns {Map<string, Map<string, string>>} by picture, then by rater */
export function byPicture(labels) {
  const pictures = new Map();
  for (const { picture, label, rater } of labels) {
    const given = pictures.get(picture) ?? new Map();
    pictures.set(picture, given.set(rater, label));
  }
  return pictures;
}

/**
 * What people together say of a picture: the mean, or the class that most chose (of equals the first).
 * @param {Map<string, string>} given by rater @param {boolean} areNumbers
 */
export function consensus(given, areNumbers) {
  const values = [...given.values()];
  if (areNumbers) return mean(values.map(Number));
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/**
 * How well raters agree with one another, the ceiling for any model. Numbers: the mean over raters of a rater's
 * correlation with the mean of the others, over the pictures that they share, at least five. Labels: the share of
 * pairs of raters who chose the same. Where numbers are wanted, other labels are passed over.
 * @param {Label[]} given @param {boolean} areNumbers
 * @returns {{value: number, raters: number} | null} null where there is nothing to compare
 */
export function agreementOfRaters(given, areNumbers) {
  const labels = areNumbers ? given.filter(({ label }) => Number.isFinite(Number(label))) : given;
  const pictures = [...byPicture(labels).values()];
  const raters = [...new Set(labels.map(({ rater }) => rater))];
  if (!areNumbers) {
    const pairs = pictures.flatMap((each) => pairsOf([...each.values()]));
    if (pairs.length === 0) return null;
    return { value: mean(pairs.map(([a, b]) => Number(a === b))), raters: raters.length };
  }
  const correlations = raters.map((rater) => {
    const shared = pictures.filter((each) => each.has(rater) && each.size > 1);
    if (shared.length < LEAST_SHARED) return null;
    const others = shared.map((each) => mean([...each].filter(([other]) => other !== rater).map(([, label]) => Number(label))));
    return pearson(shared.map((each) => Number(each.get(rater))), others);
  }).filter((value) => value !== null);
  return correlations.length === 0 ? null : { value: mean(correlations), raters: correlations.length };
}

/** @template T @param {T[]} values @returns {[T, T][]} */
function pairsOf(values) {
  return values.flatMap((first, at) => values.slice(at + 1).map((second) => /** @type {[T, T]} */ ([first, second])));
}
