/** How long a download puts up with a server, and when it asks again. */
import { orAborted } from '../abort.js';
import { PerceptError, throwIfAborted } from '../errors.js';

/** @import {Patience} from './types.d.ts' */

/**
 * Milliseconds: `stall` without a byte count as a broken connection; the first wait before another attempt, which
 * doubles up to the longest. `attempts` is how often it asks again without having got any further.
 */
export const PATIENCE = { stall: 20_000, attempts: 5, firstWait: 300, longestWait: 10_000 };

/** A server may ask for a longer wait, up to this many milliseconds. */
const LONGEST_RETRY_AFTER = 60_000;

export class Retries {
  #patience;
  #signal;
  #failures = 0;

  /** @param {Patience} patience @param {AbortSignal} [signal] */
  constructor(patience, signal) {
    this.#patience = patience;
    this.#signal = signal;
  }

  /** Something came: the next failure is the first one again. */
  progressed() {
    this.#failures = 0;
  }

  /**
   * Waits before the next attempt, or throws the error: when another attempt cannot help, or there were enough.
   * @param {unknown} error
   */
  async after(error) {
    throwIfAborted(this.#signal);
    const { attempts, firstWait, longestWait } = this.#patience;
    if (!(error instanceof PerceptError) || error.code !== 'network' || this.#failures >= attempts) throw error;
    const growing = Math.min(longestWait, firstWait * 2 ** this.#failures);
    this.#failures += 1;
    await pause(Math.max(growing, Math.min(waitOf(error), LONGEST_RETRY_AFTER)), this.#signal);
  }
}

/** What the server asked for, in milliseconds. @param {PerceptError & {retryAfter?: number}} error of Transfer.open */
const waitOf = ({ retryAfter = 0 }) => retryAfter;

/** @param {number} milliseconds @param {AbortSignal} [signal] */
async function pause(milliseconds, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const over = new Promise((resolve) => { timer = setTimeout(resolve, milliseconds); });
  await orAborted(over, signal).finally(() => clearTimeout(timer));
}
