import { onAbort } from '../abort.js';

/**
 * A controller that `signal` aborts too, until `release` is called. AbortSignal.any is meant for that, but Node 20
 * can lose such a signal to its garbage collector, and with it the cancellation.
 * @param {AbortSignal} [signal]
 * @returns {{controller: AbortController, release: () => void}}
 */
export function linkedController(signal) {
  const controller = new AbortController();
  return { controller, release: onAbort(signal, () => controller.abort(signal?.reason)) };
}
