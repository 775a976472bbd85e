/** How far a trait agrees with the person by now, and what it makes of the pictures. */
import { formatCorrelation, formatPercent } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { besideChance } from '../lib/shared/chance.js';
import { answersNumber } from './answers.js';
import { say, together } from './language.js';
import { whyUnknown } from './not-known.js';

/** @import {Evidence, Figure, Trait} from '../lib/percept.js' */
/** @import {Item} from './types.d.ts' */
/** @import {Counts} from './not-known.js' */

/** Pictures in a strip. */
const STRIP = 5;
/** With fewer judgements the figure may be above chance by chance: it is looked at after each of them, and an interval holds for one look. */
const EARLY = 20;

/** @param {Evidence} evidence @returns {Figure | null} of the fit that was kept */
export const figureOf = ({ held_out: heldOut, kept }) => heldOut[kept];

/** @param {number} value @param {Figure['measure']} measure */
export const formatFigure = (value, measure) => (measure === 'spearman' ? formatCorrelation(value) : formatPercent(value));

/** "0.71, 95 % interval 0.52 to 0.84" @param {Figure} figure */
export const figureWords = ({ measure, value, low, high }) => say('agreement.figure', {
  value: formatFigure(value, measure), low: formatFigure(low, measure), high: formatFigure(high, measure),
});

/** That a trait's agreement may be chance, and of classes what always saying one would reach; '' where it is more. @param {Trait} trait */
export function chanceWords(trait) {
  const beside = besideChance(trait);
  const { commonest } = trait.evidence;
  if (beside === '') return '';
  return together(say(`meter.${beside}`), commonest ? say('meter.always', { label: commonest.label, share: formatPercent(commonest.share) }) : '');
}

/** What is to be known of a trait where its scores stand alone; '' of one that is more than chance, and of the model's own tasks. @param {Trait | null | undefined} trait */
export function doubtWords(trait) {
  if (!trait) return '';
  return figureOf(trait.evidence) ? chanceWords(trait) : say('meter.untested');
}

/** Why there is no figure yet. @param {Evidence | null} evidence @param {Counts | null} [counts] */
export const unknownWords = (evidence, counts = null) => say(...whyUnknown(evidence, counts));

/** @param {Trait | null} trait @param {Counts & {own: number}} counts own: of what there is to learn from, the user's @param {{done: number, total: number}} looked */
export function meterTemplate(trait, { own, ...counts }, looked) {
  const figure = trait && figureOf(trait.evidence);
  return html`
    <div class="teach-meter">
      <h3>${say('meter.title')}</h3>
      ${figure ? figureTemplate(figure, trait) : html`<p class="meter-figure unknown">${unknownWords(trait?.evidence ?? null, counts)}</p>`}
      <p class="notes">${say('meter.judged', { count: own })}</p>
      ${looked.done < looked.total ? html`
        <div class="looking"><p class="notes" id="looking-words">${say('meter.looking', looked)}</p>
          <progress max=${looked.total} value=${looked.done} aria-labelledby="looking-words"></progress></div>` : nothing}
    </div>`;
}

/** @param {Figure} figure @param {Trait} trait */
function figureTemplate({ measure, value, low, high }, trait) {
  const chance = chanceWords(trait);
  const { labels, pairs } = trait.evidence;
  const cautions = together(chance, chance && say('meter.judgeMore'), labels + pairs < EARLY ? say('meter.early') : '');
  const share = (/** @type {number} */ number) => Math.min(1, Math.max(0, number));
  const words = figureWords({ measure, value, low, high });
  return html`
    <p class="meter-figure">${formatFigure(value, measure)}</p>
    <div class="meter" role="meter" aria-label=${say(`measure.${measure}`)} aria-valuemin=${measure === 'spearman' ? -1 : 0} aria-valuemax="1"
      aria-valuenow=${value} aria-valuetext=${words} .style=${`--share: ${share(value)}; --from: ${share(low)}; --until: ${share(high)}`}>
      <span class="fill"></span><span class="error"></span></div>
    <p class="notes">${say('meter.between', { measure: say(`measure.${measure}`), low: formatFigure(low, measure), high: formatFigure(high, measure) })}</p>
    ${cautions === '' ? nothing : html`<p class="notes chance">${cautions}</p>`}`;
}

/**
 * The pictures at both ends of a score, or some of each class.
 * @param {Trait} trait @param {Item[]} items @param {(item: Item) => void} onOpen
 */
export function stripsTemplate({ task }, items, onOpen) {
  const scored = items.filter(({ scores, thumbnail }) => thumbnail && scores?.[task.id]);
  if (scored.length === 0) return nothing;
  if (answersNumber(task)) {
    const value = (/** @type {Item} */ { scores }) => /** @type {NonNullable<Item['scores']>} */ (scores)[task.id].value;
    const sorted = scored.slice().sort((a, b) => value(b) - value(a));
    const ends = Math.min(STRIP, Math.ceil(sorted.length / 2));
    return [stripTemplate(say('strip.high'), sorted.slice(0, ends), onOpen), stripTemplate(say('strip.low'), sorted.slice(ends).slice(-ends).reverse(), onOpen)];
  }
  const labels = task.output.kind === 'classes' ? task.output.labels : [];
  return labels.map((label) => {
    const those = scored.filter(({ scores }) => scores?.[task.id].label === label);
    return stripTemplate(say('strip.class', { label, count: those.length }), those.slice(0, STRIP), onOpen);
  });
}

/** @param {string} title @param {Item[]} items @param {(item: Item) => void} onOpen */
const stripTemplate = (title, items, onOpen) => html`
  <div class="strip">
    <h4>${title}</h4>
    <ul>${repeat(items, ({ id }) => id, (item) => html`
      <li><button type="button" title=${item.name} aria-label=${item.name} @click=${() => onOpen(item)}><img src=${item.thumbnail ?? ''} alt="" draggable="false" /></button></li>`)}</ul>
  </div>`;
