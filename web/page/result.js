/** One task's result in full: its figure and error, how it is drawn, where it stands, and what it means. */
import { kindOf } from '../lib/kinds.js';
import { standing } from '../lib/shared/statistics.js';
import { formatError, formatPercent } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { spreadMeaning } from '../ui/kinds/score.js';
import { answersNumber } from './answers.js';
import { localize, say, topicTitle, words } from './language.js';
import { chanceWords } from './teach-meter.js';
import { aboutTraitTemplate } from './trait-card.js';

/** @import {Trait} from '../lib/percept.js' */
/** @import {Drawn, Item, Manifest, Result, ScoreTask, Task, Text} from './types.d.ts' */

/**
 * @param {Task} task @param {Result} result of scorer.score for it
 * @param {{items: Item[], trait: Trait | null, model: string}} among items: all pictures, among which it stands; trait: what the task is, if it was taught; model: its name
 */
export function resultTemplate(task, result, { items, trait, model }) {
  const chance = trait ? chanceWords(trait) : '';
  const { body, figure, spread } = drawingOf(task);
  const between = spread(task, result, words());
  return html`
    <section class="result" data-task=${task.id}>
      <div class="result-head">
        <h3>${localize(task.title)}</h3>
        ${between === '' ? nothing : html`<span class="spread">${between}</span>`}
        <data class="value" value=${kindOf(task).answer(result) ?? ''}>${figure(task, result, words())}</data>
      </div>
      ${body(task, result, words())}
      ${answersNumber(task) ? html`<p class="notes">${notesOf(task, result, items).join(' · ')}</p>` : nothing}
      ${chance === '' ? nothing : html`<p class="notes chance">${chance}</p>`}
      ${trait ? aboutTemplate(aboutTraitTemplate(trait, model)) : topicsOf(task)}
    </section>`;
}

/** Of a number: which way is better, how sure it is, and where it stands. @param {ScoreTask} task @param {Result} result @param {Item[]} items */
function notesOf(task, result, items) {
  const { standardError } = result;
  return [
    task.about?.direction ? localize(task.about.direction) : '',
    spreadMeaning(task, words()),
    standardError === null ? '' : say('score.views', { error: formatError(standardError, task.output.to) }),
    standingOf(task, result, items),
  ].filter(Boolean);
}

/** Among all that were scored: "number 3 of 12 here". @param {ScoreTask} task @param {Result} result @param {Item[]} items */
function standingOf(task, { value }, items) {
  const values = items.flatMap(({ scores }) => scores?.[task.id]?.value ?? []).sort((a, b) => a - b);
  return values.length < 2 ? '' : say('score.standing', { rank: standing(values, value), count: values.length });
}

/** What the model says of itself, by topic. @param {Record<string, Text>} [about] */
export function topicsTemplate(about = {}) {
  return html`
    <dl class="topics">
      ${Object.entries(about).map(([topic, text]) => html`<dt>${topicTitle(topic)}</dt><dd>${localize(text)}</dd>`)}
    </dl>`;
}

/** How often pictures of a sort are told to be unlike those that the model learnt from. @param {Manifest} manifest */
export function unfamiliarTemplate({ familiarity }) {
  if (!familiarity?.unfamiliar.length) return nothing;
  return html`
    <div class="unfamiliar-rates">
      <h4>${say('model.unfamiliar')}</h4>
      <p class="notes">${say('model.unfamiliarWords', { threshold: familiarity.threshold })}</p>
      <dl class="topics">
        ${familiarity.unfamiliar.map(({ name, pictures, below }) => html`
          <dt>${localize(name)}</dt><dd>${say('model.unfamiliarRate', { share: formatPercent(below, 1), count: pictures })}</dd>`)}
      </dl>
    </div>`;
}

/** @param {Task} task */
const topicsOf = ({ about = {} }) => (Object.keys(about).length === 0 ? nothing : aboutTemplate(topicsTemplate(about)));

/** @param {Drawn} content */
const aboutTemplate = (content) => html`<details class="about"><summary>${say('score.about')}</summary>${content}</details>`;
