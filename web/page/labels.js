/** People's labels: one for each picture, task and rater, joined, compared and written as labels.csv. Pure. */
import { readCsv, writeCsv } from '../lib/shared/csv.js';
import { mean, pearson } from '../lib/shared/statistics.js';

/** Fewer shared pictures than this say nothing of a rater; adapt.py has the same limit. */
const LEAST_SHARED = 5;

/**
 * @typedef {{image: string, label: string, rater: string}} Label label: a number as text, or a class
 * @typedef {Error & {code: 'no-columns' | 'empty-field' | 'not-csv', line?: number}} LabelsError
 */

/** labels.csv as build_scripts/train/adapt.py reads it. @param {Label[]} labels */
export function writeLabels(labels) {
  return writeCsv([['image', 'label', 'rater'], ...labels.map(({ image, label, rater }) => [image, label, rater])]);
}

/**
 * A rater's file.
 * @param {string} text
 * @param {string} rater for rows that name none
 * @returns {Label[]}
 * @throws {LabelsError} 'empty-field' comes with its line
 */
export function readLabels(text, rater) {
  let rows;
  try {
    rows = readCsv(text);
  } catch {
    throw Object.assign(new Error('not CSV'), { code: 'not-csv' });
  }
  if (rows.length === 0 || rows[0].image === undefined || rows[0].label === undefined) {
    throw Object.assign(new Error('no columns image and label'), { code: 'no-columns' });
  }
  return rows.map(({ image, label, rater: named = '' }, at) => {
    if (image.trim() === '' || label.trim() === '') throw Object.assign(new Error('an empty field'), { code: 'empty-field', line: at + 2 });
    return { image: image.trim(), label: label.trim(), rater: named.trim() || rater };
  });
}

/** Later labels of the same picture by the same rater replace earlier ones. @param {Label[]} labels */
export function joinLabels(labels) {
  const joined = new Map();
  for (const label of labels) joined.set(JSON.stringify([label.image, label.rater]), label);
  return [...joined.values()];
}

/** @param {Label[]} labels @returns {Map<string, Map<string, string>>} by image, then by rater */
export function byImage(labels) {
  const images = new Map();
  for (const { image, label, rater } of labels) {
    const given = images.get(image) ?? new Map();
    images.set(image, given.set(rater, label));
  }
  return images;
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
  const images = [...byImage(labels).values()];
  const raters = [...new Set(labels.map(({ rater }) => rater))];
  if (!areNumbers) {
    const pairs = images.flatMap((each) => pairsOf([...each.values()]));
    if (pairs.length === 0) return null;
    return { value: mean(pairs.map(([a, b]) => Number(a === b))), raters: raters.length };
  }
  const correlations = raters.map((rater) => {
    const shared = images.filter((each) => each.has(rater) && each.size > 1);
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
