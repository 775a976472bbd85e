/** Into how many groups the inputs of a quantised layer are cut, each with its own scale. */

/** Near this many inputs share a scale: fewer cost speed, more cost precision (measured in the README). */
const GROUP = 256;
const LEAST = 64;
const MOST = 384;

/**
 * The divisor of `inputs` whose groups come nearest to 256 inputs, among groups of 64 to 384; without
 * such a divisor, a single group.
 * @param {number} inputs
 * @returns {number}
 */
export function chooseBlocks(inputs) {
  let best = 1;
  for (let blocks = 2; inputs / blocks >= LEAST; blocks += 1) {
    if (inputs % blocks !== 0 || inputs / blocks > MOST) continue;
    const isFirst = best === 1 && inputs > MOST;
    if (isFirst || Math.abs(inputs / blocks - GROUP) < Math.abs(inputs / best - GROUP)) best = blocks;
  }
  return best;
}
