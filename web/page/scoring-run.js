/** The pictures on their way to a score: those that come, those that go on after a stop, and all of them again for another model. */
import { fit } from './fit.js';
import { ownFile } from './identity.js';
import { Listeners } from './listeners.js';
import { Queue } from './queue.js';
import { Scoring } from './scoring.js';

/** @import {Item, ModelChange, NewItem} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoreMemory} from './score-memory.js' */
/** @import {Thumbnails} from './thumbnails.js' */

/** The user's come before the samples. */
const FIRST = 1;

/** The scorer reads two pictures while it computes one. */
const AT_ONCE = 3;

export class ScoringRun {
  #model;
  #pictures;
  #scoring;
  /** @type {Queue<Item>} */
  #queue;
  #changed = new Listeners();
  /** @type {Listeners<[Item]>} */
  #done = new Listeners();
  #idle = new Listeners();
  #isIdle = false;
  /** How many models there were. */
  #models = 0;

  /** @param {{memory: ScoreMemory, model: ModelSession, pictures: Pictures, thumbnails: Thumbnails}} parts */
  constructor({ memory, model, pictures, thumbnails }) {
    this.#model = model;
    this.#pictures = pictures;
    this.#scoring = new Scoring({ memory, model, pictures, thumbnails });
    this.#queue = new Queue((item, signal) => this.#scoring.score(item, signal), {
      atOnce: AT_ONCE, onChange: () => this.#tell(), onDone: (item) => this.#done.tell(item),
    });
    model.onChange((change) => {
      this.#follow(change);
      this.#checkIdle();
    });
  }

  /** Of the run since it was last idle. Samples that are scored behind the person's own pictures, unseen, do not count. */
  get state() {
    const [first] = this.#pictures.shown;
    return this.#queue.stateOf(({ sample }) => sample === first?.sample);
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {(item: Item) => void} listener follows each picture that was tried */
  onDone(listener) {
    this.#done.add(listener);
  }

  /** @param {() => void} listener follows each time that nothing is left to load or to score */
  onIdle(listener) {
    this.#idle.add(listener);
  }

  /** The newest come first. @param {NewItem[]} pictures @returns {Item[]} */
  add(pictures) {
    const items = this.#pictures.add(pictures);
    if (this.#model.loaded) for (const item of items) if (item.imported) this.#pictures.update(item, fit(item.imported, this.#model.tasks));
    this.#queue.add(items.filter(({ file }) => file), FIRST);
    return items;
  }

  /** Once more, what was stopped or could not be scored. @param {Item[]} items */
  retry(items) {
    const again = items.filter(({ state }) => state === 'cancelled' || state === 'failed');
    for (const item of again) this.#pictures.update(item, { state: 'waiting', error: null });
    this.#queue.add(again, FIRST);
  }

  /** @param {NewItem[]} samples */
  addSamples(samples) {
    this.#queue.add(this.#pictures.add(samples, { last: true }));
  }

  /**
   * Takes pictures off the page.
   * @param {Item[]} items @returns {() => void} puts them back in their places: with their scores, where the model is still the same
   */
  remove(items) {
    const model = this.#models;
    this.#queue.remove(items);
    const putBack = this.#pictures.remove(items);
    return () => {
      putBack();
      if (model !== this.#models) this.#forgetScores(items.filter(ownFile));
      this.#queue.add(items.filter((item) => item.state === 'waiting' || (item.state === 'scored' && ownFile(item) && this.#scoring.isUnfinished(item))), FIRST);
    };
  }

  cancel() {
    for (const item of this.#queue.cancel()) if (item.state === 'waiting') this.#pictures.update(item, { state: 'cancelled', progress: null });
  }

  /** What was stopped before it had all scores; nothing while a run goes on. */
  get stopped() {
    const { done, total } = this.state;
    return total > done ? [] : this.#pictures.shown.filter((item) => this.#isStopped(item));
  }

  resume() {
    const { stopped } = this;
    for (const item of stopped) if (item.state === 'cancelled') this.#pictures.update(item, { state: 'waiting' });
    this.#queue.add(stopped, FIRST);
  }

  /** @param {Item} item */
  #isStopped(item) {
    if (item.state === 'cancelled') return true;
    return item.state === 'scored' && ownFile(item) !== null && (!item.error || item.error.code === 'aborted') && this.#scoring.isUnfinished(item);
  }

  #tell() {
    this.#changed.tell();
    this.#checkIdle();
  }

  #checkIdle() {
    const { done, total } = this.#queue.state;
    const wasIdle = this.#isIdle;
    this.#isIdle = total === done && (this.#model.loaded !== null || this.#model.problem !== null);
    if (this.#isIdle && !wasIdle) this.#idle.tell();
  }

  /** @param {ModelChange} change */
  #follow(change) {
    const { items } = this.#pictures;
    if (change.kind === 'loading') this.#startAgain();
    if (change.kind === 'loaded') {
      for (const item of items) if (item.imported) this.#pictures.update(item, fit(item.imported, this.#model.tasks));
    }
    if (change.kind === 'task' && change.on) {
      this.#queue.add(items.filter((item) => item.state === 'scored' && ownFile(item) && !item.scores?.[change.id]), FIRST);
    }
  }

  /** For another model all is scored again. */
  #startAgain() {
    this.#models += 1;
    this.#queue.cancel();
    const again = this.#pictures.items.filter(ownFile);
    this.#forgetScores(again);
    this.#queue.add(again.filter(({ sample }) => !sample), FIRST);
    this.#queue.add(again.filter(({ sample }) => sample));
  }

  /** @param {Item[]} items */
  #forgetScores(items) {
    for (const item of items) this.#pictures.update(item, { state: 'waiting', scores: null, error: null, progress: null, facts: null });
  }
}
