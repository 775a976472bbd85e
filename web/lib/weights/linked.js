/**
 * A controller that `signal` aborts too, until `release` is called. AbortSignal.any is meant for that, but Node 20
 * can lose such a signal to its garbage collector, and with it the cancellation.
 * @param {AbortSignal} [signal]
 * @returns {{controller: AbortController, release: () => void}}
 */
export function linkedController(signal) {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return { controller, release: () => signal?.removeEventListener('abort', abort) };
}
