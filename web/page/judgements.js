/**
 * What people said of the pictures: the user, and the raters whose files were joined. Pictures are known by their keys,
 * which stand for their content; names are for show. Every change can be undone. The browser keeps it, for this page alone.
 */
import { kindOf } from '../lib/kinds.js';
import { answersNumber } from './answers.js';
import { freeName, numbered } from './free-name.js';
import { keep, recall } from './kept.js';
import { byPicture, consensus } from './labels.js';
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

/** How files call somebody who gave no name: it says nothing of who that is. */
export const NAMELESS = 'me';

const idOf = (/** @type {Key} */ key) => JSON.stringify(key);

/** A row as another rater's. @param {Row} row @param {string} rater @returns {Row} */
const by = (row, rater) => /** @type {Row} */ ({ ...row, key: [...row.key.slice(0, -1), rater] });

/** The two keys of a comparison in an order of their own. @param {string} task @param {string} a @param {string} b @param {string} rater @returns {PairKey} */
export const pairKey = (task, a, b, rater) => (a < b ? [task, 'pair', a, b, rater] : [task, 'pair', b, a, rater]);

export class Judgements {
  #shelf;
  #history;
  /** By task, then by key. @type {Map<string, Map<string, Row>>} */
  #rows = new Map();
  #changes = 0;
  /** Whether what the browser kept is there: before, that nothing is said tells nothing. */
  isLoaded = false;
  #settings = settings();
  #listeners = new Listeners();

