/** How bright the pixels of a picture are. Pure. */

/** @typedef {{bins: number[], dark: number, bright: number}} Histogram shares of pixels: from dark to light, and at the ends */

const BINS = 64;
/** Luma at which nothing is left of shadows and lights. */
const ENDS = [3, 252];

/** By Rec. 709's luma. @param {Uint8ClampedArray} data RGBA @returns {Histogram} */
export function countLuma(data) {
  const bins = new Array(BINS).fill(0);
  let [dark, bright] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const luma = 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    bins[Math.min(BINS - 1, Math.floor(luma * (BINS / 256)))] += 1;
    if (luma <= ENDS[0]) dark += 1;
    if (luma >= ENDS[1]) bright += 1;
  }
  const count = data.length / 4 || 1;
  return { bins: bins.map((bin) => bin / count), dark: dark / count, bright: bright / count };
}
