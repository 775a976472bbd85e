/** How far to trust a fit: figures of what it says of pictures that it has not seen, each with its 95 % interval. */
import { LEAST_LABELS, bootstrapInterval, groupBy, mean, quantile, ranks, seededRandom, shareInterval, spearman } from '../shared/statistics.js';
import { exponential, logarithm } from './exponential.js';

/** @import {Figure} from './types.d.ts' */

const NORMAL = 1.959964;

/** (e^2x - 1) / (e^2x + 1) @param {number} x */
function tanh(x) {
  const power = exponential(2 * x);
  return (power - 1) / (power + 1);
}

/**
 * Of numbers: the rank correlation of predicted ones with what people gave. Its interval is Bonett and Wright's (2000), who widen
 * Fisher's for ranks: it costs nothing, and holds for a few dozen pictures as well as a bootstrap does.
 * @param {number[]} predicted @param {number[]} given
 * @returns {Figure | null} null where one side does not vary, or there is too little of it
 */
export function rankFigure(predicted, given) {
  if (given.length < LEAST_LABELS) return null;
  const value = spearman(predicted, given);
  if (value === null) return null;
  const bounded = Math.max(-0.999999, Math.min(0.999999, value));
  const middle = logarithm((1 + bounded) / (1 - bounded)) / 2;
  const reach = NORMAL * Math.sqrt((1 + value * value / 2) / (given.length - 3));
  return { measure: 'spearman', value, low: tanh(middle - reach), high: tanh(middle + reach) };
}

/**
 * Of classes or pairs: how many came out right; half a hit is a guess that could not be told apart.
 * @param {'accuracy' | 'pairs'} measure @param {number[]} hits of each: 1, 0 or 0.5
 * @param {number} [independent] how many of them the interval may count: pairs share pictures
 * @returns {Figure | null}
 */
export function shareFigure(measure, hits, independent = hits.length) {
  if (hits.length < LEAST_LABELS) return null;
  const value = mean(hits);
  const [low, high] = /** @type {[number, number]} */ (shareInterval(value * independent, independent));
  return { measure, value, low, high };
}

const RESAMPLES = 1000;

/**
 * How much better the second of two fits does on the same pictures: the difference of their figures, and its interval by the
 * paired bootstrap, which draws rows for both at once.
 * @template Row
 * @param {Row[]} rows @param {(rows: Row[]) => [first: number, second: number] | null} figures @param {number} seed
 */
export function pairedDifference(rows, figures, seed) {
  const random = seededRandom(seed);
  const all = figures(rows);
  const differences = Array.from({ length: RESAMPLES }, () => figures(rows.map(() => rows[Math.floor(random() * rows.length)])))
    .flatMap((both) => (both ? [both[1] - both[0]] : []));
  if (!all || differences.length < RESAMPLES / 2) return null;
  return { value: all[1] - all[0], low: quantile(differences, 0.025), high: quantile(differences, 0.975) };
}

/**
 * The rows in which a fit and people differ most, by rank, so that a fit that is cautious with extremes is not blamed for each
 * of them.
 * @param {number[]} predicted @param {number[]} given @param {number} most
 * @returns {number[]} numbers of rows, the worst first
 */
export function mostDifferent(predicted, given, most) {
  const [byFit, byPeople] = [ranks(predicted), ranks(given)];
  return given.map((_, at) => at)
    .sort((a, b) => Math.abs(byFit[b] - byPeople[b]) - Math.abs(byFit[a] - byPeople[a]) || a - b)
    .slice(0, most);
}

/** Things that a group must have before its mean says anything. */
const LEAST_IN_GROUP = 5;

/** Of a table that a person can read, and of what readTrait takes of a stranger: the largest groups. */
export const MOST_GROUPS = 100;

/**
 * How far the model lies from people, group by group, with a bootstrap's interval; groups of fewer than five are left out, and
 * where there are very many, the smaller ones.
 * @param {{group: string | null, difference: number}[]} rows
 * @returns {{group: string, pictures: number, difference: number, low: number, high: number}[]} by name
 */
export function biasOfGroups(rows) {
  return [...groupBy(rows, ({ group }) => group)].flatMap(([group, own]) => (group === null || own.length < LEAST_IN_GROUP ? [] : { group, own }))
    .sort((a, b) => b.own.length - a.own.length || byText(a.group, b.group))
    .slice(0, MOST_GROUPS)
    .sort((a, b) => byText(a.group, b.group))
    .flatMap(({ group, own }) => {
      const differences = own.map(({ difference }) => difference);
      const interval = bootstrapInterval(differences, mean);
      return interval ? [{ group, pictures: own.length, difference: mean(differences), low: interval[0], high: interval[1] }] : [];
    });
}

/** @param {string} a @param {string} b */
const byText = (a, b) => (a < b ? -1 : Number(a > b));
