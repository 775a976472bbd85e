/** One picture at full size: its results, its map, its explanation, and the user's judgement. */
import { html, nothing, render } from '../ui/html.js';
import { keyed, repeat } from '../ui/lit-directives.js';
import { resultsOf } from '../ui/kinds.js';
import { answersNumber, judgeable } from './answers.js';
import { announce } from './announcer.js';
import { Explanations } from './explanations.js';
import { find } from './find.js';
import { judgingTemplate } from './judging.js';
import { localize, named, onLanguage, say, together, words } from './language.js';
import { Listeners } from './listeners.js';
import { explanationOverlay, viewMapOverlay } from './overlay.js';
import { resultTemplate } from './result.js';
import { factsTemplate, problemTemplate, progressTemplate, titleTemplate } from './tile.js';
import { isUnfamiliar } from './unfamiliar.js';
import { hasMap } from './view-map.js';

/** @import {Drawn, Item, PanelParts, Result, Task} from './types.d.ts' */
/**
 * @typedef {object} DetailMore what choosing pictures adds
 * @property {(item: Item) => Drawn} tools under the picture @property {(item: Item) => Drawn} facts beside it @property {(item: Item) => Drawn} strip
 * @property {(item: Item | null) => void} onDrawn null: it was closed
 */

/** @type {DetailMore} */
const NOTHING_MORE = { tools: () => nothing, facts: () => nothing, strip: () => nothing, onDrawn: () => {} };

/** The picture as it is; the others are a task's, `map:` or `explain:` and its id. */
const PICTURE = 'picture';

export class DetailDialog {
  root = find('detail');
  #dialog = this.root;
  more = NOTHING_MORE;
  #parts;
  #explanations;
  /** @type {Item | null} */
  #item = null;
  /** Of the original, which is shown here alone and let go when the dialog closes. @type {string | null} */
  #address = null;
  #layer = PICTURE;
  /** @type {Listeners<[Item, boolean]>} */
  #shown = new Listeners();
  #closed = new Listeners();

