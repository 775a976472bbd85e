/** The pictures on the page. Originals stay files on disk; what is kept here is small. */
import { Listeners } from './listeners.js';

/** @import {Changed, Item, NewItem} from './types.d.ts' */

export class Pictures {
  /** @type {Item[]} */
  #items = [];
  /** @type {Map<number, Item>} */
  #byId = new Map();
  #nextId = 1;
  /** @type {Listeners<[Changed]>} */
  #listeners = new Listeners();
  /** @type {Changed} */
  #changed = { list: false, items: new Set() };
  #scheduled = false;

  /** All, the newest first. */
  get items() {
    return this.#items;
  }

  /** Those that are worked with: the person's own, and the samples only while there are none. */
  get shown() {
    const own = this.#items.filter(({ sample }) => !sample);
    return own.length > 0 ? own : this.#items;
  }

  /** @param {number} id */
  get(id) {
    return this.#byId.get(id);
  }

  /**
   * @param {NewItem[]} pictures @param {{last?: boolean}} [place] samples come last, others first
   * @returns {Item[]}
   */
  add(pictures, { last = false } = {}) {
    const items = pictures.map((picture) => /** @type {Item} */ ({
      key: null, title: null, file: null, sample: false, state: 'waiting', progress: null, facts: null, scores: null, error: null,
      thumbnail: null, small: null, brightness: null, imported: null, ...picture, path: picture.path ?? picture.name, folder: folderOf(picture.path ?? ''), id: this.#nextId++,
    }));
    for (const item of items) this.#byId.set(item.id, item);
    this.#items = last ? [...this.#items, ...items] : [...items, ...this.#items];
    this.#announce(null);
    return items;
  }

  /** @param {Item} item @param {Partial<Item>} change */
  update(item, change) {
    if (!this.#byId.has(item.id)) return;
    Object.assign(item, change);
    this.#announce(item);
  }

  /**
   * Their small pictures stay until they are released.
   * @param {Item[]} items @returns {() => void} puts them back in their places
   */
  remove(items) {
    const before = this.#items;
    for (const item of items) this.#byId.delete(item.id);
    const gone = new Set(items);
    this.#items = before.filter((item) => !gone.has(item));
    this.#announce(null);
    return () => this.#putBack(gone, before);
  }

  /** Lets go of the small pictures of those that do not come back. @param {Item[]} items */
  release(items) {
    requestAnimationFrame(() => { // after those who show them have heard
      for (const { id, thumbnail } of items) if (thumbnail && !this.#byId.has(id)) URL.revokeObjectURL(thumbnail);
    });
  }

  /** Each follows the one that it followed; what came meanwhile stays where it is. @param {Set<Item>} returning @param {Item[]} before */
  #putBack(returning, before) {
    const here = new Set(this.#items);
    /** @type {Map<Item | null, Item[]>} */
    const after = new Map();
    /** @type {Item | null} */
    let last = null;
    for (const item of before) {
      if (here.has(item)) last = item;
      else if (returning.has(item)) after.set(last, after.get(last) ?? []).get(last)?.push(item);
    }
    const first = before.find((item) => here.has(item));
    const at = first ? this.#items.indexOf(first) : this.#items.length;
    const behind = (/** @type {Item} */ item) => [item, ...after.get(item) ?? []];
    this.#items = [...this.#items.slice(0, at).flatMap(behind), ...after.get(null) ?? [], ...this.#items.slice(at).flatMap(behind)];
    for (const item of returning) this.#byId.set(item.id, item);
    this.#announce(null);
  }

  /**
   * @param {(changed: Changed) => void} listener called at most once a frame
   */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {Item | null} item null: pictures came or went */
  #announce(item) {
    if (item === null) this.#changed.list = true;
    else this.#changed.items.add(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const changed = this.#changed;
      this.#changed = { list: false, items: new Set() };
      this.#listeners.tell(changed);
    });
  }
}

/** '' for a picture that lies in none. @param {string} path */
export function folderOf(path) {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
