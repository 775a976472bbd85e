/** A probability for each label: a bar for each, the most probable first. */
import { kindOf } from '../../lib/kinds.js';
import { formatPercent } from '../formats.js';
import { html } from '../html.js';

/** @import {ClassesTask, Drawing, Result} from '../types.d.ts' */

/** Of the label. @param {ClassesTask} task @param {Result} result */
const shareOf = (task, result) => kindOf(task).sortValue(result) ?? 0;

/** @type {Drawing<ClassesTask>} */
export const classes = {
  figure: (task, { label }) => label,

  spread: () => '',

  summary: (task, result, words) => [result.label, formatPercent(shareOf(task, result))].join(words.say('sentences.list')),

  label: (task, { label }) => label,

  bar(task, result) {
    const share = shareOf(task, result);
    return html`<div class="meter" title=${formatPercent(share)} .style=${`--share: ${share}`}><span class="fill"></span></div>`;
  },

  body({ output: { labels } }, { label, probabilities }, words, { most = labels.length } = {}) {
    const rows = labels.map((name, at) => ({ name, share: probabilities[at] })).sort((a, b) => b.share - a.share).slice(0, most);
    return html`
      <ol class="classes">
        ${rows.map(({ name, share }) => html`
          <li class=${name === label ? 'first' : ''} .style=${`--share: ${share}`}>
            <span class="name">${name}</span><span class="bar" part="meter" aria-hidden="true"></span><span class="share">${formatPercent(share)}</span>
          </li>`)}
      </ol>`;
  },

  effect: (task, difference) => `${difference < 0 ? '−' : '+'}${formatPercent(Math.abs(difference))}`,
};
