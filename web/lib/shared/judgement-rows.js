/** People's judgements as CSV, written by the page, read there and by the command line: labels, or comparisons. Pure. */
import { isContentKey } from './content-key.js';
import { readCsvLines, writeCsv } from './csv.js';

/**
 * @typedef {{picture: string, image: string}} Named a picture's key, '' where a file tells none, and its path
 * @typedef {Named & {label: string, rater: string}} Label label: a number as text, or a class
 * @typedef {{better: Named, worse: Named, tie: boolean, rater: string}} Comparison
 * @typedef {Error & {code: 'no-rows' | 'no-columns' | 'empty-field' | 'not-csv', line?: number}} LabelsError
 */

const hashOf = (/** @type {Named} */ { picture }) => (isContentKey(picture) ? picture : '');

/** The pictures' hashes are for those who have them under other names. @param {Label[]} labels */
export function writeLabels(labels) {
  return writeCsv([['image', 'label', 'rater', 'sha256'], ...labels.map((row) => [row.image, row.label, row.rater, hashOf(row)])]);
}

/** @param {Comparison[]} comparisons */
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
    rows = readCsvLines(text);
  } catch {
    throw Object.assign(new Error('not CSV'), { code: 'not-csv' });
  }
  if (rows.length === 0) throw Object.assign(new Error('no rows'), { code: 'no-rows' });
  const has = (/** @type {string[]} */ ...columns) => columns.every((column) => rows[0].row[column] !== undefined);
  if (has('image', 'label')) return { labels: rows.map((each) => readLabel(each, rater)), comparisons: [] };
  if (has('better', 'worse')) return { labels: [], comparisons: rows.map((each) => readComparison(each, rater)) };
  throw Object.assign(new Error('no columns image and label, nor better and worse'), { code: 'no-columns' });
}

/** @typedef {ReturnType<typeof readCsvLines>[number]} Line */

/** @param {Line} each @param {string} rater @returns {Label} */
function readLabel({ line, row }, rater) {
  return { ...named(field(row, line, 'image'), row.sha256), label: field(row, line, 'label'), rater: row.rater?.trim() || rater };
}

/** @param {Line} each @param {string} rater @returns {Comparison} */
function readComparison({ line, row }, rater) {
  return {
    better: named(field(row, line, 'better'), row.better_sha256), worse: named(field(row, line, 'worse'), row.worse_sha256),
    tie: !['', '0', 'no', 'false'].includes((row.tie ?? '').trim().toLowerCase()), rater: row.rater?.trim() || rater,
  };
}

/** @param {string} image @param {string} [hash] @returns {Named} */
const named = (image, hash) => ({ image, picture: isContentKey(hash) ? hash : '' });

/** @param {Record<string, string>} row @param {number} line @param {string} column */
function field(row, line, column) {
  const text = row[column].trim();
  if (text === '') throw Object.assign(new Error('an empty field'), { code: 'empty-field', line });
  return text;
}
