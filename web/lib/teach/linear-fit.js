/** A linear fit: what it takes and what it gives, and how its penalty is chosen. */
import { dot } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/**
 * Labelled pictures, or pairs of them.
 * @typedef {object} Sample
 * @property {number} width of a row
 * @property {Vector} rows [count, width]: a picture's coordinates, or the better one's less the worse one's
 * @property {Vector} weights [count]: how much each label counts
 */

/**
 * A line for each output: line · x + bias; `noise` is the variance of what the lines leave unexplained.
 * @typedef {{lines: Vector[], biases: number[], penalty: number, noise: number}} Fit
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
 * How far each row reaches, w xᵀ (L Lᵀ)⁻¹ x, of which a label's leverage is made; four at a time.
 * @param {Vector} factor L, of cholesky @param {Sample} sample
 * @returns {Vector}
 */
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

/** X = L⁻¹ X in place for four columns, two rows at a time, and their squared lengths. @param {Vector} factor @param {number} width @param {Vector} x [width, 4] */
function solveFour(factor, width, x) {
  const squares = [0, 0, 0, 0];
  const whole = width - width % 2;
  for (let row = 0; row < whole; row += 2) {
    const at = 4 * row;
    const line = row * width;
    const below = line + width;
    let a0 = x[at];
    let b0 = x[at + 1];
    let c0 = x[at + 2];
    let d0 = x[at + 3];
    let a1 = x[at + 4];
    let b1 = x[at + 5];
    let c1 = x[at + 6];
    let d1 = x[at + 7];
    for (let column = 0, from = 0; column < row; column += 1, from += 4) {
      const left = factor[line + column];
      const lower = factor[below + column];
      const a = x[from];
      const b = x[from + 1];
      const c = x[from + 2];
      const d = x[from + 3];
      a0 -= left * a;
      b0 -= left * b;
      c0 -= left * c;
      d0 -= left * d;
      a1 -= lower * a;
      b1 -= lower * b;
      c1 -= lower * c;
      d1 -= lower * d;
    }
    const pivot = factor[line + row];
    const beside = factor[below + row];
    const next = factor[below + row + 1];
    a0 /= pivot;
    b0 /= pivot;
    c0 /= pivot;
    d0 /= pivot;
    a1 = (a1 - beside * a0) / next;
    b1 = (b1 - beside * b0) / next;
    c1 = (c1 - beside * c0) / next;
    d1 = (d1 - beside * d0) / next;
    x[at] = a0;
    x[at + 1] = b0;
    x[at + 2] = c0;
    x[at + 3] = d0;
    x[at + 4] = a1;
    x[at + 5] = b1;
    x[at + 6] = c1;
    x[at + 7] = d1;
    squares[0] += a0 * a0 + a1 * a1;
    squares[1] += b0 * b0 + b1 * b1;
    squares[2] += c0 * c0 + c1 * c1;
    squares[3] += d0 * d0 + d1 * d1;
  }
  if (whole < width) {
    for (let column = 0; column < 4; column += 1) {
      let value = x[4 * whole + column];
      for (let i = 0; i < whole; i += 1) value -= factor[whole * width + i] * x[4 * i + column];
      value /= factor[whole * width + whole];
      squares[column] += value * value;
    }
  }
  return squares;
}

/** Nothing is left of a residual's denominator where a label alone decides its own fit: it then counts a million times. */
export const LEAST_REST = 1e-6;
