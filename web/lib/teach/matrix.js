/**
 * The little linear algebra that a linear fit needs. Matrices are Float64Arrays, row by row; every sum runs in one order, so
 * that each engine finds the same bits.
 */

/** @typedef {Float64Array<ArrayBuffer>} Vector */

/**
 * G += Σ w x xᵀ over the rows of X: [rows, width]; only the lower triangle of G: [width, width]. Four rows and two of G's lines at
 * a time, so that each is read and written less often.
 * @param {Vector} gram @param {Vector} rows @param {number} width @param {Vector} weights one for each row
 */
export function addGram(gram, rows, width, weights) {
  const whole = weights.length - weights.length % 4;
  for (let row = 0; row < whole; row += 4) addFour(gram, rows.subarray(row * width, (row + 4) * width), width, weights.subarray(row, row + 4));
  for (let row = whole; row < weights.length; row += 1) {
    const start = row * width;
    for (let i = 0; i < width; i += 1) {
      const left = weights[row] * rows[start + i];
      const line = i * width;
      for (let j = 0; j <= i; j += 1) gram[line + j] += left * rows[start + j];
    }
  }
}

/** @param {Vector} gram @param {Vector} four rows @param {number} width @param {Vector} weights of the four */
function addFour(gram, four, width, weights) {
  const b = width;
  const c = 2 * width;
  const d = 3 * width;
  for (let i = 0; i < width; i += 2) {
    const line = i * width;
    const a0 = weights[0] * four[i];
    const b0 = weights[1] * four[b + i];
    const c0 = weights[2] * four[c + i];
    const d0 = weights[3] * four[d + i];
    const next = i + 1;
    if (next === width) {
      for (let j = 0; j <= i; j += 1) gram[line + j] += a0 * four[j] + b0 * four[b + j] + c0 * four[c + j] + d0 * four[d + j];
      return;
    }
    const below = line + width;
    const a1 = weights[0] * four[next];
    const b1 = weights[1] * four[b + next];
    const c1 = weights[2] * four[c + next];
    const d1 = weights[3] * four[d + next];
    for (let j = 0; j <= i; j += 1) {
      const aj = four[j];
      const bj = four[b + j];
      const cj = four[c + j];
      const dj = four[d + j];
      gram[line + j] += a0 * aj + b0 * bj + c0 * cj + d0 * dj;
      gram[below + j] += a1 * aj + b1 * bj + c1 * cj + d1 * dj;
    }
    gram[below + next] += a1 * four[next] + b1 * four[b + next] + c1 * four[c + next] + d1 * four[d + next];
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
    const line = column * width;
    const pivot = Math.sqrt(factor[line + column] - dot(factor, line, factor, line, column));
    factor[line + column] = pivot;
    let row = column + 1;
    for (; row + 4 <= width; row += 4) {
      const first = row * width;
      const second = first + width;
      const third = second + width;
      const fourth = third + width;
      let a = factor[first + column];
      let b = factor[second + column];
      let c = factor[third + column];
      let d = factor[fourth + column];
      for (let i = 0; i < column; i += 1) {
        const value = factor[line + i];
        a -= factor[first + i] * value;
        b -= factor[second + i] * value;
        c -= factor[third + i] * value;
        d -= factor[fourth + i] * value;
      }
      factor[first + column] = a / pivot;
      factor[second + column] = b / pivot;
      factor[third + column] = c / pivot;
      factor[fourth + column] = d / pivot;
    }
    for (; row < width; row += 1) factor[row * width + column] = (factor[row * width + column] - dot(factor, row * width, factor, line, column)) / pivot;
  }
  return factor;
}

/** x = L⁻¹ b, in place. @param {Vector} factor of cholesky @param {number} width @param {Vector} x */
function solveLower(factor, width, x) {
  for (let row = 0; row < width; row += 1) {
    let value = x[row];
    for (let column = 0; column < row; column += 1) value -= factor[row * width + column] * x[column];
    x[row] = value / factor[row * width + row];
  }
  return x;
}

/** x = (Lᵀ)⁻¹ b, in place. @param {Vector} factor of cholesky @param {number} width @param {Vector} x */
export function solveUpper(factor, width, x) {
  for (let row = width - 1; row >= 0; row -= 1) {
    x[row] /= factor[row * width + row];
    const value = x[row];
    const line = row * width;
    for (let column = 0; column < row; column += 1) x[column] -= value * factor[line + column];
  }
  return x;
}

/** x = (L Lᵀ)⁻¹ b, in place. @param {Vector} factor of cholesky @param {number} width @param {Vector} x */
export const solve = (factor, width, x) => solveUpper(factor, width, solveLower(factor, width, x));

/**
 * M v, four rows at a time.
 * @param {Vector} matrix whose rows lie `stride` apart @param {Vector} vector [width] @param {{stride: number, width: number, count: number}} rows
 * @returns {Vector} [count]
 */
export function multiply(matrix, vector, { stride, width, count }) {
  const result = new Float64Array(count);
  let row = 0;
  for (; row + 4 <= count; row += 4) {
    const first = row * stride;
    const second = first + stride;
    const third = second + stride;
    const fourth = third + stride;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < width; i += 1) {
      const value = vector[i];
      a += matrix[first + i] * value;
      b += matrix[second + i] * value;
      c += matrix[third + i] * value;
      d += matrix[fourth + i] * value;
    }
    result[row] = a;
    result[row + 1] = b;
    result[row + 2] = c;
    result[row + 3] = d;
  }
  for (; row < count; row += 1) result[row] = dot(matrix, row * stride, vector, 0, width);
  return result;
}

/** M'ᵀ v added to `sum`: Σ v[row] of each row, four rows at a time. @param {Vector} sum [width] @param {Vector} rows [count, width] @param {number} width @param {Vector} factors [count] */
export function addRows(sum, rows, width, factors) {
  let row = 0;
  for (; row + 4 <= factors.length; row += 4) {
    const start = row * width;
    const [a, b, c, d] = [factors[row], factors[row + 1], factors[row + 2], factors[row + 3]];
    for (let i = 0; i < width; i += 1) {
      sum[i] += a * rows[start + i] + b * rows[start + width + i] + c * rows[start + 2 * width + i] + d * rows[start + 3 * width + i];
    }
  }
  for (; row < factors.length; row += 1) for (let i = 0; i < width; i += 1) sum[i] += factors[row] * rows[row * width + i];
}

/** Rows one behind the other. @param {Vector[]} rows each [width] @param {number} width @returns {Vector} [rows, width] */
export function joined(rows, width) {
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, at) => all.set(row, at * width));
  return all;
}

/** @param {Vector} a @param {Vector} b */
export const differenceOf = (a, b) => a.map((value, i) => value - b[i]);

/** Σ a[i] b[i] of two stretches of `length` numbers. @param {Vector} a @param {number} atA @param {Vector | Float32Array} b @param {number} atB @param {number} length */
export function dot(a, atA, b, atB, length) {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += a[atA + i] * b[atB + i];
  return sum;
}
