/** Medians, spreads, cosines. */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, and half of the distance between the quartiles. */
export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quartile = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return { median: median(values), spread: (quartile(0.75) - quartile(0.25)) / 2, runs: values.length };
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function cosine(a, b) {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    product += a[i] * b[i];
    squaresA += a[i] ** 2;
    squaresB += b[i] ** 2;
  }
  return product / Math.sqrt(squaresA * squaresB);
}
