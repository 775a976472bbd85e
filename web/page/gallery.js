/** The gallery: a toolbar that sorts, filters and groups, the grid, and the pictures picked for comparing. */
import { arrange } from './arrange.js';
import { element } from '../ui/element.js';
import { Grid } from './grid.js';
import { tileElement } from './tile.js';
import { localize, say } from './language.js';

/** @import {Context, Item, Text} from './types.d.ts' */
/** @import {Grouping, Sort} from './arrange.js' */

const CAPTION = 60;
const LINE = 39;
const MOST_LINES = 6;

/**
 * @typedef {{list: HTMLElement, task: HTMLSelectElement, sort: HTMLSelectElement, from: HTMLInputElement, to: HTMLInputElement,
 *   group: HTMLSelectElement, empty: HTMLElement, compare: HTMLButtonElement, count: HTMLElement, reset: HTMLElement}} Elements
 */

export class Gallery {
  #elements;
  #context;
  #grid;
  /** @type {Item[]} */
  #picked = [];

  /**
   * @param {Elements} elements
   * @param {Pick<Context, 'store' | 'tasks' | 'onOpen'> & {onRemove: (item: Item) => void, onCompare: (pair: Item[]) => void, onEmptied: () => void}} context
   *   onEmptied: the last picture went, and the focus with it
   */
  constructor(elements, context) {
    this.#elements = elements;
    this.#context = context;
    this.#grid = new Grid(elements.list, {
      make: (item, before) => tileElement(item, {
        tasks: context.tasks().slice(0, MOST_LINES),
        picked: this.#picked.includes(item),
        onOpen: context.onOpen,
        onPick: (each) => this.#pick(each),
        onRemove: (each) => this.#remove(each),
      }, before),
      heightFor: (width) => Math.round(width * (2 / 3)) + CAPTION + LINE * Math.max(1, Math.min(MOST_LINES, context.tasks().length)) + 14,
      onKey: (event, item) => this.#onKey(event, item),
    });
    for (const each of [elements.task, elements.sort, elements.from, elements.to, elements.group]) each.addEventListener('input', () => this.show());
    elements.compare.addEventListener('click', () => context.onCompare(this.#picked.slice()));
    elements.reset.addEventListener('click', () => {
      elements.from.value = '';
      elements.to.value = '';
      this.show();
    });
    context.store.onChange((changed) => {
      if (changed.list) this.#picked = this.#picked.filter((item) => context.store.get(item.id));
      if (changed.list || this.#dependsOnResults) this.show();
      this.#grid.refresh(changed.items);
    });
  }

  get order() {
    return this.#grid.order;
  }

  get #task() {
    return this.#context.tasks().find(({ id }) => id === this.#elements.task.value) ?? this.#context.tasks()[0] ?? null;
  }

  /** By which pictures are sorted, filtered and grouped. @returns {string | null} */
  get taskId() {
    return this.#task?.id ?? null;
  }

  /** Whether a new result may move pictures. */
  get #dependsOnResults() {
    const { sort, from, to, group } = this.#elements;
    return !['added', 'name'].includes(sort.value) || from.value !== '' || to.value !== '' || group.value !== 'none';
  }

  /** The tasks have changed, or the language. */
  renew() {
    const { task } = this.#elements;
    const before = task.value;
    const choices = this.#context.tasks().filter(({ output }) => output.kind !== 'embedding');
    task.replaceChildren(...choices.map(({ id, title }) => element('option', { value: id, textContent: localize(title) })));
    if (choices.some(({ id }) => id === before)) task.value = before;
    this.show();
    this.#grid.refresh();
  }

  show() {
    const { sort, from, to, group, count, empty } = this.#elements;
    const task = this.#task;
    const numberOf = (/** @type {HTMLInputElement} */ input) => (input.value === '' || !Number.isFinite(Number(input.value)) ? null : Number(input.value));
    const all = this.#context.store.items;
    const grouping = /** @type {Grouping | 'none'} */ (group.value);
    const groups = arrange(all, { sort: /** @type {Sort} */ (sort.value), task, from: numberOf(from), to: numberOf(to), group: grouping });
    this.#grid.show(groups.map((each) => ({ items: each.items, heading: grouping === 'none' ? null : groupName(grouping, each.group) })));
    const shown = this.#grid.order.length;
    count.textContent = shown === all.length ? say('gallery.count', { count: shown }) : say('gallery.countOf', { count: shown, all: all.length });
    empty.hidden = shown > 0 || all.length === 0;
    this.#elements.reset.hidden = from.value === '' && to.value === '';
    this.#showPicked();
  }

  /** @param {Item} item */
  focus(item) {
    this.#grid.focus(item);
  }

  /** @param {Item} item */
  #pick(item) {
    const before = this.#picked;
    this.#picked = before.includes(item) ? before.filter((each) => each !== item) : [...before, item].slice(-2);
    this.#grid.refresh(new Set([...before, item]));
    this.#showPicked();
  }

  #showPicked() {
    const { compare } = this.#elements;
    compare.disabled = this.#picked.length < 2;
    compare.textContent = this.#picked.length === 1 ? say('gallery.compareOne') : say('gallery.compare');
  }

  /** @param {Item} item */
  #remove(item) {
    const order = this.#grid.order;
    const next = order[order.indexOf(item) + 1] ?? order[order.indexOf(item) - 1];
    const hadFocus = this.#elements.list.contains(document.activeElement);
    this.#context.onRemove(item);
    this.show();
    if (hadFocus && next) this.#grid.focus(next);
    else if (hadFocus) this.#context.onEmptied();
  }

  /** @param {KeyboardEvent} event @param {Item} item */
  #onKey(event, item) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Delete') this.#remove(item);
    else if (event.key === 'c') this.#pick(item);
  }
}

/** The heading of a group. @param {Grouping} grouping @param {Text | null} group */
export function groupName(grouping, group) {
  if (group === null) return say('group.unknown');
  if (grouping === 'folder' && group === '') return say('group.noFolder');
  return grouping === 'folder' || grouping === 'label' ? localize(group) : say(`group.${group}`);
}
