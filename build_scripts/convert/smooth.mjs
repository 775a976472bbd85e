/**
 * Smoothing: a LayerNorm with a few outlier gains makes a few channels far larger than the others, and a
 * token's one scale must then span them. Such channels are divided down before they are quantised and
 * their weights multiplied up, which changes nothing else: W x = (W / s) (s x).
 */

/** Gains up to this many times the median are left alone: below it smoothing costs more than it brings. */
const OUTLIER = 2;

/**
 * @param {Float32Array} gains the LayerNorm's weights
 * @returns {Float32Array | null} what each channel is multiplied by; null when no gain sticks out
 */
export function smoothFactors(gains) {
  const sizes = gains.map(Math.abs);
  const median = Float32Array.from(sizes).sort()[sizes.length >> 1];
  if (!(median > 0) || !sizes.some((size) => size > OUTLIER * median)) return null;
  return sizes.map((size) => 1 / Math.sqrt(Math.max(1, size / median)));
}
