/**
 * The groups that judged pictures are in, by their keys: those of pictures that are not on the page are remembered, so that groups
 * weigh the same at every visit.
 */
import { GROUPED_BY, GROUPINGS } from './arrange.js';

/**
 * @import {Item, TaughtHere} from './types.d.ts'
 * @import {Shelf} from './shelf.js'
 *
 * @typedef {NonNullable<TaughtHere['group']>} Grouping
 * @typedef {Record<Grouping, string | null>} Groups null: not known
 */

/** Beside the hashes of models, by which the room keeps what they read of pictures. */
const PLACE = 'groups';

export class PictureGroups {
  #shelf;
  /** @type {Map<string, Groups>} */
  #known = new Map();
  /** As they are kept. @type {Map<string, string>} */
  #kept = new Map();
  /** Once what was kept is known. @type {Promise<void>} */
  ready;

  /** @param {Pick<Shelf, 'read' | 'write'>} shelf */
  constructor(shelf) {
    this.#shelf = shelf;
    this.ready = this.#load();
  }

  async #load() {
    for (const [[, key], groups] of await this.#shelf.read('features', PLACE)) {
      this.#kept.set(key, JSON.stringify(groups));
      if (!this.#known.has(key)) this.#known.set(key, groups);
    }
  }

  /** @param {string} key @param {Grouping} grouping */
  of(key, grouping) {
    return this.#known.get(key)?.[grouping] ?? null;
  }

  /** Learns the groups of those that are on the page, and keeps those of judged ones, and no others. @param {Item[]} items @param {Set<string>} judged keys */
  async keepJudged(items, judged) {
    await this.ready;
    for (const item of items) {
      if (item.key === null || !judged.has(item.key)) continue;
      const before = this.#known.get(item.key);
      this.#known.set(item.key, /** @type {Groups} */ (Object.fromEntries(GROUPED_BY.map((by) => [by, GROUPINGS[by](item) ?? before?.[by] ?? null]))));
    }
    const edits = [];
    for (const [key, groups] of this.#known) {
      const wanted = judged.has(key) ? JSON.stringify(groups) : undefined;
      if (wanted === this.#kept.get(key)) continue;
      if (wanted) this.#kept.set(key, wanted);
      else this.#kept.delete(key);
      edits.push({ room: /** @type {const} */ ('features'), key: [PLACE, key], value: wanted && groups });
    }
    if (edits.length > 0) this.#shelf.write(edits);
  }
}
