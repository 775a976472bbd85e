/** What files say of pictures, as rows of judgements under the raters that the files name. Pure. */
import { readJudgements } from '../lib/shared/judgement-rows.js';
import { NAMELESS, pairKey } from './judgements.js';

/**
 * @import {ReadJudgement} from './exchange.js'
 * @import {Item} from './types.d.ts'
 * @import {Comparison, Label} from '../lib/shared/judgement-rows.js'
 * @import {Row} from './judgements.js'
 */

/**
 * A rater's labels.csv. A row's picture is known by the hash in it, else by its name among the pictures here.
 * @param {string} text @param {{task: string, rater: string, items: Item[]}} of rater: for rows that name none; items: those whose keys
 *   are known can be meant
 * @returns {{rows: Row[], unknown: number}} unknown: rows whose name no picture here has, or several have
 * @throws {LabelsError} as readJudgements does
 */
export function rowsOfLabels(text, { task, rater, items }) {
  const { labels, comparisons } = readJudgements(text, rater);
  const keyOf = keysByName(items);
  const rows = [...labels.map((label) => labelRow(task, label, keyOf)), ...comparisons.map((pair) => pairRow(task, pair, keyOf))];
  const known = rows.filter((row) => row !== null);
  return { rows: known, unknown: rows.length - known.length };
}

/** A file of results names no rater. @param {ReadJudgement[]} read @returns {Row[]} */
export const rowsOfResults = (read) => read.map(({ task, key, image, label, agreed }) => ({ key: [task, 'label', key, NAMELESS], said: { label, agreed, image } }));

/** @typedef {(image: string) => string | null} KeyOf */

/** @param {string} task @param {Label} label @param {KeyOf} keyOf @returns {Row | null} */
function labelRow(task, { picture, image, label, rater }, keyOf) {
  const key = picture || keyOf(image);
  return key ? { key: [task, 'label', key, rater], said: { label, agreed: false, image } } : null;
}

/** @param {string} task @param {Comparison} comparison @param {KeyOf} keyOf @returns {Row | null} */
function pairRow(task, { better, worse, tie, rater }, keyOf) {
  const [a, b] = [better, worse].map(({ picture, image }) => picture || keyOf(image));
  if (!a || !b || a === b) return null;
  return { key: pairKey(task, a, b, rater), chosen: { better: a, worse: b, tie, images: { [a]: better.image, [b]: worse.image } } };
}

/** Names that several pictures share name none of them. @param {Item[]} items @returns {KeyOf} */
function keysByName(items) {
  /** @type {Map<string, Set<string>>} */
  const keys = new Map();
  for (const { path, key } of items) if (key !== null) keys.set(path, (keys.get(path) ?? new Set()).add(key));
  return (image) => {
    const found = keys.get(image);
    return found?.size === 1 ? [...found][0] : null;
  };
}
