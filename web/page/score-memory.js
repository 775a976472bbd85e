/**
 * What models said of pictures that are kept, by the pictures' content, with their small pictures: the same task need not
 * look again. A score holds for what made it: the tower, the task's own numbers and the engine's version, or a trait's file.
 */
import { sha256 } from '../lib/weights/hash.js';
import { ownFile } from './identity.js';

/**
 * @import {Item, Result} from './types.d.ts'
 * @import {KeptPictures} from './kept-pictures.js'
 * @import {ModelSession} from './model-session.js'
 * @import {Pictures} from './pictures.js'
 * @import {Edit, Shelf} from './shelf.js'
 * @import {Traits} from './traits.js'
 */

/** So many pictures' records are written at once. */
const AT_ONCE = 200;

export class ScoreMemory {
  #kept;
  #model;
  #pictures;
  #shelf;
  #traits;
  /** By picture, the scores that are written. @type {Map<Item, Item['scores']>} */
  #written = new Map();
  /** @type {WeakMap<object, Promise<string>>} */
  #stamps = new WeakMap();

  /** @param {{kept: KeptPictures, model: ModelSession, pictures: Pictures, shelf: Shelf, traits: Traits}} parts */
  constructor({ kept, model, pictures, shelf, traits }) {
    this.#kept = kept;
    this.#model = model;
    this.#pictures = pictures;
    this.#shelf = shelf;
    this.#traits = traits;
    pictures.onChange(({ list, items }) => this.#follow(list, list ? new Set(pictures.items) : items)); // those that come back have scores
    let wasOn = this.isOn;
    kept.onChange(() => {
      if (this.isOn === wasOn) return;
      wasOn = this.isOn;
      if (wasOn) this.#follow(true, new Set(pictures.items));
      else this.#written.clear();
    });
  }

  /** Whether anything is remembered. */
  get isOn() {
    return this.#kept.choice === true;
  }

  /** What a picture's familiarity follows from. */
  get #base() {
    const { base, familiarity } = this.#model.manifest ?? {};
    return base && [...base.shards.map(({ sha256: hash }) => hash), familiarity?.smallest].join();
  }

  /**
   * @param {string} key of a picture's content @param {string[]} wanted ids of tasks
   * @returns {Promise<Partial<Item> | null>} what these said of it; null where nothing is known
   */
  async recall(key, wanted) {
    const [[look], results] = await Promise.all([this.#shelf.read('looks', key), this.#shelf.read('results', key)]);
    /** @type {Record<string, Result>} */
    const scores = {};
    for (const [[, id], { stamp, result }] of results) if (wanted.includes(id) && stamp === await this.#stampOf(id)) scores[id] = result;
    if (!look || Object.keys(scores).length === 0) return null;
    const { base, brightness, facts, small } = look[1];
    return { scores, facts: { ...facts, familiar: base === this.#base ? facts.familiar : undefined }, brightness, small };
  }

  /** @param {boolean} list @param {Set<Item>} items */
  async #follow(list, items) {
    if (list) await this.#inParts(this.#written.keys(), async (item) => (this.#pictures.get(item.id) === item ? [] : this.#deleting(item)));
    await this.#inParts(items, async (item) => (this.#isNew(item) ? this.#writing(item) : []));
  }

  /** Between parts the page's thread is free, and what happened meanwhile counts. @param {Iterable<Item>} items @param {(item: Item) => Promise<Edit[]>} editsOf */
  async #inParts(items, editsOf) {
    const all = [...items];
    for (let at = 0; at < all.length && this.isOn; at += AT_ONCE) {
      /** @type {Edit[]} */
      const edits = [];
      for (const item of all.slice(at, at + AT_ONCE)) edits.push(...await editsOf(item));
      if (edits.length > 0 && this.isOn) await this.#shelf.write(edits); // all may have been deleted meanwhile
    }
  }

  /** @param {Item} item whose look is whole: its small picture was made, or cannot be */
  #isNew(item) {
    return !item.sample && ownFile(item) !== null && item.key !== null && item.state === 'scored' && item.brightness !== null && this.#written.get(item) !== item.scores;
  }

  /** @param {Item} item @returns {Promise<Edit[]>} */
  async #writing(item) {
    const { brightness, facts, key, scores, small } = item;
    const content = /** @type {string} */ (key);
    this.#written.set(item, scores);
    const results = await Promise.all(Object.entries(scores ?? {}).map(async ([id, result]) => (
      { room: /** @type {const} */ ('results'), key: [content, id], value: { stamp: await this.#stampOf(id), result } })));
    return [{ room: 'looks', key: [content], value: { base: this.#base, brightness, facts, small } }, ...results];
  }

  /** @param {Item} item @returns {Edit[]} */
  #deleting(item) {
    const scores = this.#written.get(item);
    this.#written.delete(item);
    const key = /** @type {string} */ (item.key);
    return [{ room: 'looks', key: [key], value: undefined }, ...Object.keys(scores ?? {}).map((id) => ({ room: /** @type {const} */ ('results'), key: [key, id], value: undefined }))];
  }

  /** What a task's scores follow from beside the picture; null for a task that is not there. @param {string} id */
  async #stampOf(id) {
    const { loaded, manifest } = this.#model;
    if (!loaded || !manifest) return null;
    const task = manifest.tasks.find((each) => each.id === id);
    if (!task) {
      const file = this.#traits.fileOf(id);
      return file && this.#stamp(file, () => file);
    }
    const { about: _, title: __, ...numbers } = task;
    const { base, tower } = manifest;
    return this.#stamp(task, () => new TextEncoder().encode(JSON.stringify([loaded.engine.version, tower, base, numbers])));
  }

  /** @param {object} owner @param {() => Uint8Array<ArrayBuffer>} bytes */
  #stamp(owner, bytes) {
    const known = this.#stamps.get(owner) ?? sha256(bytes());
    this.#stamps.set(owner, known);
    return known;
  }
}
