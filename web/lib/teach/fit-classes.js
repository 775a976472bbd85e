/** Which of several classes a picture is of: its probabilities are the softmax of the outputs. */
import { exponential } from './exponential.js';
import { fitNumbers } from './fit-numbers.js';
import { addGram, cholesky, dot, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */

const MOST_STEPS = 100;
const SMALL_STEP = 1e-5;

/** The biases' own: so small that it changes nothing, but keeps the factor from having none. */
const BIAS_PENALTY = 1e-6;

/**
 * Softmax regression by Böhning's bound (1992): its Hessian is never above half of the rows' Gram matrix, so that one factor
 * serves every step, and every step goes down. The penalty is the one that serves a ridge regression on zeros and ones best,
 * which vary a quarter as much as a number does; where that regression points is where the steps begin, and nowhere else: what
 * another sample's fit knows must not remain in this one.
 * @param {Sample} sample @param {Vector[]} shares of each class in a row's labels, [count]
 * @param {Pick<Fit, 'penalty'>} [like] a fit to a similar sample
 * @returns {Fit}
 */
export function fitClasses(sample, shares, like) {
  const { penalty, lines: pointing } = fitNumbers(sample, shares, like);
  const { width } = sample;
  const inputs = withOnes(sample);
  const penalties = Float64Array.from({ length: inputs.width }, (_, i) => (i === width ? BIAS_PENALTY : penalty / 4));
  const bound = new Float64Array(inputs.width * inputs.width);
  addGram(bound, inputs.rows, inputs.width, { weights: inputs.weights.map((weight) => weight / 2) });
  penalties.forEach((each, i) => { bound[i * inputs.width + i] += each; });
  const factor = cholesky(bound, inputs.width);
  const steepness = shares.length * shares.length / Math.max(1, shares.length - 1); // of an output over its probability where all are even
  const lines = pointing.map((line) => Float64Array.from([...line.map((value) => steepness * value), 0]));
  for (let step = 0, largest = Infinity; step < MOST_STEPS && largest > SMALL_STEP; step += 1) {
    largest = 0;
    slopesOf(lines, inputs, shares, penalties).forEach((slope, output) => {
      const change = solve(factor, inputs.width, slope);
      change.forEach((each, i) => { lines[output][i] -= each; });
      largest = Math.max(largest, ...change.map(Math.abs));
    });
  }
  return { lines: lines.map((line) => line.slice(0, width)), biases: lines.map((line) => line[width]), penalty, factor, noise: 1 };
}

/** The probabilities of outputs. @param {number[]} outputs */
export function softmax(outputs) {
  const highest = Math.max(...outputs);
  const powers = outputs.map((each) => exponential(each - highest));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
}

/** Rows with an input more, which is always 1: its factor is the bias. @param {Sample} sample @returns {Sample} */
function withOnes({ width, rows, weights }) {
  const all = new Float64Array(weights.length * (width + 1)).fill(1);
  for (let row = 0; row < weights.length; row += 1) all.set(rows.subarray(row * width, (row + 1) * width), row * (width + 1));
  return { width: width + 1, rows: all, weights };
}

/** The gradient of each line. @param {Vector[]} lines @param {Sample} inputs @param {Vector[]} wanted shares of each class @param {Vector} penalties */
function slopesOf(lines, { width, rows, weights }, wanted, penalties) {
  const slopes = lines.map((line) => line.map((value, i) => value * penalties[i]));
  for (let row = 0; row < weights.length; row += 1) {
    const shares = softmax(lines.map((line) => dot(line, 0, rows, row * width, width)));
    shares.forEach((share, output) => {
      const wrong = weights[row] * (share - wanted[output][row]);
      for (let i = 0; i < width; i += 1) slopes[output][i] += wrong * rows[row * width + i];
    });
  }
  return slopes;
}
