/** The gallery: a toolbar that sorts, filters and groups, the grid, and the pictures picked for comparing. */
import { render } from '../ui/html.js';
import { announce } from './announcer.js';
import { judgeable } from './answers.js';
import { arrange } from './arrange.js';
import { find } from './find.js';
import { Grid } from './grid.js';
import { groupName } from './group-name.js';
import { onLanguage, say } from './language.js';
import { Listeners } from './listeners.js';
import { taskOptions } from './task-field.js';
import { drawTile } from './tile.js';

/** @import {Item} from './types.d.ts' */
/** @import {Grouping, Shown, Sort} from './arrange.js' */
/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */

const CAPTION = 60;
const LINE = 39;
const MOST_LINES = 6;
const ROUND = 14;
const MOST_PICKED = 2;

export class GalleryPanel {
  root = find('pictures');
  #model;
  #pictures;
  #context;
  #grid;
  #task = find('by-task');
  #sort = find('sort');
  #from = find('from');
  #to = find('to');
  #group = find('group');
  #show = find('show');
  /** The task that the person chose to arrange by. */
  #by = '';
  #arranged = new Listeners();
  #compare = find('compare');
  /** @type {Item[]} */
  #picked = [];
  /** What the last pick took the place of. @type {{name: string, other: string} | null} */
  #replaced = null;

