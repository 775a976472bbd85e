/** Waiting for a signal, or for a promise and a signal. */
import { abortedBy } from './errors.js';

/** Who waits for which signal. @type {WeakMap<AbortSignal, Set<() => void>>} */
const waiting = new WeakMap();

/**
 * Calls back when the signal is aborted, at once if it is already. However many calls share a signal, it has one
 * listener of ours: Node warns of more than ten.
 * @param {AbortSignal | undefined} signal
 * @param {() => void} callback
 * @returns {() => void} stops waiting
 */
export function onAbort(signal, callback) {
  if (signal?.aborted) callback();
  if (!signal || signal.aborted) return () => {};
  const callbacks = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, callbacks);
    signal.addEventListener('abort', () => { for (const each of callbacks) each(); });
  }
  callbacks.add(callback);
  return () => { callbacks.delete(callback); };
}

/**
 * Settles as the promise does, or rejects as soon as the signal is aborted.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function orAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(abortedBy(signal)));
    promise.then(resolve, reject).finally(stop);
  });
}
