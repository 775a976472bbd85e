/** Teaches the traits of the lessons from what people said: at once, again after each judgement, one lesson at a time. */
import { GROUPINGS } from './arrange.js';
import { Listeners } from './listeners.js';
import { folderOf } from './pictures.js';
import { UNTOLD, hashOf } from './traits.js';

/**
 * @import {Lesson, Taught, TaughtPicture, TeachOptions, TraitPrediction} from '../lib/percept.js'
 * @import {Item, PanelParts, PerceptError, TaughtHere} from './types.d.ts'
 * @import {Counts} from './not-known.js'
 * @import {PictureFeatures} from './picture-features.js'
 * @import {Grouping, PictureGroups} from './picture-groups.js'
 * @import {Traits} from './traits.js'
 * @import {Comparison, Label} from '../lib/shared/judgement-rows.js'
 *
 * @typedef {{taught: Taught, keys: string[], here: Set<string>}} Outcome keys: of the lesson's pictures; here: of those on the page then
 * @typedef {{lesson: Lesson, keys: string[], judged: Set<string>, grouping: Grouping, missing: number}} Prepared grouping: of its
 *   pictures; missing: judgements of pictures that the model has not looked at
 */

/** Judgements from which something can be taught. */
const LEAST = { pairs: 1, stars: 2, classes: 2 };
/** A first look at many pictures is taught from now and then on its way. */
const EVERY = 16;

export class Teaching {
  #parts;
  #features;
  #groups;
  /** The lesson that is in sight. */
  #attended = '';
  /** @type {Map<string, Outcome>} */
  #outcomes = new Map();
  /** @type {Map<string, PerceptError>} */
  #problems = new Map();
  /** @type {Set<string>} */
  #waiting = new Set();
  #isBusy = false;
  /** Whether what was said is about to be followed. */
  #isFollowing = false;
  /** The lesson that is trained deeper. */
  #deepened = '';
  #listeners = new Listeners();

