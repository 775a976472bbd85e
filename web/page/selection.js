/** The pictures that are selected, to be acted on together. */
import { Listeners } from './listeners.js';

/** @import {Item} from './types.d.ts' */

export class Selection {
  /** @type {Set<Item>} */
  #items = new Set();
  /** Where a range begins, and where it ended last. @type {Item | null} */
  #anchor = null;
  /** @type {Item | null} */
  #end = null;
  /** @type {Listeners<[Set<Item>]>} */
  #changed = new Listeners();

  /** In the order in which they were selected. @returns {Item[]} */
  get items() {
    return [...this.#items];
  }

  get size() {
    return this.#items.size;
  }

  /** @param {Item} item */
  has(item) {
    return this.#items.has(item);
  }

  /** @param {(touched: Set<Item>) => void} listener hears which pictures came or went */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {Item} item */
  toggle(item) {
    const wanted = new Set(this.#items);
    if (!wanted.delete(item)) wanted.add(item);
    this.#anchor = item;
    this.#end = item;
    this.#become(wanted);
  }

  /** A range in place of what was selected: on from the last one where that ended at `from`. @param {Item[]} order @param {Item} to @param {Item} from */
  extend(order, to, from) {
    if (this.#anchor === null || this.#end !== from || !order.includes(this.#anchor)) this.#anchor = from;
    this.#end = to;
    const [start, end] = [order.indexOf(this.#anchor), order.indexOf(to)].sort((a, b) => a - b);
    this.#become(new Set(order.slice(start, end + 1)));
  }

  /** These, and no others. @param {Item[]} items */
  set(items) {
    this.#anchor = null;
    this.#end = null;
    this.#become(new Set(items));
  }

  clear() {
    this.set([]);
  }

  /** @param {Set<Item>} wanted */
  #become(wanted) {
    const before = this.#items;
    this.#items = wanted;
    const touched = new Set([...before].filter((item) => !wanted.has(item)));
    for (const item of wanted) if (!before.has(item)) touched.add(item);
    if (touched.size > 0) this.#changed.tell(touched);
  }
}
