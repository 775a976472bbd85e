/** Which of several classes a picture is of: its probabilities are the softmax of the outputs. */
import { exponential } from './exponential.js';
import { fitNumbers } from './fit-numbers.js';
import { addGram, cholesky, dot, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */
/** @typedef {{inputs: Sample, shares: Vector[], penalties: Vector}} Problem inputs: with a one behind each row */

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
  addGram(bound, inputs.rows, inputs.width, inputs.weights.map((weight) => weight / 2));
  penalties.forEach((each, i) => { bound[i * inputs.width + i] += each; });
  const factor = cholesky(bound, inputs.width);
  const steepness = shares.length * shares.length / Math.max(1, shares.length - 1); // of an output over its probability where all are even
  const start = new Float64Array(shares.length * inputs.width);
  pointing.forEach((line, output) => line.forEach((value, i) => { start[output * inputs.width + i] = steepness * value; }));
  const found = descend(start, factor, { inputs, shares, penalties });
  const lines = shares.map((_, output) => found.slice(output * inputs.width, (output + 1) * inputs.width));
  return { lines: lines.map((line) => line.slice(0, width)), biases: lines.map((line) => line[width]), penalty, factor, noise: 1 };
}

/**
 * Steps down the bound with Nesterov's momentum, which begins anew where it leads uphill (O'Donoghue and Candès, 2015).
 * @param {Vector} lines [outputs, width] @param {Vector} factor of the bound @param {Problem} problem
 */
function descend(lines, factor, problem) {
  const { width } = problem.inputs;
  let current = lines;
  let ahead = lines;
  let age = 0;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = ahead.slice();
    const slope = slopesOf(ahead, problem);
    for (let start = 0; start < next.length; start += width) {
      const change = solve(factor, width, slope.slice(start, start + width));
      for (let i = 0; i < width; i += 1) next[start + i] -= change[i];
    }
    let [largest, uphill] = [0, 0];
    for (let i = 0; i < next.length; i += 1) {
      largest = Math.max(largest, Math.abs(next[i] - ahead[i]));
      uphill += (ahead[i] - next[i]) * (next[i] - current[i]);
    }
    age = uphill > 0 ? 0 : age + 1;
    const momentum = age / (age + 3);
    const before = current;
    current = next;
    if (largest < SMALL_STEP) break;
    ahead = next.map((value, i) => value + momentum * (value - before[i]));
  }
  return current;
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

/** The gradient of each line: [outputs, width]. @param {Vector} lines @param {Problem} problem */
function slopesOf(lines, { inputs: { width, rows, weights }, shares, penalties }) {
  const slopes = lines.map((value, i) => value * penalties[i % width]);
  const outputs = new Float64Array(shares.length);
  for (let row = 0; row < weights.length; row += 1) {
    const start = row * width;
    let highest = -Infinity;
    for (let output = 0; output < outputs.length; output += 1) {
      outputs[output] = dot(lines, output * width, rows, start, width);
      highest = Math.max(highest, outputs[output]);
    }
    let sum = 0;
    for (let output = 0; output < outputs.length; output += 1) {
      outputs[output] = exponential(outputs[output] - highest);
      sum += outputs[output];
    }
    for (let output = 0; output < outputs.length; output += 1) {
      const wrong = weights[row] * (outputs[output] / sum - shares[output][row]);
      const line = output * width;
      for (let i = 0; i < width; i += 1) slopes[line + i] += wrong * rows[start + i];
    }
  }
  return slopes;
}
