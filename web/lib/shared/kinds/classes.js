import { fail } from '../../check.js';

/** @import {Classes, ClassesOutput, Form} from '../../kinds/types.d.ts' */

/** In a line of a terminal. */
const MOST_SHOWN = 3;

/** A label that is longer is a mistake. */
const LONGEST_LABEL = 200;

const allFinite = (/** @type {unknown} */ values) => Array.isArray(values) && values.every(Number.isFinite);

/** @type {Form<ClassesOutput, Classes>} */
export const classes = {
  defaults: {},
  checkNew({ labels }, at) {
    const long = labels.findIndex((label) => label.length > LONGEST_LABEL);
    if (long >= 0) fail(`${at}.labels[${long}]`, `must be a text of 1 to ${LONGEST_LABEL} characters`);
    if (new Set(labels).size < labels.length) fail(`${at}.labels`, 'names a label twice');
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
