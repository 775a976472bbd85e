/** The line of choosing above the gallery: the best ones, what is shown, the combined order, and what is done with the selected ones. */
import { html, nothing, render } from '../ui/html.js';
import { live, repeat } from '../ui/lit-directives.js';
import { judgeable } from './answers.js';
import { MOST_COMPARED } from './compare-dialog.js';
import { ALL, isFiltered } from './cull-filter.js';
import { find } from './find.js';
import { localize, onLanguage, say, together } from './language.js';
import { ratingTemplate } from './rating-marks.js';

/**
 * @import {ChangeEvent, Task} from './types.d.ts'
 * @import {Wanted} from './cull-filter.js'
 * @import {Rating} from './ratings.js'
 * @import {SavedOrders} from './saved-orders.js'
 * @import {Selection} from './selection.js'
 *
 * @typedef {'best' | 'filter' | 'order'} Drawer
 * @typedef {object} BarContext
 * @property {Selection} selection @property {SavedOrders} orders
 * @property {() => Task[]} tasks @property {() => {key: string, name: string, count: number}[]} groups those that pictures are put into now
 * @property {() => {done: number, total: number} | null} looking how far near-copies are looked for; null: all were
 * @property {() => string} basis by what the best are found
 * @property {(count: number) => void} onBest @property {(wanted: Wanted) => void} onFilter @property {() => void} onOrder the combined order is to be shown
 * @property {() => void} onLook near-copies are wanted
 * @property {(change: Partial<Rating>) => void} onRate @property {() => void} onCompare @property {() => void} onSave @property {() => void} onRemove @property {() => void} onKeys
 */

/** @type {Record<Drawer, string>} */
const TITLES = { best: 'best.title', filter: 'filter.title', order: 'order.title' };
const COUNTS = [5, 10, 20];

export class CullBar {
  #root = find('cull');
  #context;
  /** @type {Drawer | null} */
  #open = null;
  #count = 10;
  /** @type {Wanted} */
  #wanted = ALL;

