/** The graphics card that this browser lets a page use. */

/**
 * @typedef {object} Card
 * @property {string | null} missing why there is none, as a table says it
 * @property {string} words
 * @property {boolean} halves whether it computes in float16
 * @property {boolean} imitation whether the processor imitates it
 */

const none = (missing, words) => ({ missing, words, halves: false, imitation: false });

/** @returns {Promise<Card>} */
export async function findCard() {
  if (!navigator.gpu) {
    return none('not in this browser', isSecureContext
      ? 'not in this browser: it has no WebGPU.'
      : 'not in this browser at this address: WebGPU needs https or localhost.');
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return none('no graphics card', 'this browser has WebGPU, but no graphics card for it.');
  const { vendor = '', architecture = '', description = '', isFallbackAdapter = false } = adapter.info ?? {};
  const halves = adapter.features.has('shader-f16');
  const named = [description || vendor, architecture].filter(Boolean).join(', ') || 'a card that the browser does not name';
  return {
    missing: null,
    words: `${named}; ${halves ? 'computes in float16' : 'without float16, so float32'}${isFallbackAdapter ? '; imitated on the processor, no real card' : ''}`,
    halves,
    imitation: isFallbackAdapter,
  };
}
