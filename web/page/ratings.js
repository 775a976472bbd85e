/**
 * Stars and flags: which pictures somebody wants. A picture is known by its key, which stands for its content; every change can be
 * undone. The browser keeps it, for this page alone.
 */
import { Listeners } from './listeners.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {Deed, History} from './history.js'
 * @import {Shelf} from './shelf.js'
 *
 * @typedef {'pick' | 'reject'} Flag
 * @typedef {{stars: number, flag: Flag | null}} Rating stars: 1 to 5, 0 for none
 */

/** @type {Rating} */
const NONE = { stars: 0, flag: null };

export class Ratings {
  #shelf;
  #history;
  /** @type {Map<string, Rating>} */
  #all = new Map();
  #changes = 0;
  /** @type {Listeners<[Set<string> | null]>} */
  #listeners = new Listeners();

  /** @param {Pick<Shelf, 'isUnread' | 'onElsewhere' | 'read' | 'write'>} shelf @param {History} history */
  constructor(shelf, history) {
    this.#shelf = shelf;
    this.#history = history;
    shelf.onElsewhere((rooms) => rooms.includes('ratings') && this.load());
  }

  /** Reads what the browser kept, and again where something was said meanwhile; what it does not give stays as it is here. @returns {Promise<void>} */
  async load() {
    const changes = this.#changes;
    const kept = await this.#shelf.read('ratings');
    if (changes !== this.#changes) return this.load();
    if (!this.#shelf.isUnread('ratings')) this.#all = new Map(kept.map(([[key], rating]) => [key, rating]));
    this.#listeners.tell(null);
  }

  /** @param {(keys: Set<string> | null) => void} listener hears whose rating changed; null: all may have */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {Pick<Item, 'key'>} item @returns {Rating} */
  of({ key }) {
    return (key === null ? undefined : this.#all.get(key)) ?? NONE;
  }

  /** @param {Item[]} items whose keys are known @param {Partial<Rating>} change @param {Deed} deed */
  rate(items, change, deed) {
    const before = new Map(items.map((item) => [/** @type {string} */ (item.key), this.of(item)]));
    this.#apply(new Map(Array.from(before, ([key, rating]) => [key, { ...rating, ...change }])));
    this.#history.did(deed, () => this.#apply(before));
  }

  /** @param {Map<string, Rating>} ratings */
  #apply(ratings) {
    this.#changes += 1;
    const edits = Array.from(ratings, ([key, rating]) => {
      const isNone = rating.stars === 0 && rating.flag === null;
      if (isNone) this.#all.delete(key);
      else this.#all.set(key, rating);
      return { room: /** @type {const} */ ('ratings'), key: [key], value: isNone ? undefined : rating };
    });
    this.#shelf.write(edits);
    this.#listeners.tell(new Set(ratings.keys()));
  }
}