  /** @param {PanelParts & {order: () => Item[], onClose: (item: Item) => void}} parts order: the gallery's */
  constructor(parts) {
    const { judgements, model, pictures } = parts;
    this.#parts = parts;
    this.#explanations = new Explanations(model);
    this.#explanations.onChange(() => this.render());
    judgements.onChange(() => this.render());
    onLanguage(() => this.render());
    pictures.onChange(({ list, items }) => this.#item && (list || items.has(this.#item)) && this.render());
    this.#dialog.addEventListener('keydown', (event) => this.#onKey(event));
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    this.#dialog.addEventListener('close', () => this.#end());
  }

  /** @param {(item: Item, isStep: boolean) => void} listener hears of each picture that is shown; isStep: in place of another */
  onShown(listener) {
    this.#shown.add(listener);
  }

  /** @param {() => void} listener */
  onClosed(listener) {
    this.#closed.add(listener);
  }

  /** @param {Item} item */
  open(item) {
    this.#end();
    this.#item = item;
    this.#layer = PICTURE;
    this.#explanations.stop();
    this.#release();
    const { open: isStep, scrollTop } = this.#dialog;
    const held = /** @type {HTMLButtonElement | null} */ (this.#dialog.querySelector('header :focus'));
    this.render();
    if (!isStep) this.#dialog.showModal();
    if (!held || held.disabled) this.#focus('.lens'); // what was below went with the picture before
    this.#dialog.scrollTop = isStep ? scrollTop : 0; // what is compared from picture to picture stays in sight
    this.#shown.tell(item, isStep);
  }

  /** Where it is not open, nothing happens. */
  close() {
    this.#dialog.close();
  }

  /** What closing leaves to be done. The browser tells of it later: by then it may be open again, and this was done. */
  #end() {
    if (this.#item === null || this.#dialog.open) return;
    const item = this.#item;
    this.#item = null;
    this.#explanations.stop();
    render(nothing, this.#dialog); // first: a picture that is still to be loaded would miss its address
    this.more.onDrawn(null);
    this.#release();
    this.#closed.tell();
    this.#parts.onClose(item);
  }

  render() {
    if (this.#item === null) return;
    this.#dialog.setAttribute('aria-label', this.#item.name);
    render(this.#template(this.#item), this.#dialog);
    this.more.onDrawn(this.#item);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = /** @type {Element} */ (event.target);
    if (at.closest('input, select, textarea') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
    this.step(event.key === 'ArrowRight' ? 1 : -1);
    event.preventDefault();
  }

  /** @param {number} by */
  step(by) {
    const order = this.#parts.order();
    const next = order[order.indexOf(/** @type {Item} */ (this.#item)) + by];
    if (!next) return;
    this.show(next);
  }

  /** Another one in the place of the one that is shown. @param {Item} item */
  show(item) {
    this.open(item);
    announce(item.name);
  }

  /** The one that is shown. */
  get item() {
    return this.#dialog.open ? this.#item : null;
  }

  /** @param {string} selector of an element of the dialog */
  #focus(selector) {
    /** @type {HTMLElement} */ (this.#dialog.querySelector(selector)).focus({ preventScroll: true }); // the picture stays in sight
  }

  #release() {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }

  /** @param {Item} item */
  #template(item) {
    const order = this.#parts.order();
    const at = order.indexOf(item);
    const isThere = (/** @type {number} */ by) => order[at + by] !== undefined;
    return html`
      <header>
        <div class="titles"><h2 title=${item.path}>${item.name}</h2><p class="facts">${factsTemplate(item)}</p></div>
        <span class="place">${at < 0 ? '' : say('detail.place', { at: at + 1, count: order.length })}</span>
        <button type="button" class="icon previous" aria-label=${say('detail.previous')} ?disabled=${!isThere(-1)} @click=${() => this.step(-1)}>‹</button>
        <button type="button" class="icon next" aria-label=${say('detail.next')} ?disabled=${!isThere(1)} @click=${() => this.step(1)}>›</button>
        <button type="button" class="icon close" aria-label=${say('detail.close')} @click=${() => this.#dialog.close()}>×</button>
      </header>
      ${keyed(item.id, html`<div class="columns">${this.#pictureColumn(item)}${this.#resultColumn(item)}</div>`)}`;
  }

  /** @param {Item} item */
  #pictureColumn(item) {
    const { facts } = item;
    const shown = this.#overlayOf(item);
    const isTurned = shown?.task.preprocess.orientation === 'ignore';
    return html`
      <figure class="stage">
        <div class="lens" tabindex="-1" role="group" aria-label=${item.name}>
          <div class=${isTurned ? 'frame unoriented' : 'frame'} .style=${facts ? `--ratio: ${facts.width / facts.height}` : ''}>
            ${this.#imageTemplate(item)}${shown?.drawing ?? nothing}
          </div>
        </div>
        ${this.more.tools(item)}${this.more.strip(item)}
        ${shown?.legend ?? nothing}
        ${shown ? html`<p class="notes">${shown.words}</p>` : nothing}
        ${this.#layersTemplate(item)}
      </figure>`;
  }

  /** The original, once the engine has decoded it; before that, and where the file is not here, what there is. @param {Item} item */
  #imageTemplate(item) {
    if (item.file && item.facts) this.#address ??= URL.createObjectURL(item.file);
    const src = this.#address ?? item.thumbnail;
    return src ? html`<img src=${src} alt=${item.name} decoding="async" />` : html`<p class="state">${say(item.file ? 'detail.notDecoded' : 'detail.noPicture')}</p>`;
  }

  /** The figures over the picture: none, a task's views, or a task's explanation. @param {Item} item */
  #overlayOf(item) {
    const [kind, id] = partsOf(this.#layer);
    const task = this.#parts.model.tasks.find((each) => each.id === id);
    const result = task && item.scores?.[id];
    if (!result || !item.facts || this.#isHidden(task, item)) return null;
    if (kind === 'map' && answersNumber(task) && hasMap(task, result, item.facts)) return { task, ...viewMapOverlay(task, result, item.facts), words: say('map.words') };
    const explanation = this.#explanations.of(item, task);
    if (!explanation) return null;
    const drawn = explanationOverlay(task, explanation, result);
    const unseen = explanation.cells.some(({ effect }) => effect === null) ? say('explain.unseen') : '';
    const target = explanation.label === undefined ? localize(task.title) : explanation.label;
    const made = say('explain.words', { target, strongest: drawn.strongest });
    return { task, ...drawn, words: together(...(drawn.isFaint ? [drawn.faint, made] : [made, drawn.faint]), unseen) };
  }

  /** What can be laid over the picture. @param {Item} item */
  #layersTemplate(item) {
    if (!item.scores) return nothing;
    const results = resultsOf(item, this.#parts.model.tasks).filter(([task]) => !this.#isHidden(task, item));
    const { facts } = item;
    const maps = facts === null ? [] : results.filter(([task, result]) => answersNumber(task) && hasMap(task, result, facts));
    const explainable = item.file === null ? [] : judgeable(results.map(([task]) => task));
    const button = (/** @type {string} */ layer, /** @type {Drawn | string} */ name, /** @type {() => void} */ onChoose) => html`
      <button type="button" class="small" data-layer=${layer} aria-pressed=${this.#layer === layer} @click=${onChoose}>${name}</button>`;
    /** @type {(kind: 'map' | 'explain', tasks: Task[], onChoose: (task: Task) => void) => Drawn} */
    const line = (kind, tasks, onChoose) => (tasks.length === 0 ? nothing : html`
      <span aria-hidden="true">${say(`layer.${kind}`)}</span>
      <div class="layer-line" role="group" aria-label=${say(`layer.${kind}`)}>
        ${repeat(tasks, ({ id }) => id, (task) => button(`${kind}:${task.id}`, titleTemplate(task), () => onChoose(task)))}</div>`);
    return html`
      <div class="layers">
        <span aria-hidden="true">${say('layer.show')}</span><div class="layer-line">${button(PICTURE, say('layer.picture'), () => this.#show(PICTURE))}</div>
        ${line('map', maps.map(([task]) => task), ({ id }) => this.#show(`map:${id}`))}
        ${line('explain', explainable, (task) => this.#explain(item, task))}
        ${this.#jobTemplate()}
      </div>`;
  }

  /** What is being explained, or could not be. */
  #jobTemplate() {
    const { job } = this.#explanations;
    if (job === null) return nothing;
    if (job.problem) return html`<p class="problem" role="alert">${words().explain(job.problem)}</p>`;
    return html`
      <div class="explaining" role="status">
        <span>${say('explain.progress')}</span>
        <progress max="1" aria-label=${say('explain.progress')} value=${job.share ?? nothing}></progress>
        <button type="button" class="small cancel" @click=${() => this.#explanations.stop()}>${say('explain.cancel')}</button>
      </div>`;
  }

  /** @param {string} layer */
  #show(layer) {
    this.#layer = layer;
    this.render();
    this.#focus(`[data-layer="${CSS.escape(layer)}"]`);
  }

  /** @param {Item} item @param {Task} task */
  async #explain(item, task) {
    const isMade = await this.#explanations.make(item, task);
    if (this.#item !== item) return;
    if (isMade) {
      this.#show(`explain:${task.id}`);
      announce(this.#overlayOf(item)?.words ?? '');
    } else if (!this.#dialog.contains(document.activeElement)) {
      this.#focus(`[data-layer="${CSS.escape(`explain:${task.id}`)}"]`); // the button that stops it had the focus, and is gone
    }
  }

  /** What the pictures are arranged by comes first. @param {Item} item */
  #resultColumn(item) {
    const { leading, tasks } = this.#parts.model;
    const isFirst = (/** @type {Task} */ task) => Number(task === leading);
    const results = item.scores ? resultsOf(item, tasks).sort(([a], [b]) => isFirst(b) - isFirst(a)) : [];
    const without = () => (item.error ? problemTemplate(item.error) : progressTemplate(item, tasks));
    return html`
      <div class="results">
        ${isUnfamiliar(item, this.#parts.model.manifest) ? html`<p class="notice unfamiliar">${say('score.unfamiliar')}</p>` : nothing}
        ${item.scores ? repeat(results, ([task]) => task.id, ([task, result]) => this.#taskTemplate(task, result, item)) : without()}
        ${this.more.facts(item)}
      </div>`;
  }

  /** @param {Task} task @param {Result} result @param {Item} item */
  #taskTemplate(task, result, item) {
    const { judgements, model, pictures, traits } = this.#parts;
    return html`
      ${this.#isHidden(task, item)
        ? html`<p class="state">${named(localize(task.title), say('detail.hidden'))}</p>`
        : resultTemplate(task, result, { items: pictures.shown, trait: traits.get(task.id), model: model.manifest?.name ?? '' })}
      ${judgingTemplate(task, result, item, judgements)}`;
  }

  /** Whether the user is to judge first. @param {Task} task @param {Item} item */
  #isHidden(task, item) {
    return this.#parts.judgements.blind && this.#parts.judgements.own(task.id, item) === null;
  }
}

/** A layer's kind and its task. @param {string} layer */
function partsOf(layer) {
  const at = layer.indexOf(':');
  return at < 0 ? [layer, ''] : [layer.slice(0, at), layer.slice(at + 1)];
}
