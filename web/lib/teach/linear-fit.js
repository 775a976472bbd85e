/** A linear fit: what it takes and what it gives, and the penalties that are tried. */
import { dot, solveLower } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/**
 * Labelled pictures, or pairs of them.
 * @typedef {object} Sample
 * @property {number} width of a row
 * @property {Vector} rows [count, width]: a picture's coordinates, or the better one's less the worse one's
 * @property {Vector} weights [count]: how much each label counts
 */

/** @typedef {{lines: Vector[], biases: number[], penalty: number}} Fit a line for each output: line · x + bias */

/**
 * A picture's coordinates have a mean square length of 1, so that a penalty is the noise's variance over the signal's: 1 where
 * half of what people say can be told.
 */
export const PENALTIES = [0.1, 0.3, 1, 3, 10, 30];

/** What a fit says of a row: [outputs]. @param {Fit} fit @param {Vector} row */
export const outputsOf = ({ lines, biases }, row) => lines.map((line, at) => dot(line, 0, row, 0, row.length) + biases[at]);

/** A, with the penalty on its diagonal. @param {Vector} matrix [width, width] @param {number} width @param {number} penalty */
export function penalized(matrix, width, penalty) {
  const result = matrix.slice();
  for (let i = 0; i < width; i += 1) result[i * width + i] += penalty;
  return result;
}

/**
 * How far each row reaches: w xᵀ (L Lᵀ)⁻¹ x, of which a label's leverage is made.
 * @param {Vector} factor of cholesky @param {Vector} x a row @param {number} weight
 */
export function reachOf(factor, x, weight) {
  const half = solveLower(factor, x.length, x.slice());
  return weight * dot(half, 0, half, 0, x.length);
}

/** Nothing is left of a residual's denominator where a label alone decides its own fit: it then counts a million times. */
export const LEAST_REST = 1e-6;
