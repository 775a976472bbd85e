/**
 * What people said of the pictures: the user, and the raters whose files were joined. Pictures are known by their keys,
 * which stand for their content; names are for show. Every change can be undone. The browser keeps it, for this page alone.
 */
import { kindOf } from '../lib/kinds.js';
import { readJudgements } from '../lib/shared/judgement-rows.js';
import { answersNumber } from './answers.js';
import { keep, recall } from './kept.js';
import { byPicture, consensus, joinLabels } from './labels.js';
import { Listeners } from './listeners.js';

/**
 * @import {Compared, Item, Judgement, Pair, Result, Task} from './types.d.ts'
 * @import {Comparison, Label} from '../lib/shared/judgement-rows.js'
 * @import {Deed, History} from './history.js'
 * @import {Key, Shelf} from './shelf.js'
 *
 * @typedef {{label: string, agreed: boolean, image: string}} Said image: its path when it was judged
 * @typedef {{better: string, worse: string, tie: boolean, images: Record<string, string>}} Chosen better and worse: keys
 * @typedef {[task: string, kind: 'label', picture: string, rater: string]} LabelKey
 * @typedef {[task: string, kind: 'pair', first: string, second: string, rater: string]} PairKey
 * @typedef {{key: LabelKey, said: Said} | {key: PairKey, chosen: Chosen}} Row
 * @typedef {{key: LabelKey | PairKey, row: Row | undefined}} Change undefined: it goes
 */

/** The user, among raters: their name may change. */
const ME = '';

const idOf = (/** @type {Key} */ key) => JSON.stringify(key);

/** The two keys of a comparison in an order of their own. @param {string} task @param {string} a @param {string} b @param {string} rater @returns {PairKey} */
const pairKey = (task, a, b, rater) => (a < b ? [task, 'pair', a, b, rater] : [task, 'pair', b, a, rater]);

export class Judgements {
  #shelf;
  #history;
  /** By task, then by key. @type {Map<string, Map<string, Row>>} */
  #rows = new Map();
  #changes = 0;
  #settings = settings();
  #listeners = new Listeners();

  /** @param {Pick<Shelf, 'isKept' | 'onChange' | 'onElsewhere' | 'read' | 'write'>} shelf @param {History} history */
  constructor(shelf, history) {
    this.#shelf = shelf;
    this.#history = history;
    shelf.onChange(() => this.#listeners.tell());
    shelf.onElsewhere((rooms) => rooms.includes('judgements') && this.load());
  }

  /** Reads what the browser kept; again where something was said meanwhile. @returns {Promise<void>} */
  async load() {
    const changes = this.#changes;
    const kept = await this.#shelf.read('judgements');
    if (changes !== this.#changes) return this.load();
    this.#rows = new Map();
    for (const [key, value] of kept) this.#place(/** @type {Row} */ ({ key, ...value }));
    this.#listeners.tell();
  }

  /** Whether they are there when the page is opened again, as far as the browser says. */
  get isKept() {
    return this.#shelf.isKept;
  }

  /** How the user is called in files. */
  get rater() {
    return this.#settings.rater;
  }

  set rater(name) {
    this.#set({ rater: name });
  }

  /** Whether the model's answer stays hidden until the user has judged, so that it sways nobody. */
  get blind() {
    return this.#settings.blind;
  }

  set blind(wanted) {
    this.#set({ blind: wanted });
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** The user's own. @param {string} task @param {Pick<Item, 'key'>} item @returns {Judgement | null} */
  own(task, { key }) {
    const row = key === null ? undefined : this.#rows.get(task)?.get(idOf([task, 'label', key, ME]));
    return row && 'said' in row ? row.said : null;
  }

  /**
   * @param {string} task @param {Item} item whose key is known
   * @param {string | null} label null takes the judgement back @param {{agreed?: boolean, words: () => string}} how
   *   agreed: whether the model's own answer was taken; words: what is undone
   */
  judge(task, item, label, { agreed = false, words }) {
    const key = /** @type {LabelKey} */ ([task, 'label', item.key, ME]);
    this.#change([{ key, row: label === null ? undefined : { key, said: { label, agreed, image: item.path } } }], { words, pictures: [item], task });
  }

  /** Two at a time. @param {string} task @param {Compared} compared @param {() => string} words what is undone */
  compare(task, { better, worse, tie, shown }, words) {
    const [a, b] = [/** @type {string} */ (better.key), /** @type {string} */ (worse.key)];
    const key = pairKey(task, a, b, ME);
    this.#change([{ key, row: { key, chosen: { better: a, worse: b, tie, images: { [a]: better.path, [b]: worse.path } } } }], { words, pictures: shown, task });
  }

  /**
   * Takes what a file of results says. @param {{task: string, key: string, image: string, label: string, agreed: boolean}[]} read
   * @param {() => string} words
   */
  take(read, words) {
    this.#change(read.map(({ task, key, image, label, agreed }) => {
      const at = /** @type {LabelKey} */ ([task, 'label', key, ME]);
      return { key: at, row: { key: at, said: { label, agreed, image } } };
    }), { words, shown: true });
  }

