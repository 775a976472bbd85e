/**
 * How far a picture lies from those that the model learnt from: a distance in which some directions have a variance each, and all
 * that is left over has one. These may be principal components (Tipping and Bishop, 1999), or a single direction towards other
 * pictures, with a mean far behind those that it learnt from and nothing for what is left over.
 */
import { PerceptError } from '../errors.js';

/** @import {StoredTensor} from './types.d.ts' */

/** Its tensors lie in the base's shards under such names, and are for this file: the engine does not know them. */
const PREFIX = 'familiarity.';
const NAMES = ['mean', 'axes', 'power', 'rest', 'far'];
/** Measured distances that a share is read from. */
const MOST_FAR = 2 ** 20;

export class Familiarity {
  #width;
  /** @type {Map<string, Float32Array>} */
  #values = new Map();

  /** @param {number} width of an embedding */
  constructor(width) {
    this.#width = width;
  }

  /**
   * Room for a tensor of its own, which is filled later; null for one of the engine's. A tensor that comes again gets other room.
   * @param {Pick<StoredTensor, 'name' | 'dtype' | 'shape'>} tensor
   * @throws {PerceptError} 'unknown-tensor', 'wrong-shape'
   */
  roomFor({ name, dtype, shape }) {
    if (!name.startsWith(PREFIX)) return null;
    const own = name.slice(PREFIX.length);
    if (!NAMES.includes(own)) throw new PerceptError('unknown-tensor', `The model has a tensor '${name}' that nothing reads.`);
    if (dtype !== 'F32' || !this.#fits(own, shape)) throw new PerceptError('wrong-shape', `The tensor '${name}' is ${dtype} [${shape}], which is not what familiarity takes.`);
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    this.#values.set(own, values);
    return new Uint8Array(values.buffer);
  }

  /** @param {string} name @param {number[]} shape */
  #fits(name, shape) {
    const [first, second] = shape;
    if (name === 'axes') return shape.length === 2 && first >= 1 && first <= this.#width && second === this.#width;
    if (shape.length !== 1) return false;
    if (name === 'mean') return first === this.#width;
    if (name === 'rest') return first === 1;
    return first >= 1 && first <= (name === 'power' ? this.#width : MOST_FAR);
  }

  /** Once all tensors are filled. @throws {PerceptError} 'missing-tensor', 'wrong-shape', 'not-finite' */
  ready() {
    const missing = NAMES.find((name) => !this.#values.has(name));
    if (missing) throw new PerceptError('missing-tensor', `The model says how familiar pictures are, but lacks the tensor '${PREFIX}${missing}'.`);
    if (this.#of('axes').length !== this.#of('power').length * this.#width) {
      throw new PerceptError('wrong-shape', `The tensors '${PREFIX}axes' and '${PREFIX}power' do not have as many rows as numbers.`);
    }
    const [power, rest, far] = [this.#of('power'), this.#of('rest'), this.#of('far')];
    const isSound = [...this.#values.values()].every((values) => values.every(Number.isFinite)) && power.every((value) => value > 0)
      && rest[0] > 0 && far.every((value, at) => at === 0 || far[at - 1] <= value);
    if (!isSound) throw new PerceptError('not-finite', 'The numbers behind familiarity are damaged: variances are above 0, and distances ascend.');
  }

  /** @param {string} name */
  #of(name) {
    return /** @type {Float32Array} */ (this.#values.get(name));
  }

  /**
   * Squared, in units of a variance: the sum of p² / power over the axes, and (|c|² - the sum of p²) / rest, where c is the embedding
   * without the mean and p its parts along the axes.
   * @param {ArrayLike<number>} embedding [width], of the bare base
   */
  distance(embedding) {
    const [mean, axes, power, rest] = [this.#of('mean'), this.#of('axes'), this.#of('power'), this.#of('rest')];
    const centred = Float64Array.from(mean, (value, i) => embedding[i] - value);
    let [sum, left] = [0, centred.reduce((squares, value) => squares + value * value, 0)];
    power.forEach((variance, axis) => {
      const part = centred.reduce((product, value, i) => product + value * axes[axis * this.#width + i], 0);
      sum += part * part / variance;
      left -= part * part;
    });
    return sum + left / rest[0];
  }

  /** The share of measured pictures that lie at least as far: 0 for one like none of them. @param {ArrayLike<number>} embedding */
  of(embedding) {
    const far = this.#of('far');
    const distance = this.distance(embedding);
    let [low, high] = [0, far.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (far[middle] < distance) low = middle + 1;
      else high = middle;
    }
    return 1 - low / far.length;
  }
}
