/** Near-copies and bursts among the pictures, found by what teaching reads of them. */
import { connect } from '../lib/platform/workers.js';
import { Listeners } from './listeners.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {Client, PictureFeatures} from './picture-features.js'
 * @import {Pictures} from './pictures.js'
 */

/** Fewer tell nothing: nearness is measured against how far the pictures lie from one another. */
const LEAST = 3;
/** While pictures are looked at, groups are made again no more often than this, in milliseconds. */
const PAUSE = 2000;

export class Similar {
  #features;
  #pictures;
  #client;
  #choose;
  /** @type {ReturnType<typeof connect> | null} */
  #worker = null;
  /** The pictures that the worker groups, by the number of its call. @type {Map<number, Item[]>} */
  #asked = new Map();
  #calls = 0;
  /** @type {Map<Item, number>} */
  #groups = new Map();
  #isWanted = false;
  #timer = 0;
  #changed = new Listeners();

  /** @param {{features: PictureFeatures, pictures: Pictures, client?: Client, choose?: (shown: Item[]) => Item[]}} parts choose: among which they are looked for */
  constructor({ features, pictures, client = 'similar', choose = (shown) => shown }) {
    this.#features = features;
    this.#pictures = pictures;
    this.#client = client;
    this.#choose = choose;
    features.onChange(() => this.#isWanted && this.#groupSoon());
    pictures.onChange(({ list, items }) => {
      if (this.#isWanted && (list || [...items].some(({ state }) => state === 'scored'))) this.#look();
    });
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** Looks for them, as long as the page is open. */
  want() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#look();
  }

  /** Others are chosen than before. */
  chooseAgain() {
    if (this.#isWanted) this.#look();
  }

  /** A number that the pictures of a group share; null for one that is like no other, or not known yet. @param {Item} item */
  groupOf(item) {
    return this.#groups.get(item) ?? null;
  }

  /** How many were looked at. */
  get progress() {
    return this.#features.progressOf(this.#client);
  }

  /** Whether groups are made of all that was looked at. */
  get isSettled() {
    const { done, total } = this.progress;
    return done === total && this.#timer === 0 && this.#asked.size === 0;
  }

  #look() {
    this.#features.want(this.#choose(this.#pictures.shown).filter(({ file, key, state }) => file && key !== null && state === 'scored'), this.#client);
    this.#groupSoon();
  }

  #groupSoon() {
    const { done, total } = this.progress;
    if ((this.#timer !== 0 || this.#asked.size > 0) && done < total) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#group();
    }, done === total ? 0 : PAUSE);
  }

  #group() {
    const known = this.#choose(this.#pictures.shown).flatMap((item) => {
      const features = item.key === null ? undefined : this.#features.of(item.key);
      return features ? { item, features } : [];
    });
    if (known.length < LEAST) return this.#take([], []);
    this.#worker ??= connect(new Worker(new URL('./picture-worker.js', import.meta.url), { type: 'module' }), {
      onMessage: ({ id, groups }) => this.#settle(id, groups),
      onFailure: () => this.#fail(),
    });
    this.#calls += 1;
    this.#asked.set(this.#calls, known.map(({ item }) => item));
    const { width, joined } = joinedRows(known.map(({ features }) => features));
    this.#worker.post({ id: this.#calls, task: 'alike', features: joined, width }, [joined.buffer]);
  }

  /** What was asked stays without an answer; the next time there is another worker. */
  #fail() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#asked.clear();
    this.#changed.tell();
  }

  /** @param {number} id @param {number[]} groups */
  #settle(id, groups) {
    const items = this.#asked.get(id);
    this.#asked.delete(id);
    if (items && id === this.#calls) this.#take(items, groups);
  }

  /** @param {Item[]} items @param {number[]} groups */
  #take(items, groups) {
    /** @type {Map<number, number>} */
    const sizes = new Map();
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    const shared = [...sizes].filter(([, size]) => size > 1);
    const numbers = new Map(shared.map(([group], number) => [group, number]));
    this.#groups = new Map(items.flatMap((item, at) => {
      const number = numbers.get(groups[at]);
      return number === undefined ? [] : [[item, number]];
    }));
    this.#changed.tell();
  }
}

/** One array goes to a worker at once, five thousand do not. @param {Float32Array[]} rows of one length */
function joinedRows(rows) {
  const width = rows[0].length;
  const joined = new Float32Array(rows.length * width);
  rows.forEach((row, at) => joined.set(row, at * width));
  return { width, joined };
}
