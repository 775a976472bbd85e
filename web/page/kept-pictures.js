/**
 * Keeps the person's pictures in this browser, if they agree, so that they are here after a reload. What the browser has no
 * room for stays on the page until it is closed. The choice is of all tabs: each new one, here or there, voids what was kept.
 */
import { ownFile } from './identity.js';
import { keep, onKeptElsewhere, recall } from './kept.js';
import { Listeners } from './listeners.js';

/**
 * @import {Item, NewItem} from './types.d.ts'
 * @import {Pictures} from './pictures.js'
 * @import {Shelf} from './shelf.js'
 * @typedef {Pick<Item, 'name' | 'path' | 'file' | 'imported' | 'facts' | 'brightness'>} Record
 */

/** So many pictures are written at once: where one has no room, those before it are safe. */
const AT_ONCE = 8;

/** What the choice is kept under. */
const CHOICE = 'keep-pictures';

/** Where the order is written. */
const ORDER = ['order'];

export class KeptPictures {
  #pictures;
  #shelf;
  /** What each picture's record is called, for good: whichever tab writes a picture that both brought back, there is one of it. @type {WeakMap<Item, string>} */
  #names = new WeakMap();
  /** Those whose records are written. @type {Set<Item>} */
  #kept = new Set();
  /** Those whose content's hash is written. @type {Set<Item>} */
  #hashed = new Set();
  /** Those whose content's hash is known, and not yet written. @type {Set<Item>} */
  #unhashed = new Set();
  /** Those that wait to be written. @type {Item[]} */
  #fresh = [];
  /** Whether pictures came or went since they were last looked through. */
  #isListNew = false;
  #isOrderNew = false;
  #order = '';
  /** The person's own pictures, and the bytes of those that are kept. */
  #count = 0;
  #bytes = 0;
  /** @type {boolean | null} null: nobody was asked */
  #choice = recall(CHOICE);
  /** Counts the choices: what was begun under another one is void. */
  #era = 0;
  #isFull = false;
  #isBusy = false;
  #isReady = false;
  #changed = new Listeners();

  /** @param {{pictures: Pictures, shelf: Shelf}} parts */
  constructor({ pictures, shelf }) {
    this.#pictures = pictures;
    this.#shelf = shelf;
    pictures.onChange(({ list, items }) => {
      if (list) this.#recount();
      this.#follow(list, items);
    });
    onKeptElsewhere(CHOICE, () => {
      this.#take(false); // between this choice and the last there may have been one that deleted all
      const choice = recall(CHOICE);
      this.#take(choice);
      if (choice === false) this.#shelf.clear(); // what this tab wrote meanwhile
      this.#follow();
    });
  }

  /** Whether pictures are kept; null: nobody was asked. */
  get choice() {
    return this.#choice;
  }

  /** The person's own pictures: how many, how many of them are kept, and the bytes of these; isFull: the others have no room. */
  get facts() {
    return { own: this.#count, kept: this.#kept.size, bytes: this.#bytes, isFull: this.#isFull };
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {boolean} isWanted no: what is kept is deleted, and stays on the page */
  async choose(isWanted) {
    keep(CHOICE, isWanted);
    this.#take(isWanted);
    if (isWanted) {
      navigator.storage?.persist?.().catch(() => {}); // else the browser may delete it when room is short
      await this.#follow();
    } else {
      await this.#shelf.clear();
    }
    this.#changed.tell();
  }

  /** @param {boolean | null} choice */
  #take(choice) {
    this.#choice = choice;
    this.#era += 1;
    this.#kept.clear();
    this.#hashed.clear();
    this.#unhashed.clear();
    this.#fresh = [];
    this.#bytes = 0;
    this.#order = '';
    this.#isFull = false;
    this.#isListNew = true;
    this.#changed.tell();
  }

  /** Brings back what was kept. @param {(pictures: NewItem[]) => Item[]} add */
  async restore(add) {
    if (this.#choice) {
      const era = this.#era;
      const [records, keys, order] = await Promise.all([this.#shelf.read('pictures'), this.#shelf.read('keys'), this.#shelf.read('order')]);
      const keyOf = new Map(keys.map(([[name], key]) => [name, /** @type {string} */ (key)]));
      const places = new Map(/** @type {string[]} */ (order[0]?.[1] ?? []).map((name, at) => [name, at]));
      const placeOf = (/** @type {string} */ name) => places.get(name) ?? -1; // what is in no order came last
      const sorted = records.sort(([[a]], [[b]]) => placeOf(a) - placeOf(b));
      const items = add(sorted.map(([[name], record]) => ({ ...record, key: keyOf.get(name) ?? null })));
      items.forEach((item, at) => this.#names.set(item, sorted[at][0][0]));
      if (era === this.#era) {
        for (const item of items) this.#note(item);
        for (const item of items) if (item.key !== null) this.#hashed.add(item);
        this.#unhashed.clear();
      }
    }
    this.#isReady = true;
    this.#recount();
    await this.#follow();
  }

  #recount() {
    this.#count = this.#own.length;
    this.#changed.tell();
  }

  get #own() {
    return this.#pictures.items.filter(({ sample }) => !sample);
  }

  /**
   * Writes what changed, as long as something does. Of many pictures most have not: they are looked through only when some came or went.
   * @param {boolean} list whether some did @param {Iterable<Item>} items those of which more is known
   */
  async #follow(list = true, items = []) {
    if (!this.#isReady || !this.#choice) return;
    if (list) this.#isListNew = true;
    for (const item of items) this.#noteKey(item);
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#choice && (await this.#deleteGone() || await this.#writeNew() || await this.#writeKeys() || await this.#writeOrder()));
    this.#isBusy = false;
  }

  /** What its record is called. @param {Item} item @returns {string} */
  #nameOf(item) {
    const name = this.#names.get(item) ?? crypto.randomUUID();
    this.#names.set(item, name);
    return name;
  }

  /** Its record is written. @param {Item} item */
  #note(item) {
    this.#kept.add(item);
    this.#bytes += sizeOf(item);
    this.#noteKey(item);
  }

