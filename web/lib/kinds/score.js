/** A score: one number on a scale, and how sure it is by the spread over the views. */
import { array, boolean, fail, finite, integer, localized, object, optional } from '../check.js';

/** @import {Kind, Score, ScoreOutput} from './types.d.ts' */

const range = array(2, 2, finite(-1e30, 1e30));
const bands = array(1, 64, (band, at) => object(band, at, { upTo: optional(finite(-1e30, 1e30)), label: localized }));

/** From measured pictures that nothing learnt from: of so many, that share had its true value within `below` and `above` of the score. */
const interval = (/** @type {any} */ value, /** @type {string} */ at) => object(value, at, {
  coverage: finite(0.5, 0.999), below: finite(0, 1e30), above: finite(0, 1e30), pictures: integer(1, 1e9),
});

/** @type {Kind<ScoreOutput, Score>} */
export const score = {
  members: { from: range, to: range, clamp: boolean, bands: optional(bands), interval: optional(interval) },
  check({ from }, at) {
    if (from[0] === from[1]) fail(`${at}.from`, 'must be two different numbers');
  },
  head: () => ({ outputs: 1, member: 'kind', says: 'is "score"', advice: 'use "classes" and its labels' }),

  rule: ({ from, to, clamp }) => ({ declare: 'tower_task_output_score', struct: 'tower_score_scale', fields: { from, to, clamp: Number(clamp) } }),
  describe: (_, [value, standardError]) => ({ value, standardError: Number.isNaN(standardError) ? null : standardError }),
  /** On the scale, but never clamped: a score at its limit still moves. */
  explain({ from, to }) {
    const scale = (to[1] - to[0]) / (from[1] - from[0]);
    return { valueOf: ({ raw }) => to[0] + (raw[0] - from[0]) * scale };
  },

  answers: 'number',
  answer: ({ value }) => value,
  sortValue: ({ value }) => value,
  doubt: ({ standardError }) => standardError,
};
