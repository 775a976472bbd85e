/**
 * Which picture of a pair is the better one, as a logistic regression on the difference of the two (Bradley and Terry, 1952):
 * P(a before b) = 1 / (1 + exp(-line · (a - b))).
 */
import { logistic, softplus } from './exponential.js';
import { LEAST_REST, bestPenalty, penalized, reachesOf } from './linear-fit.js';
import { addGram, cholesky, dot, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */
/** @typedef {{penalty: number, line: Vector, factor: Vector, error: number}} PairFit */

/** Newton's steps at most; they end sooner where they change nothing. */
const MOST_STEPS = 20;
/** Of a step whose next would change nothing that a double keeps of the line: each has about the square of the one before. */
const SMALL_STEP = 1e-6;

/** Steps are halved where they overshoot, but not without end. */
const SHORTEST_STEP = 1e-3;

/**
 * Each row is the better picture's coordinates less the other's.
 * @param {Sample} sample
 * @param {Pick<Fit, 'lines' | 'penalty'>} [like] a fit to a similar sample, from which this one begins
 * @returns {Fit}
 */
export function fitPairs(sample, like) {
  const start = like?.lines[0] ?? new Float64Array(sample.width);
  const { line, penalty, factor } = bestPenalty((one, /** @type {PairFit | null} */ before) => {
    const found = newton(before?.line ?? start, one, sample);
    return { penalty: one, ...found, error: leftOutLoss(found.line, found.factor, sample) };
  }, like?.penalty);
  return { lines: [line], biases: [0], penalty, factor, noise: 1 };
}

/**
 * The line that makes Σ w log(1 + exp(-line · x)) + penalty / 2 · |line|² least, by Newton's steps, halved where they overshoot,
 * and the factor of the Hessian one step before it.
 * @param {Vector} start @param {number} penalty @param {Sample} sample
 */
function newton(start, penalty, { width, rows, weights }) {
  let line = start;
  let factor = start;
  let least = pairObjective(line, penalty, { width, rows, weights });
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const here = slopeAndCurve(line, penalty, { width, rows, weights });
    factor = here.factor;
    const change = solve(factor, width, here.gradient);
    let length = 1;
    let [next, value] = [line, Infinity];
    for (; length > SHORTEST_STEP; length /= 2) {
      const share = length;
      next = line.map((each, i) => each - share * change[i]);
      value = pairObjective(next, penalty, { width, rows, weights });
      if (value <= least) break;
    }
    if (value > least) break;
    [line, least] = [next, value];
    if (Math.max(...change.map(Math.abs)) < SMALL_STEP) break;
  }
  return { line, factor };
}

/** @param {Vector} line @param {number} penalty @param {Sample} sample */
function pairObjective(line, penalty, { width, rows, weights }) {
  let sum = penalty / 2 * dot(line, 0, line, 0, width);
  for (let row = 0; row < weights.length; row += 1) sum += weights[row] * softplus(-dot(line, 0, rows, row * width, width));
  return sum;
}

/** The objective's gradient, and the Cholesky factor of its Hessian. @param {Vector} line @param {number} penalty @param {Sample} sample */
function slopeAndCurve(line, penalty, { width, rows, weights }) {
  const gradient = line.map((value) => penalty * value);
  const curves = new Float64Array(weights.length);
  for (let row = 0; row < weights.length; row += 1) {
    const wrong = logistic(-dot(line, 0, rows, row * width, width));
    curves[row] = weights[row] * wrong * (1 - wrong);
    for (let i = 0; i < width; i += 1) gradient[i] -= weights[row] * wrong * rows[row * width + i];
  }
  const hessian = new Float64Array(width * width);
  addGram(hessian, rows, width, curves);
  return { gradient, factor: cholesky(penalized(hessian, width, penalty), width) };
}

/**
 * The loss over pairs that were each left out, to first order: without its pair a margin m becomes m - s q / (1 - c q), where s
 * is how wrong the pair was, c the curve there, and q = w xᵀ H⁻¹ x.
 * @param {Vector} line @param {Vector} factor of the Hessian there @param {Sample} sample
 */
function leftOutLoss(line, factor, { width, rows, weights }) {
  const reaches = reachesOf(factor, { width, rows, weights });
  let sum = 0;
  for (let row = 0; row < weights.length; row += 1) {
    const margin = dot(line, 0, rows, row * width, width);
    const reach = reaches[row];
    const wrong = logistic(-margin);
    sum += weights[row] * softplus(-(margin - wrong * reach / Math.max(LEAST_REST, 1 - wrong * (1 - wrong) * reach)));
  }
  return sum;
}
