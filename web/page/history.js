/** What a person did, and how it is undone: the last first. */
import { Listeners } from './listeners.js';

/**
 * @import {Item} from './types.d.ts'
 * @typedef {object} Deed what can be told of a step
 * @property {() => string} words what was done
 * @property {Item[]} [pictures] that were judged, as they were shown
 * @property {string} [task] for which they were
 * @property {boolean} [shown] it is worth a line with a button
 * @property {() => void} [focus] gives the focus to what came back, if that is in sight
 *
 * @typedef {Deed & {back: () => void, forgotten: () => void}} Step forgotten: it can no longer be undone
 */

/** Steps beyond these are forgotten. */
const MOST = 200;

export class History {
  /** @type {Step[]} */
  #steps = [];
  #changed = new Listeners();
  /** @type {Listeners<[Step]>} */
  #undone = new Listeners();

  /** What would be undone. */
  get last() {
    return this.#steps.at(-1) ?? null;
  }

  /** @param {() => void} listener hears of every step, and of every one that is undone */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {(step: Step) => void} listener */
  onUndone(listener) {
    this.#undone.add(listener);
  }

  /** @param {Deed} deed @param {() => void} back @param {() => void} [forgotten] the step can no longer be undone */
  did(deed, back, forgotten = () => {}) {
    this.#steps.push({ ...deed, back, forgotten });
    for (const step of this.#steps.splice(0, this.#steps.length - MOST)) step.forgotten();
    this.#changed.tell();
  }

  /** Makes one step of all that `work` does. @param {Deed} deed @param {() => void} work */
  group(deed, work) {
    const before = this.#steps;
    this.#steps = [];
    work();
    const parts = this.#steps.reverse();
    this.#steps = before;
    this.did(deed, () => {
      for (const { back } of parts) back();
    }, () => {
      for (const { forgotten } of parts) forgotten();
    });
  }

  /** The line that offers to undo the last step goes; the step can still be undone. */
  hide() {
    const { last } = this;
    if (last) this.#steps = [...this.#steps.slice(0, -1), { ...last, shown: false }];
    this.#changed.tell();
  }

  /** Undoes the last step. Where there is none, nothing happens. */
  undo() {
    const step = this.#steps.pop();
    if (!step) return;
    step.back();
    this.#undone.tell(step);
    this.#changed.tell();
  }
}
