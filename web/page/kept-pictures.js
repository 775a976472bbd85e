/**
 * Keeps the person's pictures in this browser, if they agree, so that they are here after a reload. What the browser has no
 * room for stays on the page until it is closed.
 */
import { keep, recall } from './kept.js';
import { Listeners } from './listeners.js';

/**
 * @import {Item, NewItem} from './types.d.ts'
 * @import {Pictures} from './pictures.js'
 * @import {Shelf} from './shelf.js'
 * @typedef {Pick<Item, 'name' | 'path' | 'file' | 'imported' | 'facts' | 'brightness'>} Record
 */

/** So many pictures are written at once: where one has no room, those before it are safe. */
const AT_ONCE = 8;

/** Where the order is written. */
const ORDER = ['order'];

export class KeptPictures {
  #pictures;
  #shelf;
  /** By picture, the name of its record. @type {Map<Item, string>} */
  #names = new Map();
  /** Those whose content's hash is written. @type {Set<Item>} */
  #hashed = new Set();
  #order = '';
  /** @type {boolean | null} null: nobody was asked */
  #choice = recall('keep-pictures');
  #isFull = false;
  #isBusy = false;
  #isReady = false;
  #changed = new Listeners();

  /** @param {{pictures: Pictures, shelf: Shelf}} parts */
  constructor({ pictures, shelf }) {
    this.#pictures = pictures;
    this.#shelf = shelf;
    pictures.onChange(() => this.#follow());
  }

  /** Whether pictures are kept; null: nobody was asked. */
  get choice() {
    return this.#choice;
  }

  /** The person's own pictures: how many, how many of them are kept, and the bytes of these; isFull: the others have no room. */
  get facts() {
    const own = this.#own;
    const kept = own.filter((item) => this.#names.has(item));
    return { own: own.length, kept: kept.length, bytes: kept.reduce((sum, { file }) => sum + (file?.size ?? 0), 0), isFull: this.#isFull };
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {boolean} isWanted no: what is kept is deleted, and stays on the page */
  async choose(isWanted) {
    this.#choice = isWanted;
    keep('keep-pictures', isWanted);
    this.#isFull = false;
    this.#changed.tell();
    if (isWanted) {
      navigator.storage?.persist?.().catch(() => {}); // else the browser may delete it when room is short
      await this.#follow();
    } else {
      this.#forget();
      await this.#shelf.clear();
    }
    this.#changed.tell();
  }

  /** Brings back what was kept. @param {(pictures: NewItem[]) => Item[]} add */
  async restore(add) {
    if (this.#choice) {
      const [records, keys, order] = await Promise.all([this.#shelf.read('pictures'), this.#shelf.read('keys'), this.#shelf.read('order')]);
      const keyOf = new Map(keys.map(([[name], key]) => [name, /** @type {string} */ (key)]));
      const places = new Map(/** @type {string[]} */ (order[0]?.[1] ?? []).map((name, at) => [name, at]));
      const placeOf = (/** @type {string} */ name) => places.get(name) ?? -1; // what is in no order came last
      const sorted = records.sort(([[a]], [[b]]) => placeOf(a) - placeOf(b));
      const items = add(sorted.map(([[name], record]) => ({ ...record, key: keyOf.get(name) ?? null })));
      items.forEach((item, at) => this.#names.set(item, sorted[at][0][0]));
      for (const item of items) if (item.key !== null) this.#hashed.add(item);
    }
    this.#isReady = true;
    this.#changed.tell();
    await this.#follow();
  }

  get #own() {
    return this.#pictures.items.filter(({ sample }) => !sample);
  }

  /** Writes what changed, as long as something does. */
  async #follow() {
    if (!this.#isReady || this.#isBusy || !this.#choice) return;
    this.#isBusy = true;
    while (this.#choice && (await this.#deleteGone() || await this.#writeNew() || await this.#writeKeys() || await this.#writeOrder())) this.#changed.tell();
    this.#isBusy = false;
  }

  async #deleteGone() {
    const gone = [...this.#names].filter(([item]) => this.#pictures.get(item.id) !== item);
    if (gone.length === 0) return false;
    for (const [item] of gone) {
      this.#names.delete(item);
      this.#hashed.delete(item);
    }
    await this.#shelf.write(gone.flatMap(([, name]) => [{ room: 'pictures', key: [name], value: undefined }, { room: 'keys', key: [name], value: undefined }]));
    this.#isFull = false; // there is room again
    return true;
  }

  async #writeNew() {
    const fresh = this.#isFull ? [] : this.#own.filter((item) => !this.#names.has(item)).slice(0, AT_ONCE);
    if (fresh.length === 0) return false;
    const named = fresh.map((item) => ({ item, name: crypto.randomUUID() }));
    await this.#shelf.write(named.map(({ item, name }) => ({ room: 'pictures', key: [name], value: recordOf(item) })));
    if (!this.#choice) return false; // it was all deleted meanwhile
    if (this.#shelf.isKept) {
      for (const { item, name } of named) this.#names.set(item, name);
    } else {
      this.#isFull = true;
      this.#shelf.giveUp(); // what does not fit would be tried again with each change
    }
    return true;
  }

  async #writeKeys() {
    const known = [...this.#names].filter(([item]) => item.key !== null && !this.#hashed.has(item));
    if (known.length === 0) return false;
    for (const [item] of known) this.#hashed.add(item);
    await this.#shelf.write(known.map(([item, name]) => ({ room: 'keys', key: [name], value: item.key })));
    return true;
  }

  async #writeOrder() {
    const names = this.#own.flatMap((item) => this.#names.get(item) ?? []);
    if (names.join() === this.#order) return false;
    this.#order = names.join();
    await this.#shelf.write([{ room: 'order', key: ORDER, value: names }]);
    return true;
  }

  #forget() {
    this.#names.clear();
    this.#hashed.clear();
    this.#order = '';
  }
}

/** Of a picture that came with results alone these are kept, too. @param {Item} item @returns {Partial<Record>} */
function recordOf({ name, path, file, original, imported, facts, brightness }) {
  return { name, path, file: original ?? file, ...(imported && { imported, facts, brightness }) };
}
