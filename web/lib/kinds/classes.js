/** Classes: a probability for each of some labels, and the most probable of them. */
import { array, fail, text } from '../check.js';

/** @import {Classes, ClassesOutput, Kind} from './types.d.ts' */

/** In a line of a terminal. */
const MOST_SHOWN = 3;

/** A label that is longer is a mistake. */
const LONGEST_LABEL = 200;

const allFinite = (/** @type {unknown} */ values) => Array.isArray(values) && values.every(Number.isFinite);

/** @type {Kind<ClassesOutput, Classes>} */
export const classes = {
  members: { labels: array(1, 8192, text) },
  defaults: {},
  checkNew({ labels }, at) {
    const long = labels.findIndex((label) => label.length > LONGEST_LABEL);
    if (long >= 0) fail(`${at}.labels[${long}]`, `must be a text of 1 to ${LONGEST_LABEL} characters`);
    if (new Set(labels).size < labels.length) fail(`${at}.labels`, 'names a label twice');
  },
  head: ({ labels }) => ({ outputs: labels.length, member: 'labels', says: `has ${labels.length} labels`, advice: 'name one for each' }),

  rule: () => ({ declare: 'tower_task_output_classes' }),
  describe: ({ labels }, probabilities) => ({ label: labels[indexOfMost(probabilities)], probabilities }),
  /** The probability of the label that the whole picture gets. */
  explain({ labels }, whole) {
    const at = indexOfMost(whole.result);
    return { label: labels[at], valueOf: ({ result }) => result[at] };
  },

  answers: 'label',
  answer: ({ label }) => label,
  sortValue: ({ probabilities }) => Math.max(...probabilities),
  /** How even the two first classes are. */
  doubt({ probabilities }) {
    const [first, second = 0] = probabilities.slice().sort((a, b) => b - a);
    return 1 - (first - second);
  },
  distance: (a, b) => Math.max(...a.probabilities.map((probability, at) => Math.abs(probability - b.probabilities[at]))),
  numbers: ({ probabilities }) => probabilities,

  columns: ({ labels }) => [
    ['', ({ label }) => label],
    ...labels.map((label, at) => /** @type {[string, (result: Classes) => number]} */ ([`.${label}`, ({ probabilities }) => probabilities[at]])),
  ],
  tellsViews: true,
  read: ({ labels }, cell) => ({ label: cell(''), probabilities: labels.map((label) => Number(cell(`.${label}`))), raw: [] }),
  isResult: ({ labels }, { label, probabilities }) => labels.some((each) => each === label)
    && allFinite(probabilities) && probabilities?.length === labels.length,
  text: ({ labels }, { probabilities }) => labels
    .map((label, at) => ({ label, share: probabilities[at] }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_SHOWN)
    .map(({ label, share }) => `${label} ${(share * 100).toFixed(0)} %`)
    .join(', '),
  meaning: ({ labels }) => `a probability for each of ${labels.join(', ')}`,
};

/** @param {number[]} values */
function indexOfMost(values) {
  return values.indexOf(Math.max(...values));
}
