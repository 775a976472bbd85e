/** What files say of pictures, as rows of judgements under the raters that the files name. Pure. */
import { answersNumber, judgeable } from './answers.js';
import { readJudgements } from '../lib/shared/judgement-rows.js';
import { NAMELESS, pairKey } from './judgements.js';

/**
 * @import {ReadJudgement} from './exchange.js'
 * @import {ClassesTask, Item, TaughtHere, Task} from './types.d.ts'
 * @import {Comparison, Label} from '../lib/shared/judgement-rows.js'
 * @import {Row} from './judgements.js'
 *
 * @typedef {{way: TaughtHere['way'] | 'numbers', classes: string[], scale?: number[]}} Wanted how a task is judged; classes: of the
 *   way `classes`; scale: its ends, the lower one first, of the way `numbers`
 */

const isNumber = (/** @type {string} */ label) => Number.isFinite(Number(label));
const isStars = (/** @type {string} */ label) => Number(label) >= 1 && Number(label) <= 5;

/** A model's own answer, with which one may agree, goes beyond its scale by no more, in shares of the scale. */
const BEYOND = 0.1;

/** @param {string} label @param {number[]} scale */
const isOn = (label, [low, high]) => Math.abs(Number(label) - (low + high) / 2) <= (0.5 + BEYOND) * (high - low);

/**
 * Those labels by which a task is judged. Numbers of which one is off its scale are all of another scale: the 1 of one to five stars is
 * not the best of 0 to 1.
 * @type {Record<Wanted['way'], <L extends {label: string}>(labels: L[], wanted: Wanted) => L[]>}
 */
const FITTING = {
  pairs: () => [],
  stars: (labels) => labels.filter(({ label }) => isStars(label)),
  classes: (labels, { classes }) => labels.filter(({ label }) => classes.includes(label)),
  numbers(labels, { scale = [] }) {
    const numbers = labels.filter(({ label }) => isNumber(label));
    return numbers.every(({ label }) => isOn(label, scale)) ? numbers : [];
  },
};

/** Of a task that nobody teaches here. @param {Task} task @returns {Wanted} */
export const wantedOf = (task) => (answersNumber(task) ? { way: 'numbers', classes: [], scale: [...task.output.to].sort((a, b) => a - b) } : { way: 'classes', classes: /** @type {ClassesTask} */ (task).output.labels });

/**
 * A rater's labels.csv. A row's picture is known by the hash in it, else by its name among the pictures here.
 * @param {string} text @param {{task: string, wanted: Wanted, rater: string, items: Item[]}} of wanted: other rows are not taken; rater: for
 *   rows that name none; items: those whose keys are known can be meant
 * @returns {{rows: Row[], unknown: number, unfit: number, given: Given}} unknown: rows whose name no picture here has, or several have;
 *   unfit: those that are not as wanted; given: what the file holds
 * @throws {LabelsError} as readJudgements does
 */
export function rowsOfLabels(text, { task, wanted, rater, items }) {
  const { labels, comparisons } = readJudgements(text, rater);
  const keyOf = keysByName(items);
  const fitting = FITTING[wanted.way](labels, wanted);
  const pairs = wanted.way === 'pairs' ? comparisons : [];
  const rows = [...fitting.map((label) => labelRow(task, label, keyOf)), ...pairs.map((pair) => pairRow(task, pair, keyOf))];
  const known = rows.filter((row) => row !== null);
  return { rows: known, unknown: rows.length - known.length, unfit: labels.length + comparisons.length - rows.length, given: givenIn(labels) };
}

/** @typedef {{way: 'pairs' | 'stars'} | {way: 'numbers', low: number, high: number} | {way: 'words', word: string}} Given word: the first of them */

/** @param {Label[]} labels none: the file has comparisons @returns {Given} */
function givenIn(labels) {
  if (labels.length === 0) return { way: 'pairs' };
  const word = labels.find(({ label }) => !isNumber(label))?.label;
  if (word !== undefined) return { way: 'words', word };
  const numbers = labels.map(({ label }) => Number(label)).sort((a, b) => a - b);
  return labels.every(({ label }) => isStars(label)) ? { way: 'stars' } : { way: 'numbers', low: numbers[0], high: numbers[numbers.length - 1] };
}

/**
 * A file of results names no rater.
 * @param {ReadJudgement[]} read @param {Task[]} tasks the model's
 * @returns {{rows: Row[], unfit: number}} unfit: judgements that are not of the task's scale or classes
 */
export function rowsOfResults(read, tasks) {
  const fitting = judgeable(tasks).flatMap((task) => {
    const wanted = wantedOf(task);
    return FITTING[wanted.way](read.filter((each) => each.task === task.id), wanted);
  });
  const rows = fitting.map(({ task, key, image, label, agreed }) => /** @type {Row} */ ({ key: [task, 'label', key, NAMELESS], said: { label, agreed, image } }));
  return { rows, unfit: read.length - rows.length };
}

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
