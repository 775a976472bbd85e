/** How far training is, and what is most likely left of it. */
import { breathe } from '../engine/breathe.js';
import { throwIfAborted } from '../errors.js';

/** @import {Call} from './types.d.ts' */
/** @import {TeachProgress} from '../percept.js' */

/** Tells, and hears of an abort, after each part of a step. */
export class TrainingProgress {
  #left;
  /** Of what is left, the share that will most likely be done: most fits stop early. */
  #share = 1;
  #done = 0;
  #call;
  #start = performance.now();
  /** @type {TeachProgress['training']} */
  #training;

  /** @param {number} work in views that go forward @param {Call} call */
  constructor(work, call) {
    this.#left = work;
    this.#call = call;
  }

  /** @param {number} views */
  async worked(views) {
    this.#done += views;
    this.#left = Math.max(0, this.#left - views);
    const left = this.#share * this.#left;
    const secondsLeft = (performance.now() - this.#start) / 1000 / this.#done * left;
    this.#call.onProgress({ phase: 'training', done: Math.round(this.#done), total: Math.round(this.#done + left), secondsLeft, ...(this.#training && { training: this.#training }) });
    await breathe();
    throwIfAborted(this.#call.signal);
  }

  /** @param {NonNullable<TeachProgress['training']>} training */
  epoch(training) {
    this.#training = training;
  }

  /** @param {number} share */
  expect(share) {
    this.#share = share;
  }

  /** @param {number} work all that is left, for certain */
  remains(work) {
    this.#left = work;
    this.#share = 1;
  }

  /** @param {number} work that need not be done */
  skip(work) {
    this.#left = Math.max(0, this.#left - work);
  }
}
