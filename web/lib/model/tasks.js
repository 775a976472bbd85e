/** A model's tasks and those that were taught: found by their ids, and loaded when they are first asked for. */
import { PerceptError } from '../errors.js';
import { bytesOfTasks } from '../weights/manifest.js';
import { TaughtTasks } from './taught-tasks.js';

/** @import {Call, NumberedTask, Task} from './types.d.ts' */
/** @import {Tower} from '../engine/tower.js' */
/** @import {ModelWeights} from './weights.js' */
/** @import {Trait} from '../weights/types.d.ts' */

export class Tasks {
  #all;
  #tower;
  #weights;
  /** @type {Set<number>} */
  #declared = new Set();
  /** @type {Set<number>} */
  #loaded = new Set();
  #taught;

  /** @param {Task[]} tasks the manifest's @param {Tower} tower with `spare` tasks more @param {ModelWeights} weights @param {number} spare */
  constructor(tasks, tower, weights, spare) {
    this.#all = tasks.map((task, number) => ({ ...task, number }));
    this.#tower = tower;
    this.#weights = weights;
    this.#taught = new TaughtTasks(tower, { first: tasks.length, count: spare });
  }

  /** The traits, which the trainer borrows room from. */
  get taught() {
    return this.#taught;
  }

  /** What the model's tasks will take of the tower's memory that were not asked for yet, at most. */
  get bytesToCome() {
    return bytesOfTasks(this.#all.filter(({ number }) => !this.#loaded.has(number)));
  }

  /** A trait becomes a task. @param {Trait} trait */
  add(trait) {
    this.#taught.add(trait);
  }

  /** Only what was taught. @param {string} id */
  remove(id) {
    this.#find(id);
    if (this.#all.some((each) => each.id === id)) throw new PerceptError('bad-argument', `The task '${id}' is the model's own; only taught ones can be removed.`);
    this.#taught.remove(id);
  }

  /**
   * The tasks of these ids, all of them by default.
   * @param {string[]} [ids]
   * @returns {NumberedTask[]}
   */
  select(ids) {
    if (ids === undefined) return this.#known;
    return [...new Set(ids)].map((id) => this.#find(id));
  }

  get #known() {
    return [...this.#all, ...this.#taught.all];
  }

  /** @param {string} id */
  #find(id) {
    const known = this.#known;
    const task = known.find((each) => each.id === id);
    if (task) return task;
    throw new PerceptError('unknown-task', `The model has no task '${id}'. It has: ${known.map((each) => each.id).join(', ')}.`);
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
    if (this.#loaded.has(number) || number >= this.#all.length) return; // what was taught is there
    if (!this.#declared.has(number)) {
      this.#tower.declareTask(number, task);
      this.#declared.add(number);
    }
    const tellReady = await this.#weights.load(number, call);
    tellReady();
    this.#loaded.add(number);
  }
}
