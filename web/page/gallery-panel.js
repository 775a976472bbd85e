/** The gallery: a toolbar that sorts, filters and groups, the grid, and the pictures that are selected. */
import { nothing, render } from '../ui/html.js';
import { answersNumber, judgeable } from './answers.js';
import { PLAIN, arrange, groupingBy } from './arrange.js';
import { find } from './find.js';
import { Grid } from './grid.js';
import { groupName } from './group-name.js';
import { onLanguage, say } from './language.js';
import { Listeners } from './listeners.js';
import { Selection } from './selection.js';
import { taskOptions } from './task-field.js';
import { drawTile } from './tile.js';

/** @import {Drawn, Item, Task, Text} from './types.d.ts' */
/** @import {Grouping, More, Shown, Sort} from './arrange.js' */
/** @typedef {More & {mark: (item: Item) => Drawn, onArranged: (grouping: string) => void}} GalleryMore */
/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */

const CAPTION = 60;
const LINE = 39;
const MOST_LINES = 6;
/** The line that says how many are left out. */
const REST = 22;
const ROUND = 14;

/** Until choosing pictures is there. @type {GalleryMore} */
const NOTHING_MORE = { ...PLAIN, mark: () => nothing, onArranged: () => {} };

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
  selection = new Selection();
  more = NOTHING_MORE;

  /**
   * @param {{model: ModelSession, pictures: Pictures, doubt: (task: Task) => string, onOpen: (item: Item) => void, onRemove: (items: Item[]) => void}} context doubt: as a tile's
   */
  constructor(context) {
    const { model, pictures } = context;
    this.#model = model;
    this.#pictures = pictures;
    this.#context = context;
    this.#grid = new Grid(find('cards'), {
      draw: (tile, item) => this.#drawTile(tile, item),
      heightFor: (width) => Math.round(width * (2 / 3)) + CAPTION + linesHeight(model.tasks.length) + ROUND,
      onKey: (event, item) => this.#onKey(event, item),
    });
    this.#task.addEventListener('input', () => this.#lead(this.#task.value));
    for (const each of [this.#task, this.#sort, this.#from, this.#to, this.#group, this.#show]) {
      each.addEventListener('input', () => {
        this.more.onArranged(this.#group.value);
        this.refresh();
        this.#arranged.tell();
      });
    }
    this.selection.onChange((touched) => this.#grid.refresh(touched));
    find('arrange').addEventListener('click', ({ currentTarget }) => {
      const button = /** @type {HTMLElement} */ (currentTarget);
      button.ariaExpanded = String(button.ariaExpanded !== 'true');
    });
    find('reset').addEventListener('click', () => this.#arrangeAs({ ...this.arrangement, from: '', to: '', show: '' }));
    model.onChange(({ kind }) => (kind === 'loaded' || kind === 'task') && this.#renew());
    onLanguage(() => this.#renew());
    pictures.onChange((changed) => {
      if (changed.list && this.selection.items.some((item) => !pictures.get(item.id))) this.selection.set(this.selection.items.filter((item) => pictures.get(item.id)));
      if (changed.list || this.#dependsOnResults) this.render();
      this.#grid.refresh(changed.items);
    });
  }

  /** The pictures that are shown, as they are arranged. */
  get order() {
    return this.#grid.order;
  }

  /** @param {Parameters<Grid['itemsWithin']>[0]} area of the list */
  itemsWithin(area) {
    return this.#grid.itemsWithin(area);
  }

  /** The one that the keys act on. */
  get current() {
    return this.#grid.current;
  }

  /** Whether a picture of the gallery has the focus. */
  get hasFocus() {
    return find('cards').contains(document.activeElement);
  }

  /** In which order they are. */
  get sort() {
    return this.#sort.value;
  }

  /** @param {Sort} sort */
  sortAs(sort) {
    this.#arrangeAs({ ...this.arrangement, sort });
  }

  /** From where a selection began to the current picture. */
  extendSelection() {
    const { current, order } = this;
    if (current) this.selection.extend(order, current, this.#grid.previous ?? current);
  }

  /** What group a picture is in now, as a text of its own; '' where pictures are not grouped. @param {Item} item */
  groupKey(item) {
    const grouping = this.#grouping;
    return grouping === 'none' ? '' : JSON.stringify(groupingBy(grouping, { task: this.#model.leading, more: this.more })(item) ?? null);
  }

  /** The groups that all pictures are in now. @returns {{key: string, name: string, count: number}[]} */
  groups() {
    const grouping = this.#grouping;
    if (grouping === 'none') return [];
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const item of this.#pictures.items) counts.set(this.groupKey(item), (counts.get(this.groupKey(item)) ?? 0) + 1);
    return Array.from(counts, ([key, count]) => ({ key, count, name: groupName(grouping, /** @type {Text | null} */ (JSON.parse(key))) }));
  }

  get #grouping() {
    return /** @type {Grouping | 'none'} */ (this.#group.value);
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

  /** The highest first, all of them; of classes each class by itself. @param {string} id of a task */
  sortBy(id) {
    const task = this.#model.tasks.find((each) => each.id === id);
    this.#arrangeAs({ by: id, sort: 'high', group: task && answersNumber(task) ? '' : 'label' });
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
    const grouping = this.#grouping;
    const groups = arrange(all, {
      sort: /** @type {Sort} */ (this.#sort.value), task: this.#model.leading, from: numberIn(this.#from), to: numberIn(this.#to), group: grouping, more: this.more,
      show: /** @type {Shown} */ (this.#show.value),
    });
    const plain = all[0]?.sample ? say('gallery.samples') : null;
    this.#grid.show(groups.map((each) => ({ items: each.items, heading: grouping === 'none' ? plain : groupName(grouping, each.group) })));
    find('guide').hidden = plain === null && all.length > 0;
    const shown = this.order.length;
    find('count').textContent = shown === all.length ? say('gallery.count', { count: shown }) : say('gallery.countOf', { count: shown, all: all.length });
    find('empty').hidden = shown > 0 || all.length === 0;
    find('reset').hidden = !this.#isFiltered;
  }

  /** Arranges the pictures anew, and draws what is said of these; of all without. @param {Set<Item> | null} [items] */
  refresh(items = null) {
    if (items === null) this.render();
    this.#grid.refresh(items);
  }

  /** @param {Item} item */
  focus(item) {
    this.#grid.focus(item);
  }

  /** Brings its top into sight, and gives the first picture the focus: the tab, where there is none. */
  begin() {
    find('tabs').scrollIntoView();
    find('tab-pictures').focus({ preventScroll: true });
    this.focusFirst();
  }

  /** Gives the first that is shown the focus; where the tab is not, nothing happens. @param {Item[]} [items] of these alone */
  focusFirst(items = this.#pictures.items) {
    if (this.root.hidden) return;
    this.render();
    const wanted = new Set(items);
    const first = this.order.find((item) => wanted.has(item));
    if (first) this.#grid.focus(first);
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
      tasks: this.#model.tasks,
      lines: linesOf(this.#model),
      manifest: this.#model.manifest,
      selected: this.selection.has(item),
      marks: this.more.mark(item),
      doubt: this.#context.doubt,
      onOpen: (event, each) => this.#onPress(event, each, () => this.#context.onOpen(each)),
      onSelect: (event, each) => this.#onPress(event, each, () => this.selection.toggle(each)),
      onRemove: (each) => this.#remove([each]),
    });
  }

  /** With Shift a range is selected, with Ctrl one more. @param {MouseEvent} event @param {Item} item @param {() => void} act without either */
  #onPress({ ctrlKey, metaKey, shiftKey }, item, act) {
    if (shiftKey) this.selection.extend(this.order, item, this.#grid.previous ?? item);
    else if (ctrlKey || metaKey) this.selection.toggle(item);
    else act();
  }

  /** Takes the selected ones off the page. */
  removeSelected() {
    this.#remove(this.selection.items);
  }

  /** The focus goes to the next picture; where there is nothing left, to the way in. @param {Item[]} items */
  #remove(items) {
    const { hasFocus: hadFocus, order } = this;
    const gone = new Set(items);
    const at = order.findIndex((item) => gone.has(item));
    const left = order.filter((item) => !gone.has(item));
    const next = left[at] ?? left.at(-1);
    this.#context.onRemove(items);
    this.render();
    if (hadFocus && next) this.#grid.focus(next);
    else if (hadFocus) find('choose').focus();
  }

  /** @param {KeyboardEvent} event @param {Item} item */
  #onKey(event, item) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Delete') this.#remove(this.selection.has(item) ? this.selection.items : [item]);
  }
}

/** @param {{value: string}} input */
function numberIn({ value }) {
  return value === '' || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** @param {number} tasks how many there are */
const linesHeight = (tasks) => LINE * Math.max(1, Math.min(MOST_LINES, tasks)) + (tasks > MOST_LINES ? REST : 0);

/** The tasks that a tile has lines for: the first ones, and the one that pictures are sorted by. @param {Pick<ModelSession, 'leading' | 'tasks'>} model */
function linesOf({ leading, tasks }) {
  const first = tasks.slice(0, MOST_LINES);
  return leading === null || first.includes(leading) ? first : [...first.slice(0, -1), leading];
}
