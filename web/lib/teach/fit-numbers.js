/**
 * Ridge regression (Hoerl and Kennard, 1970) in closed form. The penalty is chosen by leaving each label out in turn: with the
 * leverage h of a label, its residual without it is r / (1 - h). Nothing outside of the given labels has a say in it.
 */
import { LEAST_REST, bestPenalty, penalized, reachesOf } from './linear-fit.js';
import { addGram, addRows, cholesky, dot, multiply, solve } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */

/**
 * A number, or several, for each picture.
 * @param {Sample} sample @param {Vector[]} targets of each output, [count]
 * @param {Pick<Fit, 'penalty'>} [like] a fit to a similar sample
 * @returns {Fit}
 */
export function fitNumbers({ width, rows, weights }, targets, like) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = weightedMean(rows, width, weights, total);
  const middles = targets.map((target) => weightedMean(target, 1, weights, total)[0]);
  const centred = rows.slice();
  for (let start = 0; start < centred.length; start += width) for (let i = 0; i < width; i += 1) centred[start + i] -= centre[i];
  const gram = new Float64Array(width * width);
  addGram(gram, centred, width, weights);
  const offsets = targets.map((target, output) => target.map((value) => value - middles[output]));
  const moments = offsets.map((offset) => momentOf(offset, { width, rows: centred, weights }));
  const { error, lines, penalty } = bestPenalty((one) => {
    const root = cholesky(penalized(gram, width, one), width);
    const found = moments.map((moment) => solve(root, width, moment.slice()));
    return { penalty: one, lines: found, error: leftOutError(found, root, offsets, { width, rows: centred, weights }) };
  }, like?.penalty);
  return {
    lines,
    biases: lines.map((line, output) => middles[output] - dot(line, 0, centre, 0, width)),
    penalty,
    noise: error / total / targets.length,
  };
}

/**
 * The squared error over all labels, each left out in turn.
 * @param {Vector[]} lines @param {Vector} factor @param {Vector[]} offsets targets less their means @param {Sample} sample with centred rows
 */
function leftOutError(lines, factor, offsets, { width, rows, weights }) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const reaches = reachesOf(factor, { width, rows, weights });
  let error = 0;
  lines.forEach((line, output) => {
    const fitted = multiply(rows, line, { stride: width, width, count: weights.length });
    for (let row = 0; row < weights.length; row += 1) {
      const leverage = weights[row] / total + reaches[row];
      const without = (offsets[output][row] - fitted[row]) / Math.max(LEAST_REST, 1 - leverage);
      error += weights[row] * without * without;
    }
  });
  return error;
}

/** Σ w y x @param {Vector} offset y @param {Sample} sample */
function momentOf(offset, { width, rows, weights }) {
  const moment = new Float64Array(width);
  addRows(moment, rows, width, offset.map((value, row) => value * weights[row]));
  return moment;
}

/** @param {Vector} rows [count, width] @param {number} width @param {Vector} weights @param {number} total of the weights */
function weightedMean(rows, width, weights, total) {
  const sum = new Float64Array(width);
  for (let row = 0; row < weights.length; row += 1) for (let i = 0; i < width; i += 1) sum[i] += weights[row] * rows[row * width + i];
  return sum.map((value) => value / total);
}
