import { fail } from '../../check.js';
import { predictionInterval } from '../prediction-interval.js';

/** @import {Form, Score, ScoreOutput} from '../../kinds/types.d.ts' */

const BAR_WIDTH = 20;

/** @type {Form<ScoreOutput, Score>} */
export const score = {
  defaults: { from: [0, 1], to: [0, 1], clamp: false },
  checkNew({ to, bands: words = [] }, at) {
    if (to[0] === to[1]) fail(`${at}.to`, 'must be two different numbers');
    words.forEach(({ upTo }, index) => {
      const before = words[index - 1]?.upTo ?? -Infinity;
      if (upTo === undefined && index < words.length - 1) fail(`${at}.bands[${index}]`, 'lacks the word "upTo"');
      if (upTo !== undefined && upTo <= before) fail(`${at}.bands[${index}].upTo`, 'must be above the one before it');
    });
  },

  distance: (a, b) => Math.abs(a.value - b.value),
  numbers: ({ value, standardError }) => [value, standardError ?? NaN],

  columns(output) {
    const ends = (/** @type {0 | 1} */ end) => (/** @type {Score} */ result) => predictionInterval(output, result)?.[end] ?? null;
    return [
      ['', ({ value }) => value], ['.standardError', ({ standardError }) => standardError],
      ...(output.interval ? /** @type {ReturnType<Form<ScoreOutput, Score>['columns']>} */ ([['.low', ends(0)], ['.high', ends(1)]]) : []),
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