  /**
   * @param {{model: ModelSession, pictures: Pictures, onOpen: (item: Item) => void, onRemove: (items: Item[]) => void,
   *   onCompare: (pair: Item[]) => void}} context
   */
  constructor(context) {
    const { model, pictures, onCompare } = context;
    this.#model = model;
    this.#pictures = pictures;
    this.#context = context;
    this.#grid = new Grid(find('cards'), {
      draw: (tile, item) => this.#drawTile(tile, item),
      heightFor: (width) => Math.round(width * (2 / 3)) + CAPTION + LINE * Math.max(1, Math.min(MOST_LINES, model.tasks.length)) + ROUND,
      onKey: (event, item) => this.#onKey(event, item),
    });
    this.#task.addEventListener('input', () => this.#lead(this.#task.value));
    for (const each of [this.#task, this.#sort, this.#from, this.#to, this.#group, this.#show]) {
      each.addEventListener('input', () => {
        this.render();
        this.#arranged.tell();
      });
    }
    this.#compare.addEventListener('click', () => onCompare(this.#picked.slice()));
    find('arrange').addEventListener('click', ({ currentTarget }) => {
      const button = /** @type {HTMLElement} */ (currentTarget);
      button.ariaExpanded = String(button.ariaExpanded !== 'true');
    });
    find('reset').addEventListener('click', () => this.#arrangeAs({ ...this.arrangement, from: '', to: '', show: '' }));
    model.onChange(({ kind }) => (kind === 'loaded' || kind === 'task') && this.#renew());
    onLanguage(() => this.#renew());
    pictures.onChange((changed) => {
      if (changed.list) this.#picked = this.#picked.filter((item) => pictures.get(item.id));
      if (changed.list || this.#dependsOnResults) this.render();
      this.#grid.refresh(changed.items);
    });
  }

  /** The pictures that are shown, as they are arranged. */
  get order() {
    return this.#grid.order;
  }

  /** Whether a new result may move pictures. */
  get #dependsOnResults() {
    return !['added', 'name'].includes(this.#sort.value) || this.#isFiltered || this.#group.value !== 'none';
  }

  get #isFiltered() {
    return this.#from.value !== '' || this.#to.value !== '' || this.#show.value !== 'all';
  }

  /** How pictures are arranged, in texts that an address can hold; '' for what is as at first. @returns {Record<string, string>} */
  get arrangement() {
    const [sort, group, show] = [this.#sort, this.#group, this.#show].map(({ value, options }) => (value === options[0].value ? '' : value));
    return { by: this.#by, sort, group, show, from: this.#from.value, to: this.#to.value };
  }

  /** What is not known stays as at first. */
  set arrangement({ by = '', sort = '', group = '', show = '', from = '', to = '' }) {
    this.#lead(by);
    for (const [field, value] of /** @type {const} */ ([[this.#sort, sort], [this.#group, group], [this.#show, show]])) {
      field.value = value;
      if (field.selectedIndex < 0) field.selectedIndex = 0;
    }
    for (const [field, value] of /** @type {const} */ ([[this.#from, from], [this.#to, to]])) field.value = numberIn({ value }) === null ? '' : value;
    this.#renew();
  }

  /** @param {() => void} listener hears when the person arranges pictures otherwise */
  onArranged(listener) {
    this.#arranged.add(listener);
  }

  /** The highest first, all of them. @param {string} task its id */
  sortBy(task) {
    this.#arrangeAs({ ...this.arrangement, by: task, sort: 'high', from: '', to: '', show: '' });
  }

  /** Those that could not be scored, and why. */
  showFailed() {
    this.#arrangeAs({ ...this.arrangement, from: '', to: '', show: 'failed' });
  }

  /** @param {Record<string, string>} wanted */
  #arrangeAs(wanted) {
    this.arrangement = wanted;
    this.#arranged.tell();
  }

  /** @param {string} task its id */
  #lead(task) {
    this.#by = task;
    this.#model.lead(task);
  }

  render() {
    const all = this.#pictures.shown;
    const grouping = /** @type {Grouping | 'none'} */ (this.#group.value);
    const groups = arrange(all, {
      sort: /** @type {Sort} */ (this.#sort.value), task: this.#model.leading, from: numberIn(this.#from), to: numberIn(this.#to), group: grouping,
      show: /** @type {Shown} */ (this.#show.value),
    });
    const plain = all[0]?.sample ? say('gallery.samples') : null;
    this.#grid.show(groups.map((each) => ({ items: each.items, heading: grouping === 'none' ? plain : groupName(grouping, each.group) })));
    find('guide').hidden = plain === null && all.length > 0;
    const shown = this.order.length;
    find('count').textContent = shown === all.length ? say('gallery.count', { count: shown }) : say('gallery.countOf', { count: shown, all: all.length });
    find('empty').hidden = shown > 0 || all.length === 0;
    find('reset').hidden = !this.#isFiltered;
    this.#showPicked();
  }

  /** @param {Item} item */
  focus(item) {
    this.#grid.focus(item);
  }

  /** The tasks have changed, or the language. */
  #renew() {
    const { leading, tasks } = this.#model;
    render(taskOptions(judgeable(tasks), leading), this.#task);
    this.render();
    this.#grid.refresh();
  }

  /** @param {HTMLElement} tile @param {Item} item */
  #drawTile(tile, item) {
    drawTile(tile, item, {
      tasks: linesOf(this.#model),
      picked: this.#picked.includes(item),
      onOpen: this.#context.onOpen,
      onPick: (each) => this.#pick(each),
      onRemove: (each) => this.#remove(each),
    });
  }

  /** @param {Item} item */
  #pick(item) {
    const before = this.#picked;
    this.#picked = before.includes(item) ? before.filter((each) => each !== item) : [...before, item].slice(-MOST_PICKED);
    const [replaced] = before.filter((each) => each !== item && !this.#picked.includes(each));
    this.#replaced = replaced ? { name: item.name, other: replaced.name } : null;
    this.#grid.refresh(new Set([...before, item]));
    this.#showPicked();
    if (this.#replaced) announce(say('gallery.replaced', this.#replaced));
  }

  #showPicked() {
    this.#compare.disabled = this.#picked.length < 2;
    this.#compare.textContent = this.#picked.length === 1 ? say('gallery.compareOne') : say('gallery.compare');
    find('replaced').textContent = this.#replaced ? say('gallery.replaced', this.#replaced) : '';
  }

  /** The focus goes to the next picture; where there is nothing left, to the way in. @param {Item} item */
  #remove(item) {
    const { order } = this;
    const next = order[order.indexOf(item) + 1] ?? order[order.indexOf(item) - 1];
    const hadFocus = find('cards').contains(document.activeElement);
    this.#context.onRemove([item]);
    this.render();
    if (hadFocus && next) this.#grid.focus(next);
    else if (hadFocus) find('choose').focus();
  }

  /** @param {KeyboardEvent} event @param {Item} item */
  #onKey(event, item) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Delete') this.#remove(item);
    else if (event.key === 'c') this.#pick(item);
  }
}

/** @param {{value: string}} input */
function numberIn({ value }) {
  return value === '' || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** The tasks that a tile has lines for: the first ones, and the one that pictures are sorted by. @param {Pick<ModelSession, 'leading' | 'tasks'>} model */
function linesOf({ leading, tasks }) {
  const first = tasks.slice(0, MOST_LINES);
  return leading === null || first.includes(leading) ? first : [...first.slice(0, -1), leading];
}