  /**
   * Adds a rater's file. A row's picture is known by the hash in it, else by its name among the pictures here.
   * @param {string} task @param {string} text @param {string} rater for rows that name none
   * @param {{items: Item[], words: () => string}} to items: those whose keys are known can be meant
   * @returns {{joined: number, unknown: number}} unknown: rows whose name no picture here has, or several have
   * @throws as readJudgements does
   */
  join(task, text, rater, { items, words }) {
    const { labels, comparisons } = readJudgements(text, rater);
    const keyOf = keysByName(items);
    /** @type {Change[]} */
    const changes = [];
    for (const { picture, image, label, rater: by } of labels) {
      const found = picture || keyOf(image);
      const key = /** @type {LabelKey} */ ([task, 'label', found, by]);
      if (found) changes.push({ key, row: { key, said: { label, agreed: false, image } } });
    }
    for (const { better, worse, tie, rater: by } of comparisons) {
      const [a, b] = [better, worse].map(({ picture, image }) => picture || keyOf(image));
      if (!a || !b || a === b) continue;
      const key = pairKey(task, a, b, by);
      changes.push({ key, row: { key, chosen: { better: a, worse: b, tie, images: { [a]: better.image, [b]: worse.image } } } });
    }
    if (changes.length > 0) this.#change(changes, { words, shown: true });
    return { joined: changes.length, unknown: labels.length + comparisons.length - changes.length };
  }

  /** Forgets what one rater said of a task; the user's own where none is named. @param {string} task @param {{rater?: string, words: () => string}} whose */
  forget(task, { rater = ME, words }) {
    const gone = this.#of(task).filter(({ key }) => key.at(-1) === rater);
    this.#change(gone.map(({ key }) => ({ key, row: undefined })), { words, shown: true });
  }

  /** Every label of a task. The user counts as a rater of their own. @param {string} task @returns {Label[]} */
  labels(task) {
    return joinLabels(this.#of(task).flatMap((row) => ('said' in row ? { picture: row.key[2], image: row.said.image, label: row.said.label, rater: this.#nameOf(row.key[3]) } : [])));
  }

  /** Every comparison of a task. @param {string} task @returns {Comparison[]} */
  comparisons(task) {
    return this.#of(task).flatMap((row) => {
      if (!('chosen' in row)) return [];
      const { better, worse, tie, images } = row.chosen;
      return { better: { picture: better, image: images[better] }, worse: { picture: worse, image: images[worse] }, tie, rater: this.#nameOf(row.key[4]) };
    });
  }

  /** Whether the user has compared two pictures, whose keys are known. @param {string} task @param {Item[]} pair */
  hasCompared(task, [a, b]) {
    return this.#rows.get(task)?.has(idOf(pairKey(task, /** @type {string} */ (a.key), /** @type {string} */ (b.key), ME))) ?? false;
  }

