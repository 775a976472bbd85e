/** Which of several classes a picture is of: its probabilities are the softmax of the outputs. */
import { exponential, logarithm } from './exponential.js';
import { fitNumbers } from './fit-numbers.js';
import { addGram, addRows, cholesky, dot, multiply, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */
/** @typedef {{inputs: Sample, shares: Vector[], penalties: Vector}} Problem inputs: with a one behind each row */
/** @typedef {{way: Vector, bend: Vector, product: number}} Step how far it went, how the slope changed, and the product of both */

/** Steps at most; they end sooner where they change nothing. */
const MOST_STEPS = 100;
/** Of a step: those that would follow change no figure. */
const SMALL_STEP = 1e-6;
/** Steps that are remembered. */
const MEMORY = 8;
/** Steps are halved where they overshoot, but not without end. */
const SHORTEST_STEP = 1e-3;

/** The biases' own: so small that it changes nothing, but keeps the factor from having none. */
const BIAS_PENALTY = 1e-6;

/**
 * Softmax regression by L-BFGS (Liu and Nocedal, 1989) over Böhning's bound (1992): the Hessian is never above half of the rows'
 * Gram matrix, one factor of which every step starts from. The penalty is the one that serves a ridge regression on zeros and ones
 * best, which vary a quarter as much as a number does; where that regression points is where the steps begin.
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
  return { lines: lines.map((line) => line.slice(0, width)), biases: lines.map((line) => line[width]), penalty, noise: 1 };
}

/**
 * @param {Vector} lines [outputs, width] @param {Vector} factor of the bound @param {Problem} problem
 * @returns {Vector} where no step leads further down
 */
function descend(lines, factor, problem) {
  /** @type {Step[]} */
  const steps = [];
  let here = { lines, ...objectiveOf(lines, problem) };
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const direction = directionOf(here.slope, steps, factor, problem.inputs.width);
    let next = here;
    for (let share = 1; share > SHORTEST_STEP; share /= 2) {
      const moved = here.lines.map((value, i) => value - share * direction[i]);
      next = { lines: moved, ...objectiveOf(moved, problem) };
      if (next.value <= here.value) break;
    }
    if (next.value > here.value) break; // by rounding: it is at the bottom
    const way = next.lines.map((value, i) => value - here.lines[i]);
    const bend = next.slope.map((value, i) => value - here.slope[i]);
    const product = dot(way, 0, bend, 0, way.length);
    here = next;
    if (way.every((value) => Math.abs(value) < SMALL_STEP)) break;
    if (product > 0) steps.push({ way, bend, product });
    if (steps.length > MEMORY) steps.shift();
  }
  return here.lines;
}

/** The slope through what the steps say of the inverse Hessian, the oldest first. @param {Vector} slope @param {Step[]} steps @param {Vector} factor of the bound @param {number} width */
function directionOf(slope, steps, factor, width) {
  const direction = slope.slice();
  const shares = steps.map(() => 0);
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const { way, bend, product } = steps[at];
    shares[at] = dot(way, 0, direction, 0, way.length) / product;
    for (let i = 0; i < direction.length; i += 1) direction[i] -= shares[at] * bend[i];
  }
  solveEach(factor, width, direction);
  const last = steps.at(-1);
  if (last) {
    const bent = solveEach(factor, width, last.bend.slice());
    const scale = last.product / dot(last.bend, 0, bent, 0, bent.length); // how far the bound lies above the curve along the last step
    for (let i = 0; i < direction.length; i += 1) direction[i] *= scale;
  }
  steps.forEach(({ way, bend, product }, at) => {
    const rest = shares[at] - dot(bend, 0, direction, 0, bend.length) / product;
    for (let i = 0; i < direction.length; i += 1) direction[i] += rest * way[i];
  });
  return direction;
}

/** Each line through the bound, in place. @param {Vector} factor @param {number} width @param {Vector} lines [outputs, width] */
function solveEach(factor, width, lines) {
  for (let start = 0; start < lines.length; start += width) solve(factor, width, lines.subarray(start, start + width));
  return lines;
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

/** The loss and its gradient, [outputs, width]. @param {Vector} lines @param {Problem} problem */
function objectiveOf(lines, { inputs: { width, rows, weights }, shares, penalties }) {
  const slope = lines.map((value, i) => value * penalties[i % width]);
  let value = dot(lines, 0, slope, 0, lines.length) / 2;
  const outputs = shares.map((_, output) => multiply(rows, lines.subarray(output * width, (output + 1) * width), { stride: width, width, count: weights.length }));
  for (let row = 0; row < weights.length; row += 1) {
    let highest = -Infinity;
    for (const own of outputs) highest = Math.max(highest, own[row]);
    let sum = 0;
    for (let output = 0; output < outputs.length; output += 1) {
      const given = outputs[output][row] - highest;
      value -= weights[row] * shares[output][row] * given;
      outputs[output][row] = exponential(given);
      sum += outputs[output][row];
    }
    value += weights[row] * logarithm(sum);
    for (let output = 0; output < outputs.length; output += 1) outputs[output][row] = weights[row] * (outputs[output][row] / sum - shares[output][row]);
  }
  outputs.forEach((wrong, output) => addRows(slope.subarray(output * width, (output + 1) * width), rows, width, wrong));
  return { value, slope };
}