  /** @param {BarContext} context */
  constructor(context) {
    this.#context = context;
    const { orders, selection } = context;
    selection.onChange(() => this.render());
    orders.onChange(() => this.render());
    onLanguage(() => this.render());
    this.#root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#open === null) return;
      event.stopPropagation();
      this.#toggle(this.#open);
    });
    this.render();
  }

  get wanted() {
    return this.#wanted;
  }

  render() {
    const { selection } = this.#context;
    render(html`
      <p class="cull-line">
        ${this.#drawerButton('best', say('best.open'))}
        ${this.#drawerButton('filter', isFiltered(this.#wanted) ? say('filter.active') : say('filter.open'))}
        ${this.#drawerButton('order', say('order.open'))}
        <button type="button" class="small" id="save-pictures" @click=${this.#context.onSave}>${say('save.open')}</button>
        <button type="button" class="small quiet" id="show-keys" @click=${this.#context.onKeys}>${say('keys.open')} <kbd>?</kbd></button>
      </p>
      ${this.#open === null ? nothing : html`<div class="drawer" id="drawer" role="group" aria-label=${say(TITLES[this.#open])}>${this.#drawerTemplate()}</div>`}
      ${selection.size === 0 ? nothing : this.#selectionTemplate()}`, this.#root);
  }

  /** Opens the choice of the best, ready for a number. */
  askBest() {
    if (this.#open !== 'best') this.#toggle('best');
    const field = /** @type {HTMLInputElement} */ (find('best-count'));
    field.focus();
    field.select();
  }

  /** @param {Drawer} drawer @param {string} text */
  #drawerButton(drawer, text) {
    const isOpen = this.#open === drawer;
    return html`<button type="button" class="small" id=${`open-${drawer}`} aria-expanded=${isOpen} aria-controls=${isOpen ? 'drawer' : nothing} @click=${() => this.#toggle(drawer)}>${text}</button>`;
  }

  /** @param {Drawer} drawer */
  #toggle(drawer) {
    this.#open = this.#open === drawer ? null : drawer;
    if (this.#open === 'best') this.#context.onLook();
    this.render();
    if (this.#open === null) find(`open-${drawer}`).focus();
  }

  #drawerTemplate() {
    if (this.#open === 'best') return this.#bestTemplate();
    return this.#open === 'filter' ? this.#filterTemplate() : this.#orderTemplate();
  }

  #bestTemplate() {
    const { basis, looking } = this.#context;
    const progress = looking();
    const onSubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#choose(this.#count);
    };
    return html`
      <form class="drawer-fields" @submit=${onSubmit}>
        ${COUNTS.map((count) => html`<button type="button" data-best=${count} @click=${() => this.#choose(count)}>${say('best.count', { count })}</button>`)}
        <label><span>${say('best.other')}</span><input type="number" id="best-count" min="1" max="999" .value=${live(String(this.#count))}
          @input=${(/** @type {ChangeEvent} */ { currentTarget }) => { this.#count = Number(currentTarget.value); }} /></label>
        <button type="submit" class="primary" id="choose-best">${say('best.choose')}</button>
      </form>
      <p class="notes">${together(say('best.words', { basis: basis() }), progress === null ? '' : say('similar.looking', progress))}</p>`;
  }

  /** The button goes with what it does, so the focus goes on. @param {string} id @param {() => void} act */
  #thenTo(id, act) {
    act();
    find(id).focus();
  }

  /** @param {number} count */
  #choose(count) {
    if (!(count >= 1)) return;
    this.#count = count;
    this.#open = null;
    this.#context.onBest(Math.floor(count));
    this.render();
  }

  /** @param {Partial<Wanted>} change */
  #filter(change) {
    this.#wanted = { ...this.#wanted, ...change };
    this.#context.onFilter(this.#wanted);
    this.render();
  }

  #filterTemplate() {
    const wanted = this.#wanted;
    const groups = this.#context.groups();
    const stars = [['0', say('filter.any')], ...[1, 2, 3, 4, 5].map((count) => [String(count), say('filter.least', { stars: '★'.repeat(count) })]), ['-1', say('filter.noStars')]];
    const flags = ['all', 'pick', 'kept', 'none', 'reject'].map((flag) => [flag, say(`filter.flag.${flag}`)]);
    const named = [['', say('filter.any')], ...groups.map(({ count, key, name }) => [key, `${name} (${count})`])];
    return html`
      <div class="drawer-fields">
        ${fieldTemplate('stars', String(wanted.stars), stars, (value) => this.#filter({ stars: Number(value) }))}
        ${fieldTemplate('flag', wanted.flag, flags, (value) => this.#filter({ flag: /** @type {Wanted['flag']} */ (value) }))}
        <label><span>${say('filter.name')}</span><input type="search" id="filter-name" .value=${live(wanted.name)}
          @input=${(/** @type {ChangeEvent} */ { currentTarget }) => this.#filter({ name: currentTarget.value.trim() })} /></label>
        ${groups.length === 0 ? nothing : fieldTemplate('group', wanted.group, named, (value) => this.#filter({ group: value }))}
        <label class="check"><input type="checkbox" id="filter-best" .checked=${live(wanted.best)}
          @change=${(/** @type {ChangeEvent} */ { currentTarget }) => this.#onlyBest(currentTarget.checked)} /><span>${say('filter.best')}</span></label>
        ${isFiltered(wanted) ? html`<button type="button" class="small" id="filter-none" @click=${() => this.#thenTo('filter-name', () => this.#filter(ALL))}>${say('filter.none')}</button>` : nothing}
      </div>
      <p class="notes">${groups.length === 0 ? say('filter.groupHint') : ''}</p>`;
  }

  /** @param {boolean} best */
  #onlyBest(best) {
    if (best) this.#context.onLook();
    this.#filter({ best });
  }

  #orderTemplate() {
    const { onOrder, orders, tasks } = this.#context;
    const { name: current, names, weights } = orders;
    const change = (/** @type {() => void} */ act) => {
      act();
      onOrder();
    };
    const onSave = (/** @type {Event} */ event) => {
      event.preventDefault();
      const name = /** @type {HTMLInputElement} */ (find('order-name')).value.trim();
      if (name !== '') orders.save(name);
    };
    return html`
      <p class="notes">${say('order.words')}</p>
      <div class="weights">
        ${repeat(judgeable(tasks()), ({ id }) => id, ({ id, title }) => html`
          <label><span>${localize(title)}</span><input type="range" min="-100" max="100" step="10" data-weight=${id} .value=${live(String(weights[id] ?? 0))}
            @input=${(/** @type {ChangeEvent} */ { currentTarget }) => change(() => orders.weigh(id, Number(currentTarget.value)))} /><output>${weights[id] ?? 0}</output></label>`)}
      </div>
      <form class="drawer-fields" @submit=${onSave}>
        ${names.length === 0 ? nothing : html`
          <label><span>${say('order.saved')}</span><select id="order-saved" @change=${(/** @type {Event} */ { currentTarget }) => change(() => orders.use(/** @type {HTMLSelectElement} */ (currentTarget).value))}>
            <option value="" .selected=${live(current === '')}>—</option>
            ${repeat(names, (name) => name, (name) => html`<option value=${name} .selected=${live(name === current)}>${name}</option>`)}</select></label>`}
        ${current === '' ? nothing : html`<button type="button" class="small quiet" id="order-forget" @click=${() => this.#thenTo('order-name', () => orders.forget(current))}>${say('order.forget', { name: current })}</button>`}
        <label><span>${say('order.name')}</span><input id="order-name" maxlength="60" /></label>
        <button type="submit" class="small" id="order-save">${say('order.save')}</button>
      </form>`;
  }

  #selectionTemplate() {
    const { onCompare, onRate, onRemove, onSave, selection } = this.#context;
    const count = selection.size;
    return html`
      <div class="selected-line" role="group" aria-label=${say('selection.label')}>
        <strong id="selected-count">${say('selection.count', { count })}</strong>
        ${ratingTemplate({ stars: 0, flag: null }, onRate)}
        <button type="button" class="small" data-act="compare" ?disabled=${count < 2 || count > MOST_COMPARED} @click=${onCompare}>${say('gallery.compare')} <kbd>C</kbd></button>
        ${count < 2 || count > MOST_COMPARED ? html`<span class="notes" id="compare-why">${say('compare.why', { most: MOST_COMPARED })}</span>` : nothing}
        <button type="button" class="small" data-act="save" @click=${onSave}>${say('save.open')} <kbd>E</kbd></button>
        <button type="button" class="small" data-act="remove" @click=${() => this.#thenTo('open-best', onRemove)}>${say('selection.remove')}</button>
        <button type="button" class="small quiet" data-act="clear" @click=${() => this.#thenTo('open-best', () => selection.clear())}>${say('selection.clear')} <kbd>Esc</kbd></button>
      </div>`;
  }
}

/** A choice of the filter. @param {string} id @param {string} value @param {string[][]} options each with what is said of it @param {(value: string) => void} onChoose */
const fieldTemplate = (id, value, options, onChoose) => html`
  <label><span>${say(`filter.${id}`)}</span><select id=${`filter-${id}`} @change=${(/** @type {ChangeEvent<HTMLSelectElement>} */ { currentTarget }) => onChoose(currentTarget.value)}>
    ${repeat(options, ([key]) => key, ([key, text]) => html`<option value=${key} .selected=${live(key === value)}>${text}</option>`)}</select></label>`;
