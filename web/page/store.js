/** The pictures on the page. Originals stay files on disk; what is kept here is small. */

/**
 * @typedef {object} Item
 * @property {number} id
 * @property {string} name as shown @property {Record<string, string> | null} title a sample's name by language
 * @property {string} path as in labels.csv: the folders of a dropped folder, and the name
 * @property {string} folder '' for a picture that came alone
 * @property {Blob | null} file @property {string | null} url where a sample is @property {boolean} sample
 * @property {'waiting' | 'scored' | 'failed' | 'cancelled'} state
 * @property {{phase: string} | null} progress of the scoring, while it runs
 * @property {{width: number, height: number, decoder: string, milliseconds: number} | null} facts
 * @property {Record<string, object> | null} scores by task
 * @property {{code: string, message: string} | null} error
 * @property {string | null} thumbnail an address @property {number | null} brightness 0 to 1
 */

export class Store {
  #items = [];
  #byId = new Map();
  #nextId = 1;
  #listeners = new Set();
  #changed = { list: false, items: new Set() };
  #scheduled = false;

  /** All, the newest first. */
  get items() {
    return this.#items;
  }

  get(id) {
    return this.#byId.get(id);
  }

  /**
   * @param {object[]} pictures @param {{last?: boolean}} [place] samples come last, others first
   * @returns {Item[]}
   */
  add(pictures, { last = false } = {}) {
    const items = pictures.map((picture) => ({
      title: null, file: null, url: null, sample: false, state: 'waiting', progress: null, facts: null, scores: null, error: null,
      thumbnail: null, brightness: null, ...picture, path: picture.path ?? picture.name, folder: folderOf(picture.path ?? ''), id: this.#nextId++,
    }));
    for (const item of items) this.#byId.set(item.id, item);
    this.#items = last ? [...this.#items, ...items] : [...items, ...this.#items];
    this.#announce(null);
    return items;
  }

  update(item, change) {
    if (!this.#byId.has(item.id)) return;
    Object.assign(item, change);
    this.#announce(item);
  }

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
   * @param {(changed: {list: boolean, items: Set<Item>}) => void} listener called at most once a frame; list: whether
   *   pictures came or went; items: those of which something changed
   */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  #announce(item) {
    if (item === null) this.#changed.list = true;
    else this.#changed.items.add(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const changed = this.#changed;
      this.#changed = { list: false, items: new Set() };
      for (const listener of this.#listeners) listener(changed);
    });
  }
}

function folderOf(path) {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
