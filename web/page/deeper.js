/** Training deeper: what it would take, how far it is, and which way won. One training at a time. */
import { announce } from './announcer.js';
import { say } from './language.js';
import { Listeners } from './listeners.js';
import { wonWords } from './trait-card.js';

/**
 * @import {Lesson, TeachingNeeds, TeachProgress} from '../lib/percept.js'
 * @import {PerceptError, TaughtHere} from './types.d.ts'
 * @import {ModelSession} from './model-session.js'
 * @import {Teaching} from './teaching.js'
 * @import {Traits} from './traits.js'
 *
 * @typedef {NonNullable<TeachProgress['training']>} Round
 * @typedef {object} Training
 * @property {string} id of the lesson
 * @property {'asking' | 'asked' | 'running' | 'done'} state
 * @property {TeachingNeeds | null} needs
 * @property {TeachProgress | null} progress
 * @property {Round[]} rounds
 * @property {PerceptError | null} problem
 * @property {string} words how it ended
 * @property {string | null} learnt what the trait had learnt from then
 * @property {boolean} isBehind judgements came while it ran, or went
 */

export class Deeper {
  #model;
  #teaching;
  #traits;
  /** @type {Training | null} */
  #training = null;
  #controller = new AbortController();
  /** What a cancelled run has finished, by what it was made from. @type {Map<string, Record<string, Uint8Array>>} */
  #parts = new Map();
  #listeners = new Listeners();

  /** @param {{model: ModelSession, teaching: Teaching, traits: Traits}} parts */
  constructor({ model, teaching, traits }) {
    this.#model = model;
    this.#teaching = teaching;
    this.#traits = traits;
    model.onChange(({ kind }) => kind === 'loading' && this.#training && this.forget(this.#training.id));
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {string} id of a lesson @returns {Training | null} */
  of(id) {
    return this.#training?.id === id ? this.#training : null;
  }

  /** Whether a training goes on, of whichever lesson. */
  get isRunning() {
    return this.#training?.state === 'running';
  }

  /** How a training ended, unless the trait has learnt from something else since; that it knew too little stays. @param {string} id of a lesson @returns {string} '' for nothing to say */
  ending(id) {
    const training = this.of(id);
    if (training?.state !== 'done') return '';
    if (training.learnt === this.#traits.learnt(id)) return training.words;
    return training.isBehind ? say('deeper.behind') : '';
  }

  /** How many of its judgements a training could use, and how many not. @param {TaughtHere} lesson */
  judged(lesson) {
    return this.#teaching.countHere(lesson);
  }

  /** Whether nothing can be asked for a lesson: that is being asked, or a training goes on. @param {{id: string}} lesson */
  isBusy({ id }) {
    return this.isRunning || this.of(id)?.state === 'asking';
  }

  /** Asks what it would take. Where that is being asked, or a training goes on, nothing happens. @param {TaughtHere} lesson @param {Lesson['depth']} depth */
  async ask(lesson, depth) {
    if (this.isBusy(lesson)) return;
    this.cancel();
    const { signal } = this.#controller = new AbortController();
    this.#change({ id: lesson.id, state: 'asking', needs: null, progress: null, rounds: [], problem: null, words: '', learnt: null, isBehind: false });
    try {
      const needs = await (await this.#model.scorer).teachingNeeds(this.#prepare(lesson, depth).lesson);
      if (!signal.aborted) this.#update({ state: 'asked', needs });
    } catch (error) {
      if (!signal.aborted) this.#update({ state: 'done', problem: /** @type {PerceptError} */ (error) });
    }
  }

  /** @param {TaughtHere} lesson @param {Lesson['depth']} depth */
  async start(lesson, depth) {
    const { signal } = this.#controller = new AbortController();
    this.#update({ state: 'running', problem: null, words: '', isBehind: false });
    const prepared = this.#prepare(lesson, depth);
    const given = prepared.lesson;
    const name = JSON.stringify([lesson.id, depth, given.labels ?? given.pairs, given.equalGroups]);
    const parts = this.#parts.get(name) ?? {};
    this.#parts = new Map([[name, parts]]);
    try {
      const { taught, isBehind } = await this.#teaching.deepen(lesson, { ...prepared, lesson: { ...given, parts: { ...parts } } }, {
        signal,
        onProgress: (progress) => !signal.aborted && this.#follow(/** @type {TeachProgress} */ (progress)),
        onPart: (part, bytes) => { parts[part] = bytes; },
      });
      this.#end(lesson, { words: wonWords(taught.evidence), isBehind });
    } catch (error) {
      this.#end(lesson, signal.aborted ? { words: say('deeper.cancelled') } : { problem: /** @type {PerceptError} */ (error) });
    }
  }

  cancel() {
    this.#controller.abort();
  }

  /** Ends what goes on for a lesson, and forgets how it ended. @param {string} id of the lesson */
  forget(id) {
    if (!this.of(id)) return;
    this.cancel();
    this.#change(null);
  }

  /** @param {TaughtHere} lesson @param {Lesson['depth']} depth */
  #prepare(lesson, depth) {
    const prepared = this.#teaching.prepare(lesson, { deeper: true });
    return { ...prepared, lesson: { ...prepared.lesson, depth } };
  }

  /** @param {TeachProgress} progress */
  #follow(progress) {
    const rounds = this.#training?.rounds ?? [];
    const { training } = progress;
    const isNew = training && !rounds.some(({ fold, epoch }) => fold === training.fold && epoch === training.epoch);
    this.#update({ progress, rounds: isNew ? [...rounds, training] : rounds });
  }

  /** Of one that was forgotten meanwhile nothing is said. @param {TaughtHere} lesson @param {Partial<Training>} ending */
  #end({ id }, ending) {
    if (this.of(id)?.state !== 'running') return;
    this.#update({ ...ending, state: 'done', progress: null, learnt: this.#traits.learnt(id) });
    const words = ending.isBehind ? say('deeper.behind') : ending.words;
    if (words) announce(words);
  }

  /** @param {Partial<Training>} change */
  #update(change) {
    if (this.#training) this.#change({ ...this.#training, ...change });
  }

  /** @param {Training | null} training */
  #change(training) {
    this.#training = training;
    this.#listeners.tell();
  }
}
