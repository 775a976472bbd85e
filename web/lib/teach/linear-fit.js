/** A linear fit: what it takes and what it gives, and how its penalty is chosen. */
import { dot, solveLower } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/**
 * Labelled pictures, or pairs of them.
 * @typedef {object} Sample
 * @property {number} width of a row
 * @property {Vector} rows [count, width]: a picture's coordinates, or the better one's less the worse one's
 * @property {Vector} weights [count]: how much each label counts
 */

/**
 * A line for each output: line · x + bias. `factor` is the Cholesky factor of what the labels tell of each direction, the penalty
 * included, by which a picture's reach is found; `noise` the variance of what the lines leave unexplained.
 * @typedef {{lines: Vector[], biases: number[], penalty: number, factor: Vector, noise: number}} Fit
 */

/**
 * A picture's coordinates have a mean square length of 1, so that a penalty is the noise's variance over the signal's: 1 where
 * half of what people say can be told.
 */
export const PENALTIES = [0.1, 0.3, 1, 3, 10, 30];

/** Where the search for the penalty begins when nothing is known. */
const MIDDLE = 3;

/**
 * The best of what the penalties give, found downhill from a first one: the error has one valley but for noise.
 * @template {{error: number, penalty: number}} Tried
 * @param {(penalty: number, before: Tried | null) => Tried} tryOne before: what the one tried before gave
 * @param {number} [first] a penalty that served a similar sample
 * @returns {Tried}
 */
export function bestPenalty(tryOne, first = PENALTIES[MIDDLE]) {
  const at = Math.max(0, PENALTIES.indexOf(first));
  let best = tryOne(PENALTIES[at], null);
  for (const step of [1, -1]) {
    for (let next = at + step; next >= 0 && next < PENALTIES.length; next += step) {
      const tried = tryOne(PENALTIES[next], best);
      if (tried.error >= best.error) break;
      best = tried;
    }
    if (best.penalty !== PENALTIES[at]) break;
  }
  return best;
}

/** What a fit says of a row: [outputs]. @param {Pick<Fit, 'lines' | 'biases'>} fit @param {Vector} row */
export const outputsOf = ({ lines, biases }, row) => lines.map((line, at) => dot(line, 0, row, 0, row.length) + biases[at]);

/** A, with the penalty on its diagonal. @param {Vector} matrix [width, width] @param {number} width @param {number} penalty */
export function penalized(matrix, width, penalty) {
  const result = matrix.slice();
  for (let i = 0; i < width; i += 1) result[i * width + i] += penalty;
  return result;
}

/**
 * How far a row reaches: w xᵀ (L Lᵀ)⁻¹ x, of which a label's leverage is made.
 * @param {Vector} factor of cholesky @param {Vector} x a row @param {number} weight
 */
export function reachOf(factor, x, weight) {
  const half = solveLower(factor, x.length, x.slice());
  return weight * dot(half, 0, half, 0, x.length);
}

/** The same of every row of a sample, four at a time. @param {Vector} factor @param {Sample} sample @returns {Vector} */
export function reachesOf(factor, { width, rows, weights }) {
  const reaches = new Float64Array(weights.length);
  const half = new Float64Array(4 * width);
  for (let first = 0; first < weights.length; first += 4) {
    const count = Math.min(4, weights.length - first);
    half.fill(0);
    for (let row = 0; row < count; row += 1) for (let i = 0; i < width; i += 1) half[4 * i + row] = rows[(first + row) * width + i];
    const squares = solveFour(factor, width, half);
    for (let row = 0; row < count; row += 1) reaches[first + row] = weights[first + row] * squares[row];
  }
  return reaches;
}

/** X = L⁻¹ X in place for four columns, and their squared lengths. @param {Vector} factor @param {number} width @param {Vector} x [width, 4] */
function solveFour(factor, width, x) {
  let [a2, b2, c2, d2] = [0, 0, 0, 0];
  for (let row = 0; row < width; row += 1) {
    let [a, b, c, d] = [x[4 * row], x[4 * row + 1], x[4 * row + 2], x[4 * row + 3]];
    const line = row * width;
    for (let column = 0, at = 0; column < row; column += 1, at += 4) {
      const left = factor[line + column];
      a -= left * x[at];
      b -= left * x[at + 1];
      c -= left * x[at + 2];
      d -= left * x[at + 3];
    }
    const pivot = factor[line + row];
    x[4 * row] = a /= pivot;
    x[4 * row + 1] = b /= pivot;
    x[4 * row + 2] = c /= pivot;
    x[4 * row + 3] = d /= pivot;
    a2 += a * a;
    b2 += b * b;
    c2 += c * c;
    d2 += d * d;
  }
  return [a2, b2, c2, d2];
}

/** Nothing is left of a residual's denominator where a label alone decides its own fit: it then counts a million times. */
export const LEAST_REST = 1e-6;
