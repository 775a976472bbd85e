import { onAbort, orAborted } from './abort.js';

/** Calls behind the one at work that may be prepared. More would gain nothing, and hold more pictures. */
const AHEAD = 2;

/**
 * @template Result, Prepared
 * @typedef {object} Turn
 * @property {(prepared: Promise<Prepared> | null) => Promise<Result>} work is given what `prepare` gave, if that was asked
 * @property {() => Promise<Prepared>} [prepare] is asked only where others are at work before
 * @property {AbortSignal} [signal] the call that is cancelled returns at once, and its turn passes on
 */

/** Calls are done one after the other; the next ones prepare themselves meanwhile. */
export class Turns {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** In their order; the first is at work. @type {{prepare: (() => void) | null, signal?: AbortSignal}[]} */
  #calls = [];

  /**
   * @template Result, Prepared
   * @param {Turn<Result, Prepared>} turn
   * @returns {Promise<Result>}
   */
  take({ work, prepare, signal }) {
    /** @type {Promise<Prepared> | null} */
    let prepared = null;
    const call = {
      signal,
      prepare: prepare ? () => {
        prepared = prepare();
        prepared.catch(() => {}); // its turn will tell
      } : null,
    };
    this.#calls.push(call);
    const stopWaiting = onAbort(signal, () => this.#prepareNext());
    const answer = this.#last.then(() => work(prepared)).finally(() => {
      stopWaiting();
      this.#calls.shift();
      this.#prepareNext();
    });
    this.#last = answer.catch(() => {});
    this.#prepareNext();
    return orAborted(answer, signal);
  }

  #prepareNext() {
    const wanted = this.#calls.slice(1).filter(({ signal }) => !signal?.aborted).slice(0, AHEAD);
    for (const call of wanted) {
      call.prepare?.();
      call.prepare = null;
    }
  }
}
