/** Two to four pictures side by side, which zoom and move together. One is chosen: stars and flags go to it. */
import { formatScore } from '../ui/formats.js';
import { html, nothing, render } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { drawingOf, resultsOf } from '../ui/kinds.js';
import { answersNumber } from './answers.js';
import { find } from './find.js';
import { localize, onLanguage, say, together, words } from './language.js';
import { titleTemplate } from './tile.js';
import { Zoom } from './zoom.js';

/** @import {Drawn, Item, Result, ScoreTask, Task} from './types.d.ts' */

export const MOST_COMPARED = 4;

export class CompareDialog {
  #dialog = find('comparison');
  #parts;
  /** @type {Item[]} */
  #items = [];
  /** The chosen one. */
  #at = 0;
  /** Of the originals that are shown. @type {Map<Blob, string>} */
  #addresses = new Map();
  zoom = new Zoom(() => [.../** @type {NodeListOf<HTMLElement>} */ (this.#dialog.querySelectorAll('.lens'))]);

  /** @param {{tasks: () => Task[], mark: (item: Item) => Drawn, onClose: () => void}} parts mark: what is said of a picture beside its scores */
  constructor(parts) {
    this.#parts = parts;
    onLanguage(() => this.render());
    this.#dialog.addEventListener('close', () => this.#end());
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** The chosen one. @returns {Item | null} */
  get item() {
    return this.#items[this.#at] ?? null;
  }

  /** @param {Item[]} items two to four that were scored */
  open(items) {
    this.#end();
    this.#items = items;
    this.#at = 0;
    for (const { file } of items) if (file && !this.#addresses.has(file)) this.#addresses.set(file, URL.createObjectURL(file));
    this.render();
    if (!this.isOpen) this.#dialog.showModal();
    this.#focus();
  }

  close() {
    this.#dialog.close();
  }

  /** What closing leaves to be done. The browser tells of it later: by then it may be open again, and this was done. */
  #end() {
    if (this.#items.length === 0 || this.isOpen) return;
    this.#items = [];
    this.zoom.reset();
    render(nothing, this.#dialog); // first: a picture that is still to be loaded would miss its address
    for (const address of this.#addresses.values()) URL.revokeObjectURL(address);
    this.#addresses.clear();
    this.#parts.onClose();
  }

  /** Chooses the next one, or the one before. @param {number} by */
  step(by) {
    this.#at = (this.#at + by + this.#items.length) % this.#items.length;
    this.render();
    this.#focus();
  }

  render() {
    if (this.#items.length === 0) return;
    this.#dialog.setAttribute('aria-label', say('compare.title'));
    render(this.#template(), this.#dialog);
    this.zoom.apply();
  }

  #focus() {
    /** @type {HTMLElement} */ (this.#dialog.querySelector('.compared[aria-current] .choose-one')).focus({ preventScroll: true });
  }

  #template() {
    const tasks = this.#parts.tasks();
    const items = this.#items;
    const { isClose } = this.zoom;
    return html`
      <header>
        <h2>${say('compare.title')}</h2>
        <button type="button" class="small" id="compare-zoom" aria-pressed=${isClose} @click=${() => this.#toggle()}>${say('cull.full')} <kbd>Z</kbd></button>
        <button type="button" class="icon close" aria-label=${say('detail.close')} @click=${() => this.close()}>×</button>
      </header>
      ${items.length === 2 ? html`<dl class="differences">${tasks.map((task) => differenceTemplate(task, items))}</dl>` : nothing}
      <div class="side-by-side" .style=${`--count: ${items.length}`}>
        ${repeat(items, ({ id }) => id, (item, at) => this.#itemTemplate(item, at, tasks))}
      </div>`;
  }

  #toggle() {
    this.zoom.toggle();
    this.render();
  }

  /** @param {Item} item @param {number} at @param {Task[]} tasks */
  #itemTemplate(item, at, tasks) {
    const src = (item.file && this.#addresses.get(item.file)) ?? item.thumbnail ?? '';
    return html`
      <section class="compared" aria-label=${item.name} aria-current=${at === this.#at ? 'true' : nothing}>
        <div class="lens" role="group" aria-label=${say('cull.lens', { name: item.name })}><div class="frame"><img src=${src} alt=${item.name} decoding="async" draggable="false" /></div></div>
        <h3><button type="button" class="choose-one" aria-pressed=${at === this.#at} @click=${() => this.step(at - this.#at)}>${item.name}</button></h3>
        ${this.#parts.mark(item)}
        <dl class="compared-scores">
          ${resultsOf(item, tasks).map(([task, result]) => scoreTemplate(task, result, isBest(task, item, this.#items)))}
        </dl>
      </section>`;
  }
}

/** Whether a picture alone has the highest number. @param {Task} task @param {Item} item @param {Item[]} items */
function isBest(task, item, items) {
  const valueOf = (/** @type {Item} */ each) => each.scores?.[task.id]?.value ?? -Infinity;
  return answersNumber(task) && items.every((other) => other === item || valueOf(other) < valueOf(item));
}

/** @param {Task} task @param {Result} result @param {boolean} isHighest */
const scoreTemplate = (task, result, isHighest) => html`
  <div class=${isHighest ? 'best' : ''}>
    <dt>${titleTemplate(task)}</dt>
    <dd>${spreadTemplate(task, result)}${drawingOf(task).figure(task, result, words())}${isHighest ? html`<span class="visually-hidden"> ${say('compare.highest')}</span>` : nothing}</dd>
  </div>`;

/** Where the truth may lie, before the figure. @param {Task} task @param {Result} result */
function spreadTemplate(task, result) {
  const between = drawingOf(task).spread(task, result, words());
  return between === '' ? nothing : html`<span class="spread">${between}</span> `;
}

/**
 * What is said of a difference: whether it is larger than the errors of both scores together, or else of their views; where neither
 * is known, that.
 * @param {ScoreTask} task @param {Result} higher @param {Result} lower
 */
function differenceVerdict({ output: { interval } }, higher, lower) {
  const difference = higher.value - lower.value;
  if (interval) return say(difference > Math.hypot(interval.below, interval.above) ? 'compare.beyondInterval' : 'compare.withinInterval');
  if (higher.standardError === null || lower.standardError === null) return say('compare.unknown');
  return say(difference > 2 * Math.hypot(higher.standardError, lower.standardError) ? 'compare.clear' : 'compare.unclear');
}

/** The difference of the figures as they are shown. @param {ScoreTask} task @param {string} name of the higher one @param {Result} higher @param {Result} lower */
export function differenceWords(task, name, higher, lower) {
  const { to } = task.output;
  const [more, less] = [higher, lower].map(({ value }) => formatScore(value, to));
  if (more === less) return say('compare.equal');
  return together(say('compare.difference', { name, by: formatScore(Number(more) - Number(less), to) }), differenceVerdict(task, higher, lower));
}

/** @param {Task} task @param {Item[]} pair */
function differenceTemplate(task, [first, second]) {
  const [a, b] = [first.scores?.[task.id], second.scores?.[task.id]];
  if (!a || !b || !answersNumber(task)) return nothing;
  return html`<div><dt>${localize(task.title)}</dt><dd>${a.value >= b.value ? differenceWords(task, first.name, a, b) : differenceWords(task, second.name, b, a)}</dd></div>`;
}
