/**
 * The little linear algebra that a linear fit needs. Matrices are Float64Arrays, row by row; every sum runs in one order, so
 * that each engine finds the same bits.
 */

/** @typedef {Float64Array<ArrayBuffer>} Vector */

/**
 * G += Σ w x xᵀ over the rows of X: [rows, width]; only the lower triangle of G: [width, width]. Four rows at a time, so that G
 * is read and written a quarter as often.
 * @param {Vector} gram @param {Vector} rows @param {number} width @param {Vector} weights one for each row
 */
export function addGram(gram, rows, width, weights) {
  const whole = weights.length - weights.length % 4;
  for (let row = 0; row < whole; row += 4) {
    const [a, b, c, d] = [row * width, (row + 1) * width, (row + 2) * width, (row + 3) * width];
    for (let i = 0; i < width; i += 1) {
      const [left, second, third, fourth] = [weights[row] * rows[a + i], weights[row + 1] * rows[b + i], weights[row + 2] * rows[c + i], weights[row + 3] * rows[d + i]];
      const line = i * width;
      for (let j = 0; j <= i; j += 1) gram[line + j] += left * rows[a + j] + second * rows[b + j] + third * rows[c + j] + fourth * rows[d + j];
    }
  }
  for (let row = whole; row < weights.length; row += 1) {
    const start = row * width;
    for (let i = 0; i < width; i += 1) {
      const left = weights[row] * rows[start + i];
      const line = i * width;
      for (let j = 0; j <= i; j += 1) gram[line + j] += left * rows[start + j];
    }
  }
}

/**
 * The Cholesky factor L of A = L Lᵀ, in the lower triangle of a new matrix. A is [width, width], positive definite, and read
 * in its lower triangle alone.
 * @param {Vector} matrix @param {number} width
 * @returns {Vector}
 */
export function cholesky(matrix, width) {
  const factor = matrix.slice();
  for (let column = 0; column < width; column += 1) {
    const pivot = column * width + column;
    factor[pivot] = Math.sqrt(factor[pivot]);
    for (let row = column + 1; row < width; row += 1) factor[row * width + column] /= factor[pivot];
    for (let row = column + 1; row < width; row += 1) {
      const left = factor[row * width + column];
      for (let other = column + 1; other <= row; other += 1) factor[row * width + other] -= left * factor[other * width + column];
    }
  }
  return factor;
}

/** x = L⁻¹ b, in place. @param {Vector} factor of cholesky @param {number} width @param {Vector} x */
export function solveLower(factor, width, x) {
  for (let row = 0; row < width; row += 1) {
    let value = x[row];
    for (let column = 0; column < row; column += 1) value -= factor[row * width + column] * x[column];
    x[row] = value / factor[row * width + row];
  }
  return x;
}

/** x = (L Lᵀ)⁻¹ b, in place. @param {Vector} factor of cholesky @param {number} width @param {Vector} x */
export function solve(factor, width, x) {
  solveLower(factor, width, x);
  for (let row = width - 1; row >= 0; row -= 1) {
    let value = x[row];
    for (let below = row + 1; below < width; below += 1) value -= factor[below * width + row] * x[below];
    x[row] = value / factor[row * width + row];
  }
  return x;
}

/** Σ a[i] b[i] of two stretches of `length` numbers. @param {Vector} a @param {number} atA @param {Vector} b @param {number} atB @param {number} length */
export function dot(a, atA, b, atB, length) {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += a[atA + i] * b[atB + i];
  return sum;
}
