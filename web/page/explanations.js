/** Explanations of scores: one is made at a time, and they are kept as long as their task says the same. */
import { Listeners } from './listeners.js';
import { originalOf } from './scoring.js';

/** @import {Explanation} from '../lib/percept.js' */
/** @import {Facts, Item, PerceptError, Task} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */

/** The shorter side of an explanation's grid; the longer follows the picture's shape. */
const CELLS = 5;
const MOST_CELLS = 12;

/** @typedef {{item: Item, share: number | null, problem: PerceptError | null}} Job share: of the work, null until it is known */

export class Explanations {
  #model;
  /** By task, which is another one when a trait is taught again, and by picture. @type {WeakMap<Task, Map<Item, Explanation>>} */
  #made = new WeakMap();
  /** @type {Job | null} */
  #job = null;
  #controller = new AbortController();
  #changed = new Listeners();

  /** @param {ModelSession} model */
  constructor(model) {
    this.#model = model;
    model.onChange(({ kind }) => kind === 'loading' && this.stop());
  }

  /** What is being made, or could not be. */
  get job() {
    return this.#job;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {Item} item @param {Task} task */
  of(item, task) {
    return this.#made.get(task)?.get(item) ?? null;
  }

  /** @param {Item} item @param {Task} task @returns {Promise<boolean>} false: it was stopped, or `job` has a problem */
  async make(item, task) {
    this.stop();
    if (this.of(item, task)) return true;
    const { signal } = this.#controller = new AbortController();
    this.#change({ item, share: null, problem: null });
    try {
      const scorer = await this.#model.scorer;
      const explanation = await scorer.explain(originalOf(item), {
        task: task.id, grid: gridFor(/** @type {Facts} */ (item.facts)), signal,
        onProgress: (progress) => {
          if (progress.phase === 'computing' && !signal.aborted) this.#change({ item, share: progress.done / progress.total, problem: null });
        },
      });
      if (signal.aborted) return false;
      this.#made.set(task, (this.#made.get(task) ?? new Map()).set(item, explanation));
      this.#change(null);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#change({ item, share: null, problem: /** @type {PerceptError} */ (error) });
      return false;
    }
  }

  /** Ends what is being made, and forgets a problem. */
  stop() {
    this.#controller.abort();
    if (this.#job) this.#change(null);
  }

  /** @param {Job | null} job */
  #change(job) {
    this.#job = job;
    this.#changed.tell();
  }
}

/**
 * Rows and columns so that cells are about square.
 * @param {{width: number, height: number}} picture
 * @returns {[number, number]}
 */
function gridFor({ width, height }) {
  const across = (/** @type {number} */ long, /** @type {number} */ short) => Math.min(MOST_CELLS, Math.max(CELLS, Math.round((CELLS * long) / short)));
  return width >= height ? [CELLS, across(width, height)] : [across(height, width), CELLS];
}
