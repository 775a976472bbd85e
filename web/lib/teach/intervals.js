/** Intervals for what comes of few pictures, some of which are nearly the same. */
import { exponential } from './exponential.js';
import { NORMAL, mean } from '../shared/statistics.js';

/** @typedef {[low: number, high: number]} Interval */

/**
 * A figure's variance, where judgements check fits to one another, over that of as many things that know nothing of each other: what
 * one of them says of a second the second says of it, so that where there is nothing to learn each chance counts twice. The plain
 * interval is too narrow then (Bates, Hastie and Tibshirani, Cross-validation: what does it estimate, 2023).
 */
export const TWICE = 2;

/** Of differences of two ranks, and beyond: a normal distribution. */
const MANY = 1000;

/** Steps that halve where a quantile lies. */
const HALVINGS = 60;

/**
 * How many independent things rows in clusters are worth: the variance of their errors' sum if each stood alone, over that by clusters
 * (Liang and Zeger, 1986, as a design effect).
 * @param {number[]} errors of the rows, their mean 0 @param {number[]} clusters of the rows @returns {number} as many as there are at most
 */
export function effectiveCount(errors, clusters) {
  const { length: rows } = errors;
  const { alone, together, count } = spreadOf(errors, clusters.map((one) => [one]));
  if (count === rows || alone === 0) return count; // without errors nothing tells how alike they are
  return Math.min(rows, rows * alone / together);
}

/**
 * Squared errors, each alone and summed by what they share. Of rows with two clusters (pairs of pictures) those count together that
 * share one (Aronow, Samii and Assenova, Cluster-robust variance estimation for dyadic data, 2015).
 * @param {number[]} errors @param {number[][]} clusters of each row, as many of each
 */
function spreadOf(errors, clusters) {
  /** @type {Map<number, number>} */
  const sums = new Map();
  errors.forEach((error, row) => { for (const one of clusters[row]) sums.set(one, (sums.get(one) ?? 0) + error); });
  const alone = errors.reduce((sum, error) => sum + error * error, 0);
  const shared = [...sums.values()].reduce((sum, each) => sum + each * each, 0) - (clusters[0].length - 1) * alone;
  const { size: count } = sums;
  return { alone, together: Math.max(alone, shared) * count / Math.max(1, count - 1), count };
}

/**
 * Student's interval of a mean (1908), its variance by clusters.
 * @param {number[]} values @param {number[][]} clusters of each row, as many of each @param {{chance?: number, degrees?: number, variance?: number}} [options]
 *   chance: that the truth lies outside; degrees: of freedom, by default the clusters less one; variance: over that of independent clusters
 * @returns {Interval}
 */
export function meanInterval(values, clusters, { chance = 0.05, degrees, variance = 1 } = {}) {
  const middle = mean(values);
  const { together, count } = spreadOf(values.map((value) => value - middle), clusters);
  const reach = studentQuantile(chance, degrees ?? count - 1) * Math.sqrt(variance * together) / values.length;
  return [middle - reach, middle + reach];
}

/**
 * Of a rank correlation, by Fisher's z (1921), whose ends are found by the addition theorem of tanh. A perfect order is taken for half
 * an exchange of two neighbours less: z has no end, and few pictures are in order by chance.
 * @param {number} value @param {number} count of independent pictures @param {number} [variance] times count - 3; by default Bonett and Wright's (2000)
 * @returns {Interval}
 */
export function rankInterval(value, count, variance = 1 + value * value / 2) {
  if (count <= 3) return [-1, 1];
  const most = 1 - 6 / (count * (count * count - 1));
  const bounded = Math.max(-most, Math.min(most, value));
  const power = exponential(Math.min(40, 2 * NORMAL * Math.sqrt(variance / (count - 3))));
  const reach = (power - 1) / (power + 1);
  return [Math.min(value, (bounded - reach) / (1 - bounded * reach)), Math.max(value, (bounded + reach) / (1 + bounded * reach))];
}

/** Of a normal distribution: beyond it lies this chance, at both ends together. @param {number} chance */
export const normalQuantile = (chance) => studentQuantile(chance, MANY);

/**
 * Of Student's distribution. For even degrees of freedom its integral is a sum without angles; for odd ones the mean of the two
 * beside, which is at most 2 % too wide from five on.
 * @param {number} chance beyond it, at both ends together @param {number} degrees from 2
 * @returns {number}
 */
export function studentQuantile(chance, degrees) {
  if (degrees > MANY) return normalQuantile(chance);
  if (degrees % 2 === 1) return (studentQuantile(chance, degrees - 1) + studentQuantile(chance, degrees + 1)) / 2;
  let [low, high] = [0, 1e6];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (insideStudent(middle, degrees) < 1 - chance) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance between -t and t. @param {number} t @param {number} degrees even */
function insideStudent(t, degrees) {
  const rest = degrees / (degrees + t * t);
  let [sum, term] = [1, 1];
  for (let i = 1; i < degrees / 2; i += 1) {
    term *= rest * (2 * i - 1) / (2 * i);
    sum += term;
  }
  return Math.sqrt(1 - rest) * sum;
}
