/** One picture at full size: its results, its map, its explanation, and the user's judgement. */
import { element } from '../ui/element.js';
import { explanationOverlay, viewMapOverlay } from './overlay.js';
import { judgingElement } from './judging.js';
import { givesScore, judgeable, resultsOf } from '../ui/kinds.js';
import { renew } from '../ui/renew.js';
import { resultElement } from './results.js';
import { originalOf } from './scoring.js';
import { factsOf, progressWords } from './tile.js';
import { localize, say } from './language.js';

/** @import {Context, Facts, Item, Result, Scorer, Task} from './types.d.ts' */
/** @import {Explanation} from '../lib/percept.js' */

/** The shorter side of an explanation's grid; the longer follows the picture's shape. */
const EXPLAIN_CELLS = 5;

export class Detail {
  #dialog;
  #context;
  /** @type {Item | null} */
  #item = null;
  /** @type {string | null} */
  #address = null;
  #layer = 'picture';
  /** By item and task. @type {Map<string, Explanation>} */
  #explained = new Map();
  /** @type {{controller: AbortController, element: HTMLElement} | null} */
  #explaining = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Pick<Context, 'tasks' | 'judgements' | 'announce'> & {order: () => Item[], items: () => Item[], scorer: () => Promise<Scorer>, onClose: (item: Item) => void}} context
   *   order: the gallery's; items: all pictures
   */
  constructor(dialog, context) {
    this.#dialog = dialog;
    this.#context = context;
    dialog.addEventListener('keydown', (event) => this.#onKey(event));
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener('close', () => {
      this.#stopExplaining();
      const item = /** @type {Item} */ (this.#item);
      this.#item = null;
      dialog.replaceChildren(); // first: a picture that is still to be loaded would miss its address
      this.#release();
      context.onClose(item);
    });
  }

  get item() {
    return this.#item;
  }

  /** Explanations are of a model; another one has its own. */
  forget() {
    this.#explained.clear();
  }

  /** @param {Item} item */
  open(item) {
    this.#stopExplaining();
    this.#release();
    this.#item = item;
    this.#layer = 'picture';
    this.render();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = /** @type {Element} */ (event.target);
    if (at.closest('input, select, textarea') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.#step(event.key === 'ArrowRight' ? 1 : -1);
    event.preventDefault();
  }

  /** @param {number} by */
  #step(by) {
    const order = this.#context.order();
    const next = order[order.indexOf(/** @type {Item} */ (this.#item)) + by];
    if (!next) return;
    this.open(next);
    this.#focus(by > 0 ? '.next' : '.previous');
    this.#context.announce(next.name);
  }

  /** @param {string} selector of a button of the dialog */
  #focus(selector) {
    /** @type {HTMLElement} */ (this.#dialog.querySelector(selector)).focus();
  }

  #release() {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }

  render() {
    const item = this.#item;
    if (item !== null) renew(this.#dialog, () => this.#parts(item));
  }

  /** @param {Item} item */
  #parts(item) {
    const order = this.#context.order();
    const at = order.indexOf(item);
    const button = (/** @type {string} */ className, /** @type {string} */ label, /** @type {number} */ by) => element('button', {
      type: 'button', className: `icon ${className}`, 'aria-label': say(label), textContent: by > 0 ? '›' : '‹', disabled: !order[at + by], onclick: () => this.#step(by),
    });
    this.#dialog.setAttribute('aria-label', item.name);
    return [
      element('header', {},
        element('div', { className: 'titles' }, element('h2', { textContent: item.name, title: item.path }), element('p', { className: 'facts', textContent: factsOf(item) })),
        element('span', { className: 'place', textContent: at < 0 ? '' : say('detail.place', { at: at + 1, count: order.length }) }),
        button('previous', 'detail.previous', -1), button('next', 'detail.next', 1),
        element('button', { type: 'button', className: 'icon close', 'aria-label': say('detail.close'), textContent: '×', onclick: () => this.#dialog.close() })),
      element('div', { className: 'columns', 'data-item': item.id }, this.#pictureColumn(item), this.#resultColumn(item)),
    ];
  }

  /** Originals are shown here alone, and let go when the dialog closes. @param {Item} item */
  #imageOf(item) {
    if (item.file && item.facts) this.#address ??= URL.createObjectURL(item.file);
    const src = this.#address ?? item.thumbnail;
    return src ? element('img', { loading: 'lazy', src, alt: item.name, decoding: 'async' }) : element('p', { className: 'state', textContent: say('detail.noPicture') });
  }

  /** @param {Item} item */
  #pictureColumn(item) {
    const shown = this.#overlayOf(item);
    const frame = element('div', { className: 'frame' }, this.#imageOf(item), shown?.drawing ?? null);
    if (item.facts) frame.style.setProperty('--ratio', String(item.facts.width / item.facts.height));
    if (shown?.task.preprocess.orientation === 'ignore') frame.classList.add('unoriented');
    return element('figure', { className: 'stage' }, frame, shown?.legend ?? null,
      shown?.words ? element('p', { className: 'notes', textContent: shown.words }) : null, this.#layersElement(item));
  }

  /** The figures over the picture: none, a task's views, or a task's explanation. @param {Item} item */
  #overlayOf(item) {
    const [kind, id] = this.#layer.split(':');
    const task = this.#context.tasks().find((each) => each.id === id);
    const result = task && item.scores?.[id];
    if (!result || !item.facts || this.#isHidden(task, item)) return null;
    if (kind === 'map' && givesScore(task)) return { task, ...viewMapOverlay(task, result, item.facts), words: say('map.words') };
    const explanation = this.#explained.get(`${item.id}:${id}`);
    if (!explanation) return null;
    const drawn = explanationOverlay(task, explanation);
    const unseen = explanation.cells.some(({ effect }) => effect === null) ? ` ${say('explain.unseen')}` : '';
    const target = explanation.label === undefined ? localize(task.title) : explanation.label;
    return { task, ...drawn, words: say('explain.words', { target, strongest: drawn.strongest }) + unseen };
  }

  /** @param {Item} item */
  #layersElement(item) {
    if (!item.scores) return null;
    const results = resultsOf(item, this.#context.tasks()).filter(([task]) => !this.#isHidden(task, item));
    const choice = (/** @type {string} */ layer, /** @type {string} */ text, /** @type {() => void} */ onclick) => element('button', {
      type: 'button', className: 'small', 'data-layer': layer, 'aria-pressed': String(this.#layer === layer), textContent: text, onclick,
    });
    const show = (/** @type {string} */ layer) => {
      this.#layer = layer;
      this.render();
      this.#focus(`[data-layer="${CSS.escape(layer)}"]`);
    };
    const maps = item.facts === null ? [] : results.filter(([task, result]) => givesScore(task) && result.views.length > 1);
    const canExplain = item.file !== null;
    const explainable = canExplain ? judgeable(results.map(([task]) => task)) : [];
    return element('div', { className: 'layers' },
      choice('picture', say('layer.picture'), () => show('picture')),
      ...maps.map(([task]) => choice(`map:${task.id}`, say('layer.map', { task: localize(task.title) }), () => show(`map:${task.id}`))),
      ...explainable.map((task) => choice(`explain:${task.id}`, say('layer.explain', { task: localize(task.title) }), () => this.#explain(item, task, show))),
      this.#explaining ? this.#explaining.element : null);
  }

  /** @param {Item} item @param {Task} task @param {(layer: string) => void} show */
  async #explain(item, task, show) {
    const layer = `explain:${task.id}`;
    if (this.#explained.has(`${item.id}:${task.id}`)) {
      show(layer);
      return;
    }
    this.#stopExplaining();
    const controller = new AbortController();
    const bar = element('progress', { max: 1, 'aria-label': say('explain.progress') });
    const cancel = element('button', { type: 'button', className: 'small cancel', textContent: say('explain.cancel'), onclick: () => this.#stopExplaining() });
    this.#explaining = { controller, element: element('div', { className: 'explaining', role: 'status' }, element('span', { textContent: say('explain.progress') }), bar, cancel) };
    this.render();
    const job = this.#explaining;
    try {
      const scorer = await this.#context.scorer();
      const explanation = await scorer.explain(originalOf(item), {
        task: task.id, grid: gridFor(/** @type {Facts} */ (item.facts)), signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === 'computing') bar.value = progress.done / progress.total;
        },
      });
      this.#explained.set(`${item.id}:${task.id}`, explanation);
      if (this.#explaining !== job) return;
      this.#explaining = null;
      show(layer);
      this.#context.announce(this.#overlayOf(item)?.words ?? '');
    } catch (error) {
      if (this.#explaining !== job) return;
      this.#explaining = { controller, element: element('p', { className: 'problem', role: 'alert', textContent: /** @type {Error} */ (error).message }) };
      this.render();
    }
  }

  #stopExplaining() {
    const job = this.#explaining;
    this.#explaining = null;
    job?.controller.abort();
    if (job) this.render();
  }

  /** @param {Item} item */
  #resultColumn(item) {
    const tasks = this.#context.tasks();
    const content = item.scores
      ? resultsOf(item, tasks).flatMap(([task, result]) => this.#taskElements(task, result, item))
      : [element('p', item.error ? { className: 'problem', 'data-code': item.error.code, textContent: item.error.message } : { className: 'state', textContent: progressWords(item, tasks) })];
    return element('div', { className: 'results' }, ...content);
  }

  /** @param {Task} task @param {Result} result @param {Item} item */
  #taskElements(task, result, item) {
    const { judgements, items } = this.#context;
    const hidden = this.#isHidden(task, item);
    return [
      hidden ? element('p', { className: 'state', textContent: `${localize(task.title)}: ${say('detail.hidden')}` }) : resultElement(task, result, items()),
      judgingElement(task, result, item, judgements, () => this.render()),
    ];
  }

  /** @param {Task} task @param {Item} item */
  #isHidden(task, item) {
    return this.#context.judgements.blind && this.#context.judgements.own(task.id, item.path) === null;
  }
}

/**
 * Rows and columns so that cells are about square.
 * @param {{width: number, height: number}} picture
 * @returns {[number, number]}
 */
export function gridFor({ width, height }) {
  const across = (/** @type {number} */ long, /** @type {number} */ short) => Math.min(12, Math.max(EXPLAIN_CELLS, Math.round((EXPLAIN_CELLS * long) / short)));
  return width >= height ? [EXPLAIN_CELLS, across(width, height)] : [across(height, width), EXPLAIN_CELLS];
}
