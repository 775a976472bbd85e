/** 8-bit views [count, size, size, 3] as the normalised floats that other runtimes take. */

/** @returns {Float32Array} [count, size, size, 3] */
export function interleaved(views, { mean, std }) {
  return Float32Array.from(views, (value, at) => (value / 255 - mean[at % 3]) / std[at % 3]);
}

/** @returns {Float32Array} [count, 3, size, size] */
export function planar(views, count, size, normalization) {
  const pixels = interleaved(views, normalization);
  const area = size * size;
  const result = new Float32Array(pixels.length);
  for (let at = 0; at < count * area; at += 1) {
    const view = Math.floor(at / area);
    for (let channel = 0; channel < 3; channel += 1) result[(view * 3 + channel) * area + (at % area)] = pixels[at * 3 + channel];
  }
  return result;
}
