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
      thumbnail: null, brightness: null, imported: null, ...picture, path: picture.path ?? picture.name, folder: folderOf(picture.path ?? ''), id: this.#nextId++,
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

  /** @param {Item[]} items */
  remove(items) {
    for (const item of items) this.#byId.delete(item.id);
    const gone = new Set(items);
    this.#items = this.#items.filter((item) => !gone.has(item));
    this.#announce(null);
    requestAnimationFrame(() => { // after those who show them have heard
      for (const { thumbnail } of items) if (thumbnail) URL.revokeObjectURL(thumbnail);
    });
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

/** @param {string} path */
function folderOf(path) {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