  /** @param {Item} item */
  #noteKey(item) {
    if (item.key !== null && this.#kept.has(item) && !this.#hashed.has(item)) this.#unhashed.add(item);
  }

  async #deleteGone() {
    if (!this.#isListNew) return false;
    this.#isListNew = false;
    this.#isOrderNew = true;
    const gone = [...this.#kept].filter((item) => this.#pictures.get(item.id) !== item);
    for (const item of gone) {
      this.#kept.delete(item);
      this.#hashed.delete(item);
      this.#unhashed.delete(item);
      this.#bytes -= sizeOf(item);
    }
    this.#fresh = this.#own.filter((item) => !this.#kept.has(item));
    if (gone.length === 0) return false;
    await this.#shelf.write(gone.map((item) => [this.#nameOf(item)]).flatMap((key) => [{ room: 'pictures', key, value: undefined }, { room: 'keys', key, value: undefined }]));
    this.#isFull = false; // there is room again
    this.#changed.tell();
    return true;
  }

  async #writeNew() {
    if (this.#isFull || this.#fresh.length === 0) return false;
    const fresh = this.#fresh.splice(0, AT_ONCE);
    const era = this.#era;
    await this.#shelf.write(fresh.map((item) => ({ room: 'pictures', key: [this.#nameOf(item)], value: recordOf(item) })));
    if (era !== this.#era) return true; // it was all deleted meanwhile
    if (this.#shelf.isKept) {
      for (const item of fresh) this.#note(item);
      this.#isOrderNew = true;
    } else {
      this.#isFull = true;
      this.#fresh.unshift(...fresh);
      this.#shelf.giveUp(); // what does not fit would be tried again with each change
    }
    this.#changed.tell();
    return true;
  }

  async #writeKeys() {
    if (this.#unhashed.size === 0) return false;
    const known = [...this.#unhashed];
    this.#unhashed.clear();
    for (const item of known) this.#hashed.add(item);
    await this.#shelf.write(known.map((item) => ({ room: 'keys', key: [this.#nameOf(item)], value: item.key })));
    return true;
  }

  async #writeOrder() {
    if (!this.#isOrderNew) return false;
    this.#isOrderNew = false;
    const names = this.#own.filter((item) => this.#kept.has(item)).map((item) => this.#nameOf(item));
    if (names.join() === this.#order) return false;
    this.#order = names.join();
    await this.#shelf.write([{ room: 'order', key: ORDER, value: names }]);
    return true;
  }
}

/** @param {Item} item */
const sizeOf = (item) => ownFile(item)?.size ?? 0;

/** Of a picture that came with results alone these are kept, too. @param {Item} item @returns {Partial<Record>} */
function recordOf(item) {
  const { name, path, imported, facts, brightness } = item;
  return { name, path, file: ownFile(item), ...(imported && { imported, facts, brightness }) };
}
