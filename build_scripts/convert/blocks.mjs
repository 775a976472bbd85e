/** Into how many groups the inputs of a quantised layer are cut, each with its own scale. */
import { signalToNoise } from './report.mjs';

/** Near this many inputs share a scale: fewer cost speed, more cost precision. */
const GROUP = 256;
const LEAST = 64;
const MOST = 384;

/** Groups are cut in halves down to this many inputs, the fewest that the engine has room for, while a layer's weights
 * keep less than so many dB of signal to noise: 256 normally distributed weights a group keep 38. */
const FINEST = 32;
const LEAST_DECIBELS = 33;

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

/** The signal-to-noise ratio of rounding that clips nothing, in dB: an error is spread evenly over a step of the scale. */
function expectedDecibels(weights, smooth, inputs, blocks) {
  const group = inputs / blocks;
  let signal = 0;
  let noise = 0;
  for (let start = 0; start < weights.length; start += group) {
    const first = start % inputs;
    let largest = 0;
    let squares = 0;
    for (let k = 0; k < group; k += 1) {
      const weight = weights[start + k];
      signal += weight * weight;
      largest = Math.max(largest, Math.abs(smooth ? weight / smooth[first + k] : weight));
      squares += smooth ? smooth[first + k] ** 2 : 1;
    }
    noise += squares * (largest / 63) ** 2 / 12;
  }
  return noise > 0 ? 10 * Math.log10(signal / noise) : Infinity;
}

/**
 * The fewest groups, from chooseBlocks on by halves, that keep a layer's signal-to-noise ratio. It is measured by
 * packing where the quick estimate does not already promise enough.
 * @param {Omit<import('./engine.mjs').Layer, 'blocks'>} layer
 * @param {import('./engine.mjs').Packer} packer
 * @returns {number}
 */
export function chooseFineBlocks(layer, packer) {
  const { weights, smooth = null, inputs } = layer;
  let blocks = chooseBlocks(inputs);
  for (; inputs % (2 * blocks) === 0 && inputs / (2 * blocks) >= FINEST; blocks *= 2) {
    if (expectedDecibels(weights, smooth, inputs, blocks) >= LEAST_DECIBELS) break;
    if (signalToNoise(weights, packer.q8({ ...layer, blocks }).restored) >= LEAST_DECIBELS) break;
  }
  return blocks;
}
