/** A task's result: its title, its figure, what its kind draws of it, and the limits that it keeps. */
import { kindOf } from '../lib/kinds.js';
import { html, nothing } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { spreadMeaning } from '../ui/kinds/score.js';

/** @import {Task} from '../lib/percept.js' */
/** @import {Result, ScoreTask} from '../ui/types.d.ts' */
/** @import {AppliedLimit} from './types.d.ts' */
/** @import {Words} from './words.js' */

/** More classes than this say nothing at a glance. */
const MOST_CLASSES = 8;

/** @param {Task} task from the manifest @param {Result} result of scorer.score for it @param {AppliedLimit[]} limits its own @param {Words} words */
export function resultTemplate(task, result, limits, words) {
  const drawing = drawingOf(task);
  const name = limits.some(({ broken }) => broken) ? 'result broken' : 'result';
  const spread = drawing.spread(task, result, words);
  return html`
    <section class=${name} part=${name} data-task=${task.id}>
      <div class="head">
        <span class="title" part="label">${words.localize(task.title)}</span>
        ${spread === '' ? nothing : html`<span class="spread" title=${spreadMeaning(/** @type {ScoreTask} */ (task), words)}>${spread}</span>`}
        <data class="value" part="value" value=${kindOf(task).answer(result) ?? ''}>${drawing.figure(task, result, words, limits)}</data>
      </div>
      ${drawing.body(task, result, words, { limits, most: MOST_CLASSES })}
      ${keptTemplate(limits.filter(({ broken }) => !broken), words)}
    </section>`;
}

/** Limits that are kept; of the others the message speaks. @param {AppliedLimit[]} kept @param {Words} words */
function keptTemplate(kept, { say }) {
  if (kept.length === 0) return nothing;
  const asked = kept.map(({ bound, limit }) => say(bound === 'min' ? 'limit.atLeast' : 'limit.atMost', { limit: String(limit) }));
  return html`<p class="asked" part="asked">${asked.join(' · ')}</p>`;
}