  /** @param {PanelParts & {features: PictureFeatures, groups: PictureGroups}} parts */
  constructor(parts) {
    const { features, groups, judgements, lessons, model, pictures, traits } = parts;
    this.#parts = parts;
    this.#features = features;
    this.#groups = groups;
    judgements.onChange(() => this.#followJudgements());
    lessons.onChange(() => this.#followJudgements());
    traits.onChange(() => this.#followJudgements());
    pictures.onChange(({ list, items }) => (list || [...items].some(({ state }) => state === 'scored')) && this.#look());
    features.onChange(() => this.#followFeatures());
    model.onChange(({ kind }) => {
      if (kind === 'loading') this.#outcomes.clear();
    });
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** How many pictures were looked at. */
  get looked() {
    return this.#features.progress;
  }

  /** @param {string} id @returns {Outcome | null} of this visit */
  outcome(id) {
    return this.#outcomes.get(id) ?? null;
  }

  /** Why a lesson could not be taught. @param {string} id */
  problem(id) {
    return this.#problems.get(id) ?? null;
  }

  /** Looks at the pictures for a lesson, and keeps it taught. @param {string} id '' for none */
  attend(id) {
    if (id === this.#attended) return;
    this.#parts.traits.settle(this.#attended);
    this.#attended = id;
    this.#look();
    if (id !== '' && !this.#outcomes.has(id)) this.#teachAttended();
  }

  /** Unless it was trained deeper, which nothing but a judgement undoes. */
  #teachAttended() {
    if (!this.#parts.traits.isDeeper(this.#attended)) this.#teachSoon(this.#attended);
  }

  /** Judged pictures come first. */
  #look() {
    const { judgements, pictures } = this.#parts;
    const items = this.#attended === '' ? [] : pictures.shown.filter(({ file, key, state }) => file && key !== null && state === 'scored');
    const judged = judgedIn(judgements, this.#attended);
    const isJudged = (/** @type {Item} */ { key }) => judged.has(/** @type {string} */ (key));
    const before = this.#features.progress.total;
    this.#features.want([...items.filter(isJudged), ...items.filter((item) => !isJudged(item))]);
    if (this.#attended === '') return;
    const { here } = this.#outcomes.get(this.#attended) ?? {};
    const isNew = (/** @type {Item} */ { key }) => key !== null && this.#features.of(key) !== undefined && !here?.has(key);
    if (here && isWhole(this.looked) && items.some(isNew)) this.#teachAttended(); // they were looked at before: nobody tells of them again
    if (this.#features.progress.total !== before) this.#listeners.tell(); // there is more, or less, to ask about
  }

  /** What was said has changed, or a trait came: those that learnt from something else are taught again. Once for all that is told at a time: an undo tells step by step. */
  #followJudgements() {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    queueMicrotask(() => {
      this.#isFollowing = false;
      this.#follow();
    });
  }

  async #follow() {
    const { judgements, lessons, pictures, traits } = this.#parts;
    if (!judgements.isLoaded) return;
    this.#features.keepJudged();
    this.#groups.keepJudged(pictures.items, judgements.judgedKeys());
    for (const lesson of lessons.all) {
      const learnt = await this.#learntFrom(lesson);
      const before = traits.learnt(lesson.id);
      if (before === null) continue;
      if (before === UNTOLD) traits.tellLearnt(lesson.id, learnt);
      else if (learnt !== before || this.#isRegrouped(lesson)) this.#teachSoon(lesson.id);
    }
  }

  /** Whether the evidence is wanted by other groups: teaching at once is quick, and what was trained deeper stays. @param {TaughtHere} lesson */
  #isRegrouped({ id, group }) {
    const { traits } = this.#parts;
    return group !== null && traits.get(id) !== null && traits.grouping(id) !== group && !traits.isDeeper(id);
  }

  #followFeatures() {
    const isTime = isWhole(this.looked) || this.looked.done % EVERY === 0;
    if (this.#attended !== '' && isTime) this.#teachAttended();
    if (this.#parts.judgements.isLoaded) this.#features.keepJudged();
    this.#listeners.tell();
  }

  /** @param {string} id */
  async #teachSoon(id) {
    this.#waiting.add(id);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const next of this.#waiting) {
        this.#waiting.delete(next);
        await this.#teach(next);
        this.#listeners.tell();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {string} id */
  async #teach(id) {
    const { judgements, lessons, model, traits } = this.#parts;
    await traits.ready; // else it would take the place of a deeper one that is on its way
    const [lesson, scorer] = [lessons.get(id), model.loaded];
    if (!lesson || !scorer || !judgements.isLoaded || traits.learnt(id) === null || id === this.#deepened) return;
    const count = this.#said(lesson).length;
    if (count < LEAST[lesson.way]) {
      this.#outcomes.delete(id);
      this.#problems.delete(id);
      if (traits.get(id)) await traits.withdraw(id);
      return;
    }
    const learnt = await this.#learntFrom(lesson);
    if (traits.isDeeper(id) && traits.learnt(id) === learnt) return; // what was said since was taken back
    if (await traits.bringBack(id, learnt)) {
      this.#outcomes.delete(id);
      this.#problems.delete(id);
      return;
    }
    await this.#groups.ready;
    const { lesson: given, ...prepared } = this.prepare(lesson);
    const { keys } = prepared;
    if ((given.labels ?? given.pairs ?? []).length < LEAST[lesson.way]) return; // the pictures are still to be looked at
    try {
      const taught = await scorer.teach(given, { onProgress: (progress) => this.#showAtOnce(id, keys, progress) });
      if (model.loaded !== scorer) return;
      this.#problems.delete(id);
      await this.#keep(taught, given, { ...prepared, learnt, isWhole: id !== this.#attended || isWhole(this.looked) });
    } catch (error) {
      traits.settle(id);
      const before = this.#outcomes.get(id);
      if (before && traits.get(id)) traits.show(id, before.keys, before.taught.predictions); // the trait stayed what it was
      if (model.loaded === scorer) this.#problems.set(id, /** @type {PerceptError} */ (error)); // else another one came meanwhile
    }
  }

  /**
   * The gallery is sorted by what a known trait says now, before it is known how far to trust it.
   * @param {string} id @param {string[]} keys of the lesson's pictures @param {object} progress
   */
  #showAtOnce(id, keys, progress) {
    if (!('predictions' in progress) || !this.#parts.traits.get(id)) return;
    this.#parts.traits.show(id, keys, /** @type {(TraitPrediction | null)[]} */ (progress.predictions));
    this.#listeners.tell();
  }

  /**
   * Trains a lesson deeper; meanwhile it is not taught at once.
   * @param {TaughtHere} lesson @param {Prepared} prepared for it, with its depth @param {TeachOptions} options
   * @returns {Promise<{taught: Taught, isBehind: boolean}>} isBehind: judgements came meanwhile, or went
   * @throws {PerceptError} as scorer.teach does
   */
  async deepen(lesson, { lesson: given, ...prepared }, options) {
    const { model } = this.#parts;
    this.#deepened = lesson.id;
    const learnt = await this.#learntFrom(lesson);
    try {
      const taught = await (await model.scorer).teach(given, options);
      await this.#keep(taught, given, { ...prepared, learnt, isWhole: true });
      return { taught, isBehind: learnt !== await this.#learntFrom(lesson) };
    } finally {
      this.#deepened = '';
      this.#followJudgements(); // what was said meanwhile
      this.#listeners.tell();
    }
  }

  /** One whose lesson was removed meanwhile is taken off again: the engine has it. @param {Taught} taught @param {Lesson} given @param {Parameters<Traits['taught']>[1]} from */
  async #keep(taught, given, from) {
    const { lessons, traits } = this.#parts;
    this.#outcomes.set(given.id, { taught, keys: from.keys, here: onPage(given, from.keys) });
    await traits.taught(taught, from);
    if (!lessons.get(given.id)) await traits.takeOff(given.id);
  }

  /** What there is to learn from, and to check it by. @param {TaughtHere} lesson @returns {Counts & {own: number}} own: of what there is, the user's */
  counts(lesson) {
    const said = this.#said(lesson);
    const me = this.#parts.judgements.ownName(lesson.id);
    const known = said.filter((each) => keysIn(each).every((key) => this.#features.of(key)));
    const checked = known.filter((each) => !('tie' in each && each.tie)).map((each) => keysIn(each).join(' '));
    return {
      said: said.length, own: said.filter(({ rater }) => rater === me).length, known: known.length, checked: new Set(checked).size,
      isLooking: !isWhole(this.looked), isFailed: this.#problems.has(lesson.id), isPairs: lesson.way === 'pairs',
    };
  }

  /** How many judgements a training could use, whose pictures are on the page, and how many not. @param {TaughtHere} lesson */
  countHere(lesson) {
    const here = new Set(this.#parts.pictures.items.flatMap(({ file, key }) => (file && key !== null && this.#features.of(key) ? key : [])));
    const said = this.#said(lesson);
    const count = said.filter((each) => keysIn(each).every((key) => here.has(key))).length;
    return { count, missing: said.length - count };
  }

  /** What the library is given, in an order that does not depend on when it was said. @param {TaughtHere} lesson @param {{deeper?: boolean}} [options] deeper: of pictures on the page alone @returns {Prepared} */
  prepare(lesson, { deeper = false } = {}) {
    const { id, way, title, language, classes, equalGroups } = lesson;
    const { pictures, keys, grouping } = this.#picturesFor(lesson, deeper);
    const places = new Map(keys.map((key, at) => [key, at]));
    const judged = new Set();
    const placeOf = (/** @type {string} */ key) => {
      if (places.has(key)) judged.add(key);
      return places.get(key) ?? -1;
    };
    const said = this.#said(lesson);
    const shared = { id, title: { [language]: title }, pictures, equalGroups, date: new Date().toISOString().slice(0, 10) };
    if (way === 'pairs') {
      const pairs = said.flatMap((each) => ('better' in each ? { better: placeOf(each.better.picture), worse: placeOf(each.worse.picture), tie: each.tie, rater: each.rater } : []))
        .filter(({ better, worse }) => better >= 0 && worse >= 0).sort((a, b) => a.better - b.better || a.worse - b.worse);
      return { lesson: { ...shared, kind: 'score', pairs }, keys, judged, grouping, missing: said.length - pairs.length };
    }
    const labels = said.flatMap((each) => ('label' in each ? { picture: placeOf(each.picture), label: way === 'stars' ? Number(each.label) : each.label, rater: each.rater } : []))
      .filter(({ picture }) => picture >= 0).sort((a, b) => a.picture - b.picture);
    const kind = way === 'stars' ? { kind: /** @type {const} */ ('score'), scale: /** @type {[number, number]} */ ([1, 5]) } : { kind: /** @type {const} */ ('classes'), classes };
    return { lesson: /** @type {Lesson} */ ({ ...shared, ...kind, labels }), keys, judged, grouping, missing: said.length - labels.length };
  }

  /** By what a lesson's pictures are grouped: folders where the judged ones lie in several, else what tells pictures apart at all. @param {TaughtHere} lesson @returns {Grouping} */
  groupingOf({ id, group }) {
    if (group !== null) return group;
    const { judgements, pictures } = this.#parts;
    const folders = new Map(Array.from(judgedIn(judgements, id), ([key, path]) => [key, this.#groupOf(key, path, 'folder')]));
    for (const { key, folder } of pictures.items) if (key !== null && folders.has(key)) folders.set(key, folder);
    return new Set(folders.values()).size > 1 ? 'folder' : 'orientation';
  }

  /** Of a judged picture that need not be on the page. @param {string} key @param {string} path when it was judged @param {Grouping} grouping */
  #groupOf(key, path, grouping) {
    return this.#groups.of(key, grouping) ?? (grouping === 'folder' ? folderOf(path) : null);
  }

  /** Those on the page and those that were judged at another visit, in an order that does not depend on when they came. @param {TaughtHere} lesson @param {boolean} isHere only those on the page */
  #picturesFor(lesson, isHere) {
    const { judgements, pictures } = this.#parts;
    const grouping = this.groupingOf(lesson);
    /** @type {Map<string, TaughtPicture>} */
    const found = new Map();
    for (const [key, path] of judgedIn(judgements, lesson.id)) {
      const features = this.#features.of(key);
      if (features && !isHere) found.set(key, { name: path, features, ...groupIn(this.#groupOf(key, path, grouping)) });
    }
    for (const item of pictures.items.filter(({ file }) => file || !isHere)) {
      const features = item.key === null ? undefined : this.#features.of(item.key);
      if (item.key === null || !features) continue;
      found.set(item.key, { name: item.name, features, ...groupIn(GROUPINGS[grouping](item)), ...(item.file && { source: item.file }) });
    }
    const keys = [...found.keys()].sort();
    return { keys, grouping, pictures: keys.map((key) => /** @type {TaughtPicture} */ (found.get(key))) };
  }

  /** @param {TaughtHere} lesson */
  #said({ id, way, classes }) {
    const { judgements } = this.#parts;
    if (way === 'pairs') return judgements.comparisons(id);
    return judgements.labels(id).filter(({ label }) => (way === 'stars' ? Number.isFinite(Number(label)) : classes.includes(label)));
  }

  /**
   * What is said, whatever the pictures and raters are called and in whichever order it came; by what the table groups them does not
   * matter unless the groups weigh the same.
   * @param {TaughtHere} lesson @returns {Promise<string>} '' where it cannot learn yet
   */
  async #learntFrom(lesson) {
    const said = this.#said(lesson);
    if (said.length < LEAST[lesson.way]) return '';
    const raters = new Map(this.#parts.judgements.raters(lesson.id).map(({ name, rater }) => [name, rater]));
    const rows = said.map((each) => {
      const isTie = 'tie' in each && each.tie;
      return JSON.stringify([isTie ? keysIn(each).sort() : keysIn(each), 'label' in each ? each.label : isTie, raters.get(each.rater)]);
    });
    return hashOf([rows.sort(), lesson.equalGroups && (lesson.group ?? true)]);
  }
}

/** @param {string | null} group */
const groupIn = (group) => (group === null ? {} : { group });

/** Keys of the pictures that are on the page. @param {Lesson} lesson @param {string[]} keys */
const onPage = ({ pictures }, keys) => new Set(keys.filter((_, at) => pictures[at].source));

/** The pictures that a judgement is of; of two the better one first. @param {Label | Comparison} said @returns {string[]} */
const keysIn = (said) => ('better' in said ? [said.better.picture, said.worse.picture] : [said.picture]);

/** @param {{done: number, total: number}} looked */
const isWhole = ({ done, total }) => done === total;

/** The keys of pictures that somebody judged, and a name of each. @param {PanelParts['judgements']} judgements @param {string} task @returns {Map<string, string>} */
function judgedIn(judgements, task) {
  const compared = judgements.comparisons(task).flatMap(({ better, worse }) => [better, worse]);
  return new Map([...judgements.labels(task), ...compared].map(({ picture, image }) => [picture, image]));
}
