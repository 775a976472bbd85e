/** A number on a scale: a bar over its range, with the words of its band, its error, and the limits that it has to keep. */
import { digitsFor, formatError, formatScore, formatSigned } from '../formats.js';
import { html, nothing } from '../html.js';

/** @import {Drawing, Mark, Result, ScoreTask} from '../types.d.ts' */
/** @import {Words} from '../words.js' */

/** @type {Drawing<ScoreTask>} */
export const score = {
  figure: ({ output }, { value }, words, limits = []) => formatScore(value, output.to, limits.find(({ broken }) => broken)?.limit),

  spread: ({ output }, { standardError }) => (standardError === null ? '' : `± ${formatError(standardError, output.to)}`),

  summary(task, result, words, limits) {
    const [low, high] = task.output.to;
    const place = words.say('score.ofRange', { value: score.figure(task, result, words, limits), low, high });
    const label = score.label(task, result);
    return label === null ? place : `${place}, ${words.localize(label)}`;
  },

  label: ({ output: { bands } }, { value }) => bands?.find(({ upTo }) => upTo === undefined || value <= upTo)?.label ?? null,

  bar: (task, result, words) => meter(task, result, words),

  body(task, result, words, { limits } = {}) {
    const [low, high] = task.output.to;
    const label = score.label(task, result);
    return html`
      ${meter(task, result, words, limits)}
      <div class="scale" aria-hidden="true">
        <span>${low}</span><strong class="band">${label === null ? '' : words.localize(label)}</strong><span>${high}</span>
      </div>`;
  },

  effect: ({ output }, difference) => formatSigned(difference, digitsFor(output.to) + 1),
};

/** @param {ScoreTask} task @param {Result} result @param {Words} words @param {Mark[]} [limits] */
function meter(task, result, words, limits = []) {
  const { value, standardError } = result;
  const [low, high] = task.output.to;
  const share = (/** @type {number} */ number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const error = standardError ?? 0;
  const [from, until] = [share(value - error), share(value + error)].sort((a, b) => a - b);
  return html`
    <div class="meter" part="meter" role="meter" aria-label=${words.localize(task.title)}
      aria-valuemin=${Math.min(low, high)} aria-valuemax=${Math.max(low, high)} aria-valuenow=${value}
      aria-valuetext=${score.summary(task, result, words, limits)} .style=${`--share: ${share(value)}; --from: ${from}; --until: ${until}`}>
      <span class="fill" part="meter-fill"></span>
      ${standardError === null ? nothing : html`<span class="error" title=${words.say('score.error', { error: formatError(standardError, task.output.to) })}></span>`}
      ${limits.map(({ limit }) => html`<span class="limit" part="limit" .style=${`--at: ${share(limit)}`}></span>`)}
    </div>`;
}
