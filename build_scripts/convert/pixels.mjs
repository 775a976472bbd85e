/** What pictures are like, where the patch embedding's rounding asks for it. */

/**
 * How far a pixel tells its neighbour of the next row or column, and a colour the next. Photographs have 0.9 to 0.98; the
 * lower end leaves more precision for fine detail and noise.
 */
export const CORRELATION = 0.9;

/** Along one axis of [before, length, after]: what white noise of deviation 1 answers to, instead of pixels. */
function whiten(values, length, after, correlation) {
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let start = 0; start < values.length; start += length * after) {
    for (let lane = start; lane < start + after; lane += 1) {
      let carried = 0;
      for (let i = length - 1; i >= 0; i -= 1) {
        carried = values[lane + i * after] + correlation * carried;
        values[lane + i * after] = i > 0 ? carried * fresh : carried;
      }
    }
  }
}

/**
 * Rewrites filters so that their squared sum is the power of their answers to pictures whose neighbouring pixels and
 * colours correlate, where the plain squared sum is that of answers to white noise.
 * @param {Float32Array} weights [out, 3, patch, patch]
 * @param {number} patch
 * @returns {Float64Array}
 */
export function answersToPictures(weights, patch) {
  const values = Float64Array.from(weights);
  whiten(values, patch, 1, CORRELATION);
  whiten(values, patch, patch, CORRELATION);
  whiten(values, 3, patch * patch, CORRELATION);
  return values;
}
