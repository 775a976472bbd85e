/** Classes: a probability for each of some labels, and the most probable of them. */
import { array, text } from '../check.js';

/** @import {Classes, ClassesOutput, Kind} from './types.d.ts' */

/** @type {Kind<ClassesOutput, Classes>} */
export const classes = {
  members: { labels: array(1, 8192, text) },
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
};

/** @param {number[]} values */
function indexOfMost(values) {
  return values.indexOf(Math.max(...values));
}
