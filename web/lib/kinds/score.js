/** A score: one number on a scale, and how sure it is by the spread over the views. */
import { predictionInterval } from '../shared/prediction-interval.js';
import { array, boolean, fail, finite, integer, localized, object, optional } from '../check.js';

/** @import {Kind, Score, ScoreOutput} from './types.d.ts' */

const range = array(2, 2, finite(-1e30, 1e30));
const bands = array(1, 64, (band, at) => object(band, at, { upTo: optional(finite(-1e30, 1e30)), label: localized }));

/** From measured pictures that nothing learnt from: of so many, that share had its true value within `below` and `above` of the score. */
const interval = (/** @type {any} */ value, /** @type {string} */ at) => object(value, at, {
  coverage: finite(0.5, 0.999), below: finite(0, 1e30), above: finite(0, 1e30), pictures: integer(1, 1e9),
});

const BAR_WIDTH = 20;

/** @type {Kind<ScoreOutput, Score>} */
export const score = {
  members: { from: range, to: range, clamp: boolean, bands: optional(bands), interval: optional(interval) },
  defaults: { from: [0, 1], to: [0, 1], clamp: false },
  check({ from }, at) {
    if (from[0] === from[1]) fail(`${at}.from`, 'must be two different numbers');
  },
  checkNew({ to, bands: words = [] }, at) {
    if (to[0] === to[1]) fail(`${at}.to`, 'must be two different numbers');
    words.forEach(({ upTo }, index) => {
      const before = words[index - 1]?.upTo ?? -Infinity;
      if (upTo === undefined && index < words.length - 1) fail(`${at}.bands[${index}]`, 'lacks the word "upTo"');
      if (upTo !== undefined && upTo <= before) fail(`${at}.bands[${index}].upTo`, 'must be above the one before it');
    });
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
  distance: (a, b) => Math.abs(a.value - b.value),
  numbers: ({ value, standardError }) => [value, standardError ?? NaN],

  columns(output) {
    const ends = (/** @type {0 | 1} */ end) => (/** @type {Score} */ result) => predictionInterval(output, result)?.[end] ?? null;
    return [
      ['', ({ value }) => value], ['.standardError', ({ standardError }) => standardError],
      ...(output.interval ? /** @type {ReturnType<Kind<ScoreOutput, Score>['columns']>} */ ([['.low', ends(0)], ['.high', ends(1)]]) : []),
    ];
  },
  tellsViews: true,
  read(_, cell) {
    const error = cell('.standardError') || null; // an empty cell tells none
    return { value: Number(cell('')), standardError: error && Number(error), raw: [] };
  },
  isResult: (_, { value, standardError }) => Number.isFinite(value) && (standardError === null || Number.isFinite(standardError)),
  text({ to: [low, high] }, { value, standardError }) {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    const filled = Math.round(share * BAR_WIDTH);
    const error = standardError === null ? '' : ` ± ${standardError.toFixed(3)}`;
    return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}  ${value.toFixed(3)}${error}  (${low} to ${high})`;
  },
  meaning({ to, bands: words }, localize) {
    const told = words?.map(({ upTo, label }) => (upTo === undefined ? `beyond ${localize(label)}` : `up to ${upTo} ${localize(label)}`));
    return `a score from ${to[0]} to ${to[1]}${told ? ` (${told.join(', ')})` : ''}`;
  },
};
