/** A model's tasks: found by their ids, and loaded when they are first asked for. */
import { PerceptError } from '../errors.js';

/** @import {Call, NumberedTask, Task} from './types.d.ts' */
/** @import {Tower} from '../engine/tower.js' */
/** @import {ModelWeights} from './weights.js' */

export class Tasks {
  #all;
  #tower;
  #weights;
  /** @type {Set<number>} */
  #declared = new Set();
  /** @type {Set<number>} */
  #loaded = new Set();

  /** @param {Task[]} tasks the manifest's @param {Tower} tower @param {ModelWeights} weights */
  constructor(tasks, tower, weights) {
    this.#all = tasks.map((task, number) => ({ ...task, number }));
    this.#tower = tower;
    this.#weights = weights;
  }

  /**
   * The tasks of these ids, all of them by default.
   * @param {string[]} [ids]
   * @returns {NumberedTask[]}
   */
  select(ids) {
    if (ids === undefined) return this.#all;
    return [...new Set(ids)].map((id) => {
      const task = this.#all.find((each) => each.id === id);
      if (task) return task;
      throw new PerceptError('unknown-task', `The model has no task '${id}'. It has: ${this.#all.map((each) => each.id).join(', ')}.`);
    });
  }

  /**
   * Together: their files are small, and a question to the host takes longer than they do. None is left on its way.
   * @param {NumberedTask[]} tasks @param {Call} call
   */
  async load(tasks, call) {
    const loads = await Promise.allSettled(tasks.map((task) => this.#load(task, call)));
    const failure = loads.find((each) => each.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** @param {NumberedTask} task @param {Call} call */
  async #load(task, call) {
    const { number } = task;
    if (this.#loaded.has(number)) return;
    if (!this.#declared.has(number)) {
      this.#tower.declareTask(number, task);
      this.#declared.add(number);
    }
    const tellReady = await this.#weights.load(number, call);
    tellReady();
    this.#loaded.add(number);
  }
}
