/** A picture in the gallery: small, with its name and a line for each task. */
import { kindOf } from '../lib/kinds.js';
import { html, nothing, render } from '../ui/html.js';
import { drawingOf, resultsOf } from '../ui/kinds.js';
import { describeProgress } from '../ui/progress.js';
import { localize, named, say, together, words } from './language.js';
import { isUnfamiliar } from './unfamiliar.js';

/** @import {Drawn, Item, Manifest, Result, Task} from './types.d.ts' */

/**
 * @typedef {object} TileContext
 * @property {Task[]} tasks all @property {Task[]} lines those shown @property {Manifest | null} manifest @property {boolean} selected @property {Drawn} marks stars and flags
 * @property {(task: Task) => string} doubt why a task's scores may mean little; '' where nothing is known against them
 * @property {(event: MouseEvent, item: Item) => void} onOpen @property {(event: MouseEvent, item: Item) => void} onSelect
 * @property {(item: Item) => void} onRemove
 */

/** Brings a tile up to date. @param {HTMLElement} tile the item's own @param {Item} item @param {TileContext} context */
export function drawTile(tile, item, context) {
  tile.ariaBusy = String(item.state === 'waiting');
  if (item.state === 'waiting') delete tile.dataset.state;
  else tile.dataset.state = item.state;
  render(tileTemplate(item, context), tile);
}

/** Which tile's buttons Tab finds is the grid's to say. @param {Item} item @param {TileContext} context */
function tileTemplate(item, context) {
  const { lines, manifest, marks, tasks, selected, onOpen, onSelect, onRemove } = context;
  const { name, path, thumbnail } = item;
  const rest = resultsOf(item, tasks).length - resultsOf(item, lines).length;
  const more = rest > 0 ? say('tile.more', { count: rest }) : '';
  return html`
    <button type="button" class="open" tabindex="-1" aria-label=${openLabel(item, context, more)} @click=${(/** @type {MouseEvent} */ event) => onOpen(event, item)}>
      <span class="picture">${thumbnail ? html`<img alt="" decoding="async" draggable="false" src=${thumbnail} />` : nothing}</span>
      ${isUnfamiliar(item, manifest) ? html`<span class="unfamiliar" aria-hidden="true" title=${say('score.unfamiliar')}>?</span>` : nothing}
    </button>
    <button type="button" class="pick" tabindex="-1" aria-pressed=${selected} aria-label=${say('tile.pick', { name })} title=${say('tile.pickShort')}
      @click=${(/** @type {MouseEvent} */ event) => onSelect(event, item)}></button>
    <button type="button" class="remove" tabindex="-1" aria-label=${say('tile.remove', { name })} @click=${() => onRemove(item)}>×</button>
    ${marks}
    <div class="caption"><h3 title=${path}>${name}</h3><p class="facts">${factsTemplate(item)}</p></div>
    <div class="body">${bodyTemplate(item, context)}${more === '' ? nothing : html`<p class="notes more">${more}</p>`}</div>`;
}

/** @param {Item} item @param {TileContext} context @param {string} more how many scores are left out */
function openLabel(item, { doubt, lines, manifest }, more) {
  const results = resultsOf(item, lines).map(([task, result]) => (
    together(named(localize(task.title), drawingOf(task).summary(task, result, words())), doubt(task))));
  return [item.name, ...results, more, isUnfamiliar(item, manifest) ? say('score.unfamiliar') : '', item.error ? words().explain(item.error) : ''].filter(Boolean).join(say('sentences.stop'));
}

/** What is said of who decoded it, where it was not the engine. @type {Record<string, string>} */
const DECODERS = { browser: 'tile.browserDecoded', libheif: 'tile.libheif', preview: 'tile.preview' };

/** @param {Item} item */
export function factsTemplate({ sample, facts }) {
  const parts = [
    sample ? say('tile.sample') : '',
    facts ? say('tile.pixels', { width: facts.width, height: facts.height }) : '',
    DECODERS[facts?.decoder ?? ''] ? say(DECODERS[facts?.decoder ?? '']) : '',
    facts?.damaged ? say('tile.damaged') : '',
  ].filter(Boolean).join(' · ');
  const milliseconds = facts?.milliseconds;
  return html`${parts}${milliseconds === undefined ? nothing : html`<span class="extra"> · ${say('tile.milliseconds', { count: Math.round(milliseconds) })}</span>`}`;
}

/** @param {Item} item @param {TileContext} context */
function bodyTemplate(item, { doubt, lines: tasks }) {
  if (item.state === 'failed' && item.error) return problemTemplate(item.error);
  if (item.state === 'cancelled') return html`<p class="state">${say('tile.cancelled')}</p>`;
  const lines = resultsOf(item, tasks).map(([task, result]) => lineTemplate(task, result, doubt(task)));
  return lines.length > 0 ? lines : progressTemplate(item, tasks);
}

/** Why a picture has no scores. @param {NonNullable<Item['error']>} error */
export const problemTemplate = (error) => html`<p class="problem" data-code=${error.code}>${words().explain(error)}</p>`;

/** What is being done for a picture that has no result yet. @param {Item} item @param {Task[]} tasks */
export const progressTemplate = ({ progress }, tasks) => html`
  <p class=${progress ? 'state working' : 'state'}>${describeProgress(progress, words(), tasks).text}</p>`;

/**
 * What a title adds to its name, after a colon or in brackets, goes where there is little room; the number that tells two of one name apart stays.
 * @param {Task} task @param {string} [doubt] a mark with these words stays, too
 */
export function titleTemplate({ title }, doubt = '') {
  const [, name, extra, mark] = /** @type {RegExpExecArray} */ (/^(.?[^:：（(]*)(.*?)(\(\d+\))?$/su.exec(localize(title)));
  const shown = html`${name}${extra ? html`<span class="extra">${extra}</span>` : nothing}`;
  if (!mark && doubt === '') return shown;
  return html`<span class="name">${shown}</span>${mark ? html` <span class="mark">${mark}</span>` : nothing}${doubt === '' ? nothing : html`
    <span class="mark doubtful" aria-hidden="true" title=${doubt}>?</span>`}`;
}

/** @param {Task} task @param {Result} result @param {string} doubt */
function lineTemplate(task, result, doubt) {
  const { bar, figure } = drawingOf(task);
  return html`
    <div class="line" data-task=${task.id}>
      <span class="title">${titleTemplate(task, doubt)}</span>
      <data value=${kindOf(task).answer(result) ?? ''}>${figure(task, result, words())}</data>
      ${bar(task, result, words())}
    </div>`;
}
