/** The card of a trait: what it learnt from, how far it agrees, and what to watch. */
import { chanceOf } from '../lib/shared/chance.js';
import { LEAST_LABELS } from '../lib/shared/statistics.js';
import { sharedAtLeast } from '../lib/teach/raters.js';
import { digitsFor, formatPercent, formatSigned } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { answersNumber } from './answers.js';
import { betweenRaters } from './between-raters.js';
import { figuresTemplate } from './figures.js';
import { say } from './language.js';
import { curveTemplate } from './learning-curve.js';
import { tableTemplate } from './table.js';
import { chanceWords, figureOf, figureWords, formatFigure, unknownWords } from './teach-meter.js';

/** @import {Evidence, Trait} from '../lib/percept.js' */
/** @import {Line, Task} from './types.d.ts' */

/** Pictures of the table of those where model and people differ. */
const MOST_DIFFERENT = 5;

/** @param {Trait} trait @param {string} model its name */
export function cardTemplate(trait, model) {
  const { task, evidence } = trait;
  return html`
    <div class="trait-card">
      ${toldTraitTemplate(trait, model)}
      <div class="plots">${curveTemplate(evidence.curve)}${differentTemplate(task, evidence)}</div>
    </div>`;
}

/** The same without plots. @param {Trait} trait @param {string} model its name */
export const toldTraitTemplate = (trait, model) => html`
  ${figuresTemplate(linesOf(trait, model))}
  ${watchTemplate([chanceWords(trait), ...watchWords(trait)].filter(Boolean))}`;

/** As toldTraitTemplate, for where the words of chance stand already. @param {Trait} trait @param {string} model its name */
export const aboutTraitTemplate = (trait, model) => html`${figuresTemplate(linesOf(trait, model))}${watchTemplate(watchWords(trait))}`;

/** @param {string[]} sentences */
const watchTemplate = (sentences) => html`
  <div class="watch">
    <h4>${say('card.watch')}</h4>
    <ul>${sentences.map((words) => html`<li>${words}</li>`)}</ul>
  </div>`;

/** @param {Trait} trait @param {string} model @returns {Line[]} */
function linesOf(trait, model) {
  const { evidence } = trait;
  const { labels, pairs, pictures, date } = evidence;
  const figure = figureOf(evidence);
  const judged = pairs > 0 ? say('card.pairs', { count: pairs, pictures }) : say('card.labels', { count: labels, pictures });
  const ways = waysWords(evidence);
  /** @type {Line[]} */
  const tried = ways === null ? [] : [[say('card.ways'), ways]];
  return [
    [say('card.judged'), judged],
    [say('card.raters'), ratersWords(trait)],
    [figure ? say(`measure.${figure.measure}`) : say('card.agreement'), figure ? figureWords(figure) : unknownWords(evidence)],
    ...tried,
    ...(date ? [/** @type {Line} */ ([say('card.date'), date])] : []),
    [say('card.model'), model],
  ];
}

/** @param {Trait} trait */
function ratersWords(trait) {
  const { pairs, raters: { agreement, count } } = trait.evidence;
  const unknown = say('card.ratersAlone', { count });
  if (count < 2) return unknown;
  if (pairs > 0) return agreement === null ? unknown : say('card.ratersPairs', { count, value: formatPercent(agreement) });
  const least = sharedAtLeast(trait.evidence);
  const shared = count === 2 ? least : `≥ ${least}`;
  if (least < LEAST_LABELS) return say('card.ratersFew', { count, shared, least: LEAST_LABELS });
  if (agreement === null) return unknown;
  const areNumbers = answersNumber(trait.task);
  const chance = chanceOf(trait, { measure: areNumbers ? 'spearman' : 'accuracy' });
  return say('card.ratersAgree', { count, shared, ...betweenRaters(agreement, { shared: least, chance, areNumbers }) });
}

/** Both ways and their difference; null where only one was tried, or too little is known. @param {Evidence} evidence */
function waysWords({ difference, held_out: { head, deeper }, kept }) {
  if (!head || !deeper || !difference) return null;
  return say(`card.kept.${kept}`, {
    head: formatFigure(head.value, head.measure), deeper: formatFigure(deeper.value, deeper.measure),
    difference: formatSigned(difference.value, 2), low: formatSigned(difference.low, 2), high: formatSigned(difference.high, 2),
  });
}

/** Which way won a training, and by how much. @param {Evidence} evidence */
export function wonWords(evidence) {
  const ways = waysWords(evidence);
  return ways === null ? say('deeper.unknown') : say(`deeper.won.${evidence.kept}`, { words: ways });
}

/** What to watch besides chance. @param {Trait} trait @returns {string[]} */
function watchWords(trait) {
  const { equal_groups: equalGroups, notes, raters } = trait.evidence;
  return [
    ...notes.map((note) => say(`note.${note}`)),
    raters.count < 2 ? say('card.oneRater') : '',
    equalGroups ? say('card.equalGroups') : '',
    say('card.alike'),
  ].filter(Boolean);
}

/** @param {Task} task @param {Evidence} evidence */
function differentTemplate(task, { different, pairs, raters: { count: raters } }) {
  if (different.length === 0) return nothing;
  const format = (/** @type {number | string} */ value) => {
    if (typeof value === 'string') return value;
    return pairs > 0 || !answersNumber(task) ? formatPercent(value) : value.toFixed(Math.max(0, digitsFor(task.output.to) - 1));
  };
  const rows = different.slice(0, MOST_DIFFERENT).map(({ picture, people, model }) => [picture, format(people), format(model)]);
  return html`<div>${tableTemplate(say(pairs > 0 ? 'card.differentPairs' : 'card.different', { raters }), [say('card.picture'), say('scatter.people', { raters }), say('scatter.model')], rows)}</div>`;
}
