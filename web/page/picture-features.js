/** What teaching reads of pictures, by their keys: each is looked at once for a model, and of judged pictures it is kept. */
import { Listeners } from './listeners.js';
import { modelHash } from './model-hash.js';
import { originalOf } from './scoring.js';

/** @import {Features} from '../lib/percept.js' */
/** @import {Item, Scorer} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */
/** @import {Shelf} from './shelf.js' */
/** @typedef {'teaching' | 'agreement' | 'similar'} Client */

export class PictureFeatures {
  #model;
  #shelf;
  #judgedKeys;
  /** The hash of the model that they are of, once it is loaded. */
  #of = '';
  /** @type {Map<string, Features>} */
  #known = new Map();
  /** @type {Set<string>} */
  #kept = new Set();
  /** Those that could not be looked at. @type {Set<string>} */
  #failed = new Set();
  /** By whom, in the order in which they are served. @type {Record<Client, Item[]>} */
  #wanted = { teaching: [], agreement: [], similar: [] };
  #isLooking = false;
  #listeners = new Listeners();

  /** @param {{model: ModelSession, shelf: Pick<Shelf, 'read' | 'write'>, judgedKeys: () => Set<string>}} parts judgedKeys: of those worth keeping */
  constructor({ model, shelf, judgedKeys }) {
    this.#model = model;
    this.#shelf = shelf;
    this.#judgedKeys = judgedKeys;
    model.onChange(({ kind }) => {
      if (kind === 'loading') this.#forget();
      if (kind === 'loaded') this.#load(/** @type {Scorer} */ (model.loaded));
    });
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {string} key @returns {Features | undefined} */
  of(key) {
    return this.#known.get(key);
  }

  /** How many of those that teaching wants were looked at, or could not be. */
  get progress() {
    return this.progressOf('teaching');
  }

  /** @param {Client} client */
  progressOf(client) {
    const wanted = this.#wanted[client];
    return { done: wanted.length - wanted.filter((item) => this.#isOpen(item)).length, total: wanted.length };
  }

  /** Looks at these, the first ones first, and at no others for this client. @param {Item[]} items with files and keys @param {Client} [client] */
  want(items, client = 'teaching') {
    this.#wanted[client] = items;
    if (!this.#isLooking) this.#look();
  }

  /** Keeps those of judged pictures for the next visit, and no others. */
  keepJudged() {
    const edits = [];
    const judged = this.#judgedKeys();
    for (const [key, value] of this.#known) {
      const isWanted = judged.has(key);
      if (isWanted === this.#kept.has(key)) continue;
      if (isWanted) this.#kept.add(key);
      else this.#kept.delete(key);
      edits.push({ room: /** @type {const} */ ('features'), key: [this.#of, key], value: isWanted ? value : undefined });
    }
    if (edits.length > 0) this.#shelf.write(edits);
  }

  async #look() {
    this.#isLooking = true;
    for (let item = this.#next(); item && this.#of !== ''; item = this.#next()) {
      const [of, key] = [this.#of, /** @type {string} */ (item.key)];
      const features = await this.#model.scorer.then((scorer) => scorer.features(originalOf(item))).catch(() => null);
      if (of !== this.#of) continue;
      if (features) this.#known.set(key, features);
      else this.#failed.add(key);
      this.#listeners.tell();
    }
    this.#isLooking = false;
  }

  #next() {
    for (const items of Object.values(this.#wanted)) {
      const open = items.find((item) => this.#isOpen(item));
      if (open) return open;
    }
    return undefined;
  }

  /** @param {Item} item */
  #isOpen({ file, key }) {
    return file !== null && key !== null && !this.#known.has(key) && !this.#failed.has(key);
  }

  #forget() {
    this.#of = '';
    this.#known.clear();
    this.#kept.clear();
    this.#failed.clear();
  }

  /** @param {Scorer} scorer */
  async #load({ manifest }) {
    const of = await modelHash(manifest);
    const kept = await this.#shelf.read('features', of);
    if (this.#model.manifest !== manifest) return; // another one came meanwhile
    this.#of = of;
    this.#known = new Map(kept.map(([[, key], features]) => [key, features]));
    this.#kept = new Set(this.#known.keys());
    this.#listeners.tell();
    if (!this.#isLooking) this.#look();
  }
}
