/** One tab of this origin at a time. */
import { onAbort } from '../abort.js';
import { throwIfAborted } from '../errors.js';
import { linkedController } from './linked.js';

/**
 * Runs `work` alone among the tabs of this origin, where the browser gives locks. A tab can be frozen while it holds one: once
 * `late` is aborted, `work` runs beside it.
 * @template T
 * @param {string} name
 * @param {{signal?: AbortSignal, late: AbortSignal}} options
 * @param {(isAlone: boolean) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, { signal, late }, work) {
  if (!globalThis.navigator?.locks) return work(true);
  const { controller: waiting, release } = linkedController(signal);
  const forget = onAbort(late, () => waiting.abort());
  let begun = false;
  try {
    return await navigator.locks.request(name, { signal: waiting.signal }, () => {
      begun = true;
      return work(true);
    });
  } catch (error) {
    if (begun) throw error;
    throwIfAborted(signal);
  } finally {
    forget();
    release();
  }
  return work(!late.aborted); // where locks are refused it is as if there were none
}