  /** How many of the user's own took the model's answer. @param {string} task */
  agreedCount(task) {
    return this.#of(task).filter((row) => row.key.at(-1) === ME && 'said' in row && row.said.agreed).length;
  }

  /** The keys of pictures that anybody judged. @param {string[]} [tasks] ids; all by default @returns {Set<string>} */
  judgedKeys(tasks = [...this.#rows.keys()]) {
    return new Set(tasks.flatMap((task) => this.#of(task).flatMap(({ key }) => (key[1] === 'pair' ? [key[2], key[3]] : key[2]))));
  }

  /** How many the user gave. @param {string} task */
  ownCount(task) {
    return this.#of(task).filter(({ key }) => key.at(-1) === ME).length;
  }

  /** The raters of a task and how much each said; '' is the user, who comes first. @param {string} task @returns {{rater: string, name: string, count: number}[]} */
  raters(task) {
    const counts = new Map();
    for (const { key } of this.#of(task)) counts.set(key.at(-1), (counts.get(key.at(-1)) ?? 0) + 1);
    const rows = Array.from(counts, ([rater, count]) => ({ rater, name: this.#nameOf(rater), count }));
    return rows.sort((a, b) => (a.rater < b.rater ? -1 : 1));
  }

  /**
   * The pictures that both the model and people judged.
   * @param {Task} task @param {Item[]} items
   * @param {(item: Item) => Result | null} [resultOf] null where the model has nothing to say that it has not learnt from them
   * @returns {Pair[]}
   */
  pairs(task, items, resultOf = (item) => item.scores?.[task.id] ?? null) {
    const { answer } = kindOf(task);
    const areNumbers = answersNumber(task);
    const given = byPicture(this.labels(task.id).filter(({ label }) => !areNumbers || Number.isFinite(Number(label))));
    const seen = new Set();
    return items.flatMap((item) => {
      const said = item.key === null ? undefined : given.get(item.key);
      const result = said && resultOf(item);
      if (!said || !result || seen.has(item.key)) return [];
      seen.add(item.key);
      return [{ item, model: /** @type {number | string} */ (answer(result)), people: consensus(said, areNumbers) }];
    });
  }

  /** @param {string} task @returns {Row[]} */
  #of(task) {
    return [...this.#rows.get(task)?.values() ?? []];
  }

  /** @param {string} rater */
  #nameOf(rater) {
    return rater === ME ? this.rater || 'me' : rater;
  }

  /** @param {Row} row */
  #place(row) {
    const [task] = row.key;
    const rows = this.#rows.get(task) ?? new Map();
    this.#rows.set(task, rows.set(idOf(row.key), row));
  }

  /** @param {Change[]} changes @param {Deed} deed */
  #change(changes, deed) {
    const before = changes.map(({ key }) => ({ key, row: this.#rows.get(key[0])?.get(idOf(key)) }));
    this.#apply(changes);
    this.#history.did(deed, () => this.#apply(before));
  }

  /** @param {Change[]} changes */
  #apply(changes) {
    this.#changes += 1;
    for (const { key, row } of changes) {
      if (row) this.#place(row);
      else this.#rows.get(key[0])?.delete(idOf(key));
    }
    this.#shelf.write(changes.map(({ key, row }) => {
      const { key: _, ...value } = row ?? { key };
      return { room: 'judgements', key, value: row && value };
    }));
    this.#listeners.tell();
  }

  /** @param {Partial<ReturnType<typeof settings>>} change */
  #set(change) {
    Object.assign(this.#settings, change);
    keep('judging', this.#settings);
    this.#listeners.tell();
  }
}

function settings() {
  return { rater: '', blind: false, ...recall('judging') };
}

/** Names that several pictures share name none of them. @param {Item[]} items @returns {(image: string) => string | null} */
function keysByName(items) {
  /** @type {Map<string, Set<string>>} */
  const keys = new Map();
  for (const { path, key } of items) if (key !== null) keys.set(path, (keys.get(path) ?? new Set()).add(key));
  return (image) => {
    const found = keys.get(image);
    return found?.size === 1 ? [...found][0] : null;
  };
}
