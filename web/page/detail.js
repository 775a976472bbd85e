/** One picture at full size: its results, its map, its explanation, and the user's judgement. */
import { element } from './element.js';
import { explanationOverlay, viewMapOverlay } from './overlay.js';
import { judgingElement } from './judging.js';
import { renew } from './renew.js';
import { resultElement } from './results.js';
import { factsOf, progressWords } from './tile.js';
import { localize, say } from './words.js';

/** The shorter side of an explanation's grid; the longer follows the picture's shape. */
const EXPLAIN_CELLS = 5;

export class Detail {
  #dialog;
  #context;
  #item = null;
  #address = null;
  #layer = 'picture';
  #explained = new Map();
  #explaining = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {object} context
   * @param {() => object[]} context.tasks those switched on @param {() => object[]} context.order the gallery's
   * @param {() => object[]} context.items all pictures @param {import('./judgements.js').Judgements} context.judgements
   * @param {() => Promise<import('../percept.js').Scorer>} context.scorer @param {(text: string) => void} context.announce
   * @param {(item: object) => void} context.onClose
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
      const item = this.#item;
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

  open(item) {
    this.#stopExplaining();
    this.#release();
    this.#item = item;
    this.#layer = 'picture';
    this.render();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #onKey(event) {
    if (event.target.closest('input, select, textarea') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.#step(event.key === 'ArrowRight' ? 1 : -1);
    event.preventDefault();
  }

  #step(by) {
    const order = this.#context.order();
    const next = order[order.indexOf(this.#item) + by];
    if (!next) return;
    this.open(next);
    this.#dialog.querySelector(by > 0 ? '.next' : '.previous').focus();
    this.#context.announce(next.name);
  }

  #release() {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }

  render() {
    if (this.#item !== null) renew(this.#dialog, () => this.#parts(this.#item));
  }

  #parts(item) {
    const order = this.#context.order();
    const at = order.indexOf(item);
    const button = (className, label, by) => element('button', {
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

  /** Originals are shown here alone, and let go when the dialog closes. */
  #imageOf(item) {
    if (item.file && item.facts) this.#address ??= URL.createObjectURL(item.file);
    const src = this.#address ?? item.url ?? item.thumbnail;
    return src ? element('img', { loading: 'lazy', src, alt: item.name, decoding: 'async' }) : element('p', { className: 'state', textContent: say('detail.noPicture') });
  }

  #pictureColumn(item) {
    const shown = this.#overlayOf(item);
    const frame = element('div', { className: 'frame' }, this.#imageOf(item), shown?.drawing ?? null);
    if (item.facts) frame.style.setProperty('--ratio', item.facts.width / item.facts.height);
    if (shown?.task.preprocess.orientation === 'ignore') frame.classList.add('unoriented');
    return element('figure', { className: 'stage' }, frame, shown?.legend ?? null,
      shown?.words ? element('p', { className: 'notes', textContent: shown.words }) : null, this.#layersElement(item));
  }

  /** The figures over the picture: none, a task's views, or a task's explanation. */
  #overlayOf(item) {
    const [kind, id] = this.#layer.split(':');
    const task = this.#context.tasks().find((each) => each.id === id);
    const result = task && item.scores?.[id];
    if (!result || this.#isHidden(task, item)) return null;
    if (kind === 'map') return { task, ...viewMapOverlay(task, result, item.facts), words: say('map.words') };
    const explanation = this.#explained.get(`${item.id}:${id}`);
    if (!explanation) return null;
    const drawn = explanationOverlay(task, explanation);
    const unseen = explanation.cells.some(({ effect }) => effect === null) ? ` ${say('explain.unseen')}` : '';
    const target = explanation.label === undefined ? localize(task.title) : explanation.label;
    return { task, ...drawn, words: say('explain.words', { target, strongest: drawn.strongest }) + unseen };
  }

  #layersElement(item) {
    if (!item.scores) return null;
    const tasks = this.#context.tasks().filter((task) => item.scores[task.id] && !this.#isHidden(task, item));
    const choice = (layer, text, onclick) => element('button', {
      type: 'button', className: 'small', 'data-layer': layer, 'aria-pressed': String(this.#layer === layer), textContent: text, onclick,
    });
    const show = (layer) => {
      this.#layer = layer;
      this.render();
      this.#dialog.querySelector(`[data-layer="${CSS.escape(layer)}"]`).focus();
    };
    const maps = tasks.filter((task) => task.output.kind === 'score' && item.scores[task.id].views.length > 1);
    const canExplain = item.file !== null || item.url !== null;
    const explainable = canExplain ? tasks.filter((task) => task.output.kind !== 'embedding') : [];
    return element('div', { className: 'layers' },
      choice('picture', say('layer.picture'), () => show('picture')),
      ...maps.map((task) => choice(`map:${task.id}`, say('layer.map', { task: localize(task.title) }), () => show(`map:${task.id}`))),
      ...explainable.map((task) => choice(`explain:${task.id}`, say('layer.explain', { task: localize(task.title) }), () => this.#explain(item, task, show))),
      this.#explaining ? this.#explaining.element : null);
  }

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
      const explanation = await scorer.explain(item.file ?? item.url, {
        task: task.id, grid: gridFor(item.facts), signal: controller.signal,
        onProgress: ({ phase, done, total }) => {
          if (phase === 'computing') bar.value = done / total;
        },
      });
      this.#explained.set(`${item.id}:${task.id}`, explanation);
      if (this.#explaining !== job) return;
      this.#explaining = null;
      show(layer);
      this.#context.announce(this.#overlayOf(item).words);
    } catch (error) {
      if (this.#explaining !== job) return;
      this.#explaining = { controller, element: element('p', { className: 'problem', role: 'alert', textContent: error.message }) };
      this.render();
    }
  }

  #stopExplaining() {
    const job = this.#explaining;
    this.#explaining = null;
    job?.controller.abort();
    if (job) this.render();
  }

  #resultColumn(item) {
    const tasks = this.#context.tasks();
    const content = item.scores
      ? tasks.filter(({ id }) => item.scores[id]).flatMap((task) => this.#taskElements(task, item))
      : [element('p', item.error ? { className: 'problem', 'data-code': item.error.code, textContent: item.error.message } : { className: 'state', textContent: progressWords(item, tasks) })];
    return element('div', { className: 'results' }, ...content);
  }

  #taskElements(task, item) {
    const { judgements, items } = this.#context;
    const hidden = this.#isHidden(task, item);
    return [
      hidden ? element('p', { className: 'state', textContent: `${localize(task.title)}: ${say('detail.hidden')}` }) : resultElement(task, item.scores[task.id], items()),
      judgingElement(task, item, judgements, () => this.render()),
    ];
  }

  #isHidden(task, item) {
    return this.#context.judgements.blind && this.#context.judgements.own(task.id, item.path) === null;
  }
}

/** Rows and columns so that cells are about square. */
export function gridFor({ width, height }) {
  const across = (long, short) => Math.min(12, Math.max(EXPLAIN_CELLS, Math.round((EXPLAIN_CELLS * long) / short)));
  return width >= height ? [EXPLAIN_CELLS, across(width, height)] : [across(height, width), EXPLAIN_CELLS];
}
