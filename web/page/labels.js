/** People's labels and comparisons: one for each picture or pair, task and rater; read, joined, compared and written as CSV. Pure. */
import { readCsv, writeCsv } from '../lib/shared/csv.js';
import { mean, pearson } from '../lib/shared/statistics.js';
import { isContentKey } from './identity.js';

/** Fewer shared pictures than this say nothing of a rater. */
const LEAST_SHARED = 5;

/**
 * @typedef {{picture: string, image: string}} Named a picture's key, '' where a file tells none, and its path
 * @typedef {Named & {label: string, rater: string}} Label label: a number as text, or a class
 * @typedef {{better: Named, worse: Named, tie: boolean, rater: string}} Comparison
 * @typedef {Error & {code: 'no-columns' | 'empty-field' | 'not-csv', line?: number}} LabelsError
 */

const hashOf = (/** @type {Named} */ { picture }) => (isContentKey(picture) ? picture : '');

/** As build_scripts/teach.mjs reads it; the pictures' hashes are for those who have them under other names. @param {Label[]} labels */
export function writeLabels(labels) {
  return writeCsv([['image', 'label', 'rater', 'sha256'], ...labels.map((row) => [row.image, row.label, row.rater, hashOf(row)])]);
}

/** As build_scripts/teach.mjs reads it. @param {Comparison[]} comparisons */
export function writeComparisons(comparisons) {
  return writeCsv([
    ['better', 'worse', 'rater', 'tie', 'better_sha256', 'worse_sha256'],
    ...comparisons.map(({ better, worse, tie, rater }) => [better.image, worse.image, rater, tie ? 'yes' : '', hashOf(better), hashOf(worse)]),
  ]);
}

/**
 * A rater's file, of labels or of comparisons.
 * @param {string} text
 * @param {string} rater for rows that name none
 * @returns {{labels: Label[], comparisons: Comparison[]}}
 * @throws {LabelsError} 'empty-field' comes with its line
 */
export function readJudgements(text, rater) {
  let rows;
  try {
    rows = readCsv(text);
  } catch {
    throw Object.assign(new Error('not CSV'), { code: 'not-csv' });
  }
  const has = (/** @type {string[]} */ ...columns) => rows.length > 0 && columns.every((column) => rows[0][column] !== undefined);
  if (has('image', 'label')) return { labels: rows.map((row, at) => readLabel(row, at, rater)), comparisons: [] };
  if (has('better', 'worse')) return { labels: [], comparisons: rows.map((row, at) => readComparison(row, at, rater)) };
  throw Object.assign(new Error('no columns image and label, nor better and worse'), { code: 'no-columns' });
}

/** @param {Record<string, string>} row @param {number} at @param {string} rater @returns {Label} */
function readLabel(row, at, rater) {
  return { ...named(field(row, at, 'image'), row.sha256), label: field(row, at, 'label'), rater: row.rater?.trim() || rater };
}

/** @param {Record<string, string>} row @param {number} at @param {string} rater @returns {Comparison} */
function readComparison(row, at, rater) {
  return {
    better: named(field(row, at, 'better'), row.better_sha256), worse: named(field(row, at, 'worse'), row.worse_sha256),
    tie: !['', '0', 'no', 'false'].includes((row.tie ?? '').trim().toLowerCase()), rater: row.rater?.trim() || rater,
  };
}

/** @param {string} image @param {string} [hash] @returns {Named} */
const named = (image, hash) => ({ image, picture: isContentKey(hash) ? hash : '' });

/** @param {Record<string, string>} row @param {number} at @param {string} column */
function field(row, at, column) {
  const text = row[column].trim();
  if (text === '') throw Object.assign(new Error('an empty field'), { code: 'empty-field', line: at + 2 });
  return text;
}

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
