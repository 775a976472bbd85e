/** What the machine has, and what this page may use of it. */
import { node, onNode } from './node.js';

/** Logical processors, at least 1. */
export function processorCount() {
  const count = onNode ? node('os').availableParallelism() : globalThis.navigator?.hardwareConcurrency;
  return Math.max(1, count ?? 1);
}

/** Whether memory may be shared between workers: a page needs COOP and COEP for that, Node does not. */
export function canShareMemory() {
  return typeof SharedArrayBuffer === 'function' && (onNode || globalThis.crossOriginIsolated === true);
}

/** Asks the browser not to throw this origin's storage away when space is short. It may ask its user; nothing waits. */
export function askToPersist() {
  globalThis.navigator?.storage?.persist?.().catch(() => {});
}
