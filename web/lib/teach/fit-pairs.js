/**
 * Which picture of a pair is the better one, as a logistic regression on the difference of the two (Bradley and Terry, 1952):
 * P(a before b) = 1 / (1 + exp(-line · (a - b))).
 */
import { logistic, softplus } from './exponential.js';
import { LEAST_REST, bestPenalty, penalized, reachesOf } from './linear-fit.js';
import { addGram, addRows, cholesky, dot, multiply, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */
/** @typedef {{penalty: number, line: Vector, curve: Vector, error: number}} PairFit curve: the objective's, where the line ends */

/** Steps at most; they end sooner where they change nothing. */
const MOST_STEPS = 100;
/** Of the last step: those that would follow change no figure. */
const SMALL_STEP = 1e-7;

/** A step that is a larger part of the one before it than this was taken by a curve that no longer holds. */
const SLOW = 0.3;

/** Steps are halved where they overshoot, but not without end; smaller ones than this no longer do, so near to the end. */
const SHORTEST_STEP = 1e-3;
const SURE_STEP = 1e-3;

/**
 * Each row is the better picture's coordinates less the other's.
 * @param {Sample} sample
 * @param {Pick<Fit, 'lines' | 'penalty'>} [like] a fit to a similar sample, from which this one begins
 * @returns {Fit}
 */
export function fitPairs(sample, like) {
  const start = like?.lines[0] ?? new Float64Array(sample.width);
  const { line, penalty } = bestPenalty((one, /** @type {PairFit | null} */ before) => {
    const found = descend(before?.line ?? start, one, sample, before?.curve ?? null);
    const curve = curveAt(marginsOf(found, sample), sample);
    const factor = cholesky(penalized(curve, sample.width, one), sample.width);
    return { penalty: one, line: found, curve, error: leftOutLoss(marginsOf(found, sample), factor, sample) };
  }, like?.penalty);
  return { lines: [line], biases: [0], penalty, noise: 1 };
}

/** @param {Vector} change */
const largestOf = (change) => change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** line · x of each row. @param {Vector} line @param {Sample} sample */
const marginsOf = (line, { width, rows, weights }) => multiply(rows, line, { stride: width, width, count: weights.length });

/**
 * The line that makes Σ w log(1 + exp(-line · x)) + penalty / 2 · |line|² least, by Newton's steps whose curve is kept for as long
 * as they shrink by it, halved where they overshoot.
 * @param {Vector} start @param {number} penalty @param {Sample} sample @param {Vector | null} known the curve somewhere near
 */
function descend(start, penalty, sample, known) {
  const { width } = sample;
  let line = start;
  let margins = marginsOf(line, sample);
  let least = objectiveOf(line, margins, penalty, sample);
  let factor = cholesky(penalized(known ?? curveAt(margins, sample), width, penalty), width);
  let last = Infinity;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const slope = slopeOf(line, margins, penalty, sample);
    let change = solve(factor, width, slope.slice());
    if (largestOf(change) > SLOW * last) {
      factor = cholesky(penalized(curveAt(margins, sample), width, penalty), width);
      change = solve(factor, width, slope);
    }
    last = largestOf(change);
    let next = line.map((value, i) => value - change[i]);
    let nextMargins = marginsOf(next, sample);
    if (last > SURE_STEP) {
      let value = objectiveOf(next, nextMargins, penalty, sample);
      for (let share = 0.5; value > least && share > SHORTEST_STEP; share /= 2) {
        next = line.map((each, i) => each - share * change[i]);
        nextMargins = marginsOf(next, sample);
        value = objectiveOf(next, nextMargins, penalty, sample);
      }
      if (value > least) break;
      least = value;
    }
    [line, margins] = [next, nextMargins];
    if (last < SMALL_STEP) break;
  }
  return line;
}

/** @param {Vector} line @param {Vector} margins @param {number} penalty @param {Sample} sample */
function objectiveOf(line, margins, penalty, { width, weights }) {
  let sum = penalty / 2 * dot(line, 0, line, 0, width);
  for (let row = 0; row < weights.length; row += 1) sum += weights[row] * softplus(-margins[row]);
  return sum;
}

/** The objective's gradient. @param {Vector} line @param {Vector} margins @param {number} penalty @param {Sample} sample */
function slopeOf(line, margins, penalty, { width, rows, weights }) {
  const slope = line.map((value) => penalty * value);
  addRows(slope, rows, width, margins.map((margin, row) => -weights[row] * logistic(-margin)));
  return slope;
}

/** The objective's Hessian but for the penalty, in the lower triangle. @param {Vector} margins @param {Sample} sample */
function curveAt(margins, { width, rows, weights }) {
  const curve = new Float64Array(width * width);
  addGram(curve, rows, width, margins.map((margin, row) => {
    const wrong = logistic(-margin);
    return weights[row] * wrong * (1 - wrong);
  }));
  return curve;
}

/**
 * The loss over pairs that were each left out, to first order: without its pair a margin m becomes m - s q / (1 - c q), where s
 * is how wrong the pair was, c the curve there, and q = w xᵀ H⁻¹ x.
 * @param {Vector} margins @param {Vector} factor of the Hessian there @param {Sample} sample
 */
function leftOutLoss(margins, factor, sample) {
  const { weights } = sample;
  const reaches = reachesOf(factor, sample);
  let sum = 0;
  for (let row = 0; row < weights.length; row += 1) {
    const wrong = logistic(-margins[row]);
    sum += weights[row] * softplus(wrong * reaches[row] / Math.max(LEAST_REST, 1 - wrong * (1 - wrong) * reaches[row]) - margins[row]);
  }
  return sum;
}
