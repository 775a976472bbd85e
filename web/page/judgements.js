/** What people said of the pictures: the user, and the raters whose files were joined. Kept by the browser, for this page alone. */
import { kindOf } from '../lib/kinds.js';
import { answersNumber } from './answers.js';
import { keep, onKeptElsewhere, recall } from './kept.js';
import { byImage, consensus, joinLabels, readLabels } from './labels.js';
import { Listeners } from './listeners.js';

/**
 * @import {Item, Judgement, Pair, Task} from './types.d.ts'
 * @import {Label} from './labels.js'
 *
 * @typedef {object} Kept by the browser
 * @property {string} rater @property {boolean} blind
 * @property {Record<string, Record<string, Judgement>>} own by task and picture
 * @property {Record<string, Label[]>} joined by task
 */

export class Judgements {
  #kept = readKept();
  #isKept = true;
  #listeners = new Listeners();

  constructor() {
    onKeptElsewhere('judgements', () => {
      this.#kept = readKept();
      this.#listeners.tell();
    });
  }

  /** Whether they are there when the page is opened again, as far as the browser says. */
  get isKept() {
    return this.#isKept;
  }

  get rater() {
    return this.#kept.rater;
  }

  set rater(name) {
    this.#change((kept) => { kept.rater = name; });
  }

  /** Whether the model's answer stays hidden until the user has judged, so that it sways nobody. */
  get blind() {
    return this.#kept.blind;
  }

  set blind(wanted) {
    this.#change((kept) => { kept.blind = wanted; });
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** The user's own. @param {string} task @param {string} image @returns {Judgement | null} */
  own(task, image) {
    return this.#kept.own[task]?.[image] ?? null;
  }

  /**
   * @param {string} task @param {string} image
   * @param {string | null} label null takes the judgement back @param {boolean} agreed whether the model's own answer was taken
   */
  judge(task, image, label, agreed = false) {
    this.#change((kept) => {
      const own = kept.own[task] ??= Object.create(null);
      if (label === null) delete own[image];
      else own[image] = { label, agreed };
    });
  }

  /** Adds a rater's file. @param {string} task @param {string} text @param {string} rater @throws as readLabels does */
  join(task, text, rater) {
    const labels = readLabels(text, rater);
    this.#change(({ joined }) => { joined[task] = joinLabels([...(joined[task] ?? []), ...labels]); });
    return labels;
  }

  /** Forgets a rater's labels. @param {string} task @param {string} rater */
  leave(task, rater) {
    this.#change(({ joined }) => { joined[task] = (joined[task] ?? []).filter((label) => label.rater !== rater); });
  }

  /** Every label of a task. The user counts as a rater of their own. @param {string} task @returns {Label[]} */
  labels(task) {
    const own = Object.entries(this.#kept.own[task] ?? {}).map(([image, { label }]) => ({ image, label, rater: this.rater || 'me' }));
    return joinLabels([...(this.#kept.joined[task] ?? []), ...own]);
  }

  /** How many of the user's own took the model's answer. @param {string} task */
  agreedCount(task) {
    return Object.values(this.#kept.own[task] ?? {}).filter(({ agreed }) => agreed).length;
  }

  /** The raters of a task and how many labels each gave. @param {string} task @returns {[string, number][]} */
  raters(task) {
    const counts = new Map();
    for (const { rater } of this.labels(task)) counts.set(rater, (counts.get(rater) ?? 0) + 1);
    return [...counts];
  }

  /**
   * The pictures that both the model and people judged.
   * @param {Task} task @param {Item[]} items
   * @returns {Pair[]}
   */
  pairs(task, items) {
    const { answer } = kindOf(task);
    const areNumbers = answersNumber(task);
    const images = byImage(this.labels(task.id).filter(({ label }) => !areNumbers || Number.isFinite(Number(label))));
    const seen = new Set();
    return items.flatMap((item) => {
      const given = images.get(item.path);
      const result = item.scores?.[task.id];
      if (!given || !result || seen.has(item.path)) return [];
      seen.add(item.path);
      return [{ item, model: /** @type {number | string} */ (answer(result)), people: consensus(given, areNumbers) }];
    });
  }

  /** Changes what is there now: another tab may have judged since this one looked. @param {(kept: Kept) => void} edit */
  #change(edit) {
    this.#kept = readKept();
    edit(this.#kept);
    this.#isKept = keep('judgements', this.#kept);
    this.#listeners.tell();
  }
}

/** @returns {Kept} an empty one where what the browser has is none of ours */
function readKept() {
  const nothing = { rater: '', blind: false, own: {}, joined: {} };
  try {
    return withFreeNames({ ...nothing, ...recall('judgements') });
  } catch {
    return withFreeNames(nothing);
  }
}

/**
 * Pictures and tasks may be called `constructor` or `__proto__`: records by their names inherit nothing.
 * @param {Kept} kept
 * @returns {Kept}
 */
function withFreeNames({ own, joined, ...kept }) {
  const free = (/** @type {object} */ record) => Object.assign(Object.create(null), record);
  if (!Object.values(joined).every(Array.isArray)) throw new TypeError('labels of raters are lists');
  return { ...kept, joined: free(joined), own: free(Object.fromEntries(Object.entries(own).map(([task, labels]) => [task, free(labels)]))) };
}