  /** @param {Pick<Shelf, 'isKept' | 'isUnread' | 'onChange' | 'onElsewhere' | 'read' | 'write'>} shelf @param {History} history */
  constructor(shelf, history) {
    this.#shelf = shelf;
    this.#history = history;
    shelf.onChange(() => this.#listeners.tell());
    shelf.onElsewhere((rooms) => rooms.includes('judgements') && this.load());
  }

  /** Reads what the browser kept, and again where something was said meanwhile; what it does not give stays as it is here. @returns {Promise<void>} */
  async load() {
    const changes = this.#changes;
    const kept = await this.#shelf.read('judgements');
    if (changes !== this.#changes) return this.load();
    if (!this.#shelf.isUnread('judgements')) {
      this.#rows = new Map();
      for (const [key, value] of kept) this.#place(/** @type {Row} */ ({ key, ...value }));
    }
    this.isLoaded = true;
    this.#listeners.tell();
  }

  /** Whether they are there when the page is opened again, as far as the browser says. */
  get isKept() {
    return this.#shelf.isKept;
  }

  /** What the user wants to be called in files, '' where they did not say. */
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

  /** Whether a rater that a file names may be the user: who has the same name, or gave none. @param {string} rater */
  mayBeMine(rater) {
    return rater === NAMELESS || rater === this.#name;
  }

  /** Whether the user has said just that. @param {Row} row */
  isOwn(row) {
    return isSame(this.#at(by(row, ME).key), row);
  }

  /** Takes what raters say, in place of what the same ones said before. @param {Row[]} rows @param {() => string} words what is undone @returns {number} how many say something new */
  join(rows, words) {
    const changes = rows.filter((row) => !isSame(this.#at(row.key), row)).map((row) => ({ key: row.key, row }));
    if (changes.length > 0) this.#change(changes, { words, shown: true });
    return changes.length;
  }

  /** Takes rows as another rater's, as `join` does. @param {Row[]} rows @param {string} rater @param {() => string} words */
  joinAs(rows, rater, words) {
    return this.join(rows.map((row) => by(row, rater)), words);
  }

  /**
   * Takes rows as the user's own. Where they have said something themselves, that stays: a file does not tell which is newer.
   * @param {Row[]} rows @param {() => string} words what is undone
   * @returns {{taken: number, stayed: number}} stayed: those that the user judged otherwise
   */
  joinOwn(rows, words) {
    return { taken: this.join(this.#unsaid(rows), words), stayed: this.differing(rows) };
  }

  /** How many say something else than the user said of the same. @param {Row[]} rows */
  differing(rows) {
    return rows.filter((row) => this.#at(by(row, ME).key) && !this.isOwn(row)).length;
  }

  /** What a rater said becomes the user's own, as `joinOwn` takes it, and the rater goes. @param {string} task @param {string} rater @param {() => string} words */
  claim(task, rater, words) {
    const theirs = this.#of(task).filter(({ key }) => key.at(-1) === rater);
    this.#change([...this.#unsaid(theirs).map((row) => ({ key: row.key, row })), ...theirs.map(({ key }) => ({ key, row: undefined }))], { words, shown: true });
  }

  /** A name for another rater that nobody has. @param {string} wanted */
  freeRater(wanted) {
    const taken = [...this.#rows.keys()].flatMap((task) => this.raters(task).map(({ name }) => name));
    return freeName([NAMELESS, this.#name, ...taken], numbered(wanted));
  }

  /** Forgets what one rater said of a task; the user's own where none is named. @param {string} task @param {{rater?: string, words: () => string}} whose */
  forget(task, { rater = ME, words }) {
    const gone = this.#of(task).filter(({ key }) => key.at(-1) === rater);
    this.#change(gone.map(({ key }) => ({ key, row: undefined })), { words, shown: true });
  }

  /** Every label of a task, one for each picture and rater. The user counts as a rater of their own. @param {string} task @returns {Label[]} */
  labels(task) {
    const nameOf = this.#namesOf(task);
    return this.#of(task).flatMap((row) => ('said' in row ? { picture: row.key[2], image: row.said.image, label: row.said.label, rater: nameOf(row.key[3]) } : []));
  }

  /** Every comparison of a task. @param {string} task @returns {Comparison[]} */
  comparisons(task) {
    const nameOf = this.#namesOf(task);
    return this.#of(task).flatMap((row) => {
      if (!('chosen' in row)) return [];
      const { better, worse, tie, images } = row.chosen;
      return { better: { picture: better, image: images[better] }, worse: { picture: worse, image: images[worse] }, tie, rater: nameOf(row.key[4]) };
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

  /** What the user is called among the raters of a task. @param {string} task */
  ownName(task) {
    return this.#namesOf(task)(ME);
  }

  /** How many the user gave. @param {string} task */
  ownCount(task) {
    return this.#of(task).filter(({ key }) => key.at(-1) === ME).length;
  }

  /** The raters of a task and how much each said; '' is the user, who comes first. @param {string} task @returns {{rater: string, name: string, count: number}[]} */
  raters(task) {
    const counts = new Map();
    for (const { key } of this.#of(task)) counts.set(key.at(-1), (counts.get(key.at(-1)) ?? 0) + 1);
    const nameOf = this.#namesOf(task);
    const rows = Array.from(counts, ([rater, count]) => ({ rater, name: nameOf(rater), count }));
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

  /** How the user is called in files. */
  get #name() {
    return this.rater || NAMELESS;
  }

  /** What raters are called: a rater who has the user's name another one, so that nobody is taken for somebody else. @param {string} task @returns {(rater: string) => string} */
  #namesOf(task) {
    const others = this.#of(task).map(({ key }) => /** @type {string} */ (key.at(-1)));
    const doubled = others.includes(this.#name) ? freeName([this.#name, ...others], numbered(this.#name)) : '';
    return (rater) => {
      if (rater === ME) return this.#name;
      return rater === this.#name ? doubled : rater;
    };
  }

  /** As the user's own, those of which they have said nothing. @param {Row[]} rows */
  #unsaid(rows) {
    return rows.map((row) => by(row, ME)).filter(({ key }) => !this.#at(key));
  }

  /** @param {LabelKey | PairKey} key */
  #at(key) {
    return this.#rows.get(key[0])?.get(idOf(key));
  }

  /** @param {Row} row */
  #place(row) {
    const [task] = row.key;
    const rows = this.#rows.get(task) ?? new Map();
    this.#rows.set(task, rows.set(idOf(row.key), row));
  }

  /** @param {Change[]} changes @param {Deed} deed */
  #change(changes, deed) {
    const before = changes.map(({ key }) => ({ key, row: this.#at(key) }));
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

/** Whether two rows say the same of the same pictures, whoever says so. @param {Row | undefined} one @param {Row} other */
function isSame(one, other) {
  if (one === undefined) return false;
  if ('said' in one) return 'said' in other && one.said.label === other.said.label;
  return 'chosen' in other && one.chosen.tie === other.chosen.tie && (one.chosen.tie || one.chosen.better === other.chosen.better);
}
