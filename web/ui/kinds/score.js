/** A number on a scale: a bar over its range, with the words of its band, its error, and the limits that it has to keep. */
import { predictionInterval } from '../../lib/shared/prediction-interval.js';
import { digitsFor, formatScore, formatSigned } from '../formats.js';
import { html, nothing } from '../html.js';

/** @import {Drawing, Mark, Result, ScoreTask} from '../types.d.ts' */
/** @import {Words} from '../words.js' */

/** @type {Drawing<ScoreTask>} */
export const score = {
  figure: ({ output }, { value }, words, limits = []) => formatScore(value, output.to, limits.find(({ broken }) => broken)?.limit),

  spread(task, result, words) {
    const between = predictionInterval(task.output, result);
    return between === null ? '' : words.say('score.between', { low: formatScore(between[0], task.output.to), high: formatScore(between[1], task.output.to) });
  },

  summary(task, result, words, limits) {
    const [low, high] = task.output.to;
    const isBeyond = result.value < Math.min(low, high) || result.value > Math.max(low, high);
    const place = words.say(isBeyond ? 'score.beyond' : 'score.ofRange', { value: score.figure(task, result, words, limits), low, high });
    const label = score.label(task, result);
    const named = label === null ? place : [place, words.localize(label)].join(words.say('sentences.list'));
    const between = score.spread(task, result, words);
    return between === '' ? named : words.say('score.likely', { place: named, percent: coverageOf(task), between });
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

/** In percent. @param {ScoreTask} task */
const coverageOf = ({ output: { interval } }) => Math.round(100 * (interval?.coverage ?? 0));

/** What `spread` means, or that nothing is known. @param {ScoreTask} task @param {Words} words */
export function spreadMeaning(task, words) {
  const { interval } = task.output;
  return interval ? words.say('score.betweenMeans', { percent: coverageOf(task), count: interval.pictures }) : words.say('score.unknown');
}

/** @param {ScoreTask} task @param {Result} result @param {Words} words @param {Mark[]} [limits] */
function meter(task, result, words, limits = []) {
  const { value } = result;
  const [low, high] = task.output.to;
  const share = (/** @type {number} */ number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const between = predictionInterval(task.output, result);
  const [from, until] = (between ?? [value, value]).map(share).sort((a, b) => a - b);
  return html`
    <div class="meter" part="meter" role="meter" aria-label=${words.localize(task.title)}
      aria-valuemin=${Math.min(low, high)} aria-valuemax=${Math.max(low, high)} aria-valuenow=${value}
      aria-valuetext=${score.summary(task, result, words, limits)} .style=${`--share: ${share(value)}; --from: ${from}; --until: ${until}`}>
      <span class="fill" part="meter-fill"></span>
      ${between === null ? nothing : html`<span class="error" title=${spreadMeaning(task, words)}></span>`}
      ${limits.map(({ limit }) => html`<span class="limit" part="limit" .style=${`--at: ${share(limit)}`}></span>`)}
    </div>`;
}
