/** How far to trust a fit: figures of what it says of pictures that it has not seen, each with its 95 % interval. */
import { LEAST_FOR_INTERVAL, LEAST_LABELS, groupBy, mean, quantile, ranks, seededRandom, shareInterval, spearman } from '../shared/statistics.js';
import { TWICE, effectiveCount, meanInterval, normalQuantile, rankInterval } from './intervals.js';

/** @import {Figure} from './types.d.ts' */

/**
 * Of numbers: the rank correlation of predicted ones with what people gave.
 * @param {number[]} predicted @param {number[]} given @param {number[]} [clusters] of pictures that are nearly the same, by row
 * @returns {Figure | null} null where one side does not vary, or there is too little of it
 */
export function rankFigure(predicted, given, clusters = [...given.keys()]) {
  if (given.length < LEAST_LABELS) return null;
  const value = spearman(predicted, given);
  if (value === null) return null;
  const [low, high] = rankInterval(value, independentRanks(predicted, given, clusters), TWICE);
  return { measure: 'spearman', value, low, high };
}

/**
 * How many independent pictures a rank correlation is of. A large burst bends the value to itself, so that by the errors from it there
 * seem to be many: it is also asked how many there are where there is nothing to learn.
 * @param {number[]} predicted @param {number[]} given both vary @param {number[]} clusters
 */
export function independentRanks(predicted, given, clusters) {
  const [first, second] = [standardRanks(predicted), standardRanks(given)];
  const products = first.map((one, row) => one * second[row]);
  const value = mean(products);
  const influence = products.map((product, row) => product - value * (first[row] * first[row] + second[row] * second[row]) / 2);
  return Math.min(effectiveCount(products, clusters), effectiveCount(influence, clusters));
}

/** Ranks less their mean, as multiples of their standard deviation. @param {number[]} values that vary */
function standardRanks(values) {
  const all = ranks(values);
  const middle = mean(all);
  const deviation = Math.sqrt(mean(all.map((rank) => (rank - middle) * (rank - middle))));
  return all.map((rank) => (rank - middle) / deviation);
}

/**
 * Of classes or pairs: how many came out right; half a hit is a guess that could not be told apart.
 * @param {'accuracy' | 'pairs'} measure @param {number[]} hits of each: 1, 0 or 0.5
 * @param {number} independent how many of them the interval may count
 * @returns {Figure | null}
 */
export function shareFigure(measure, hits, independent) {
  if (hits.length < LEAST_LABELS) return null;
  const value = mean(hits);
  const [low, high] = /** @type {[number, number]} */ (shareInterval(value * independent, independent));
  return { measure, value, low, high };
}

/** Of hits that pictures nearly the same share. @param {number[]} hits @param {number[]} clusters */
export function independentHits(hits, clusters) {
  const share = mean(hits);
  return effectiveCount(hits.map((hit) => hit - share), clusters);
}

const RESAMPLES = 1000;

/**
 * How much better the second of two fits does on the same pictures: the difference of their figures, and its interval by the
 * paired bootstrap, which draws rows for both at once, and whole clusters of them (Davison and Hinkley, 1997, 3.8).
 * @template Row
 * @param {Row[]} rows @param {(rows: Row[]) => [first: number, second: number] | null} figures @param {number} seed
 * @param {{clusterOf?: (row: Row) => unknown, variance?: number}} [options] variance: of the difference over that of independent rows
 */
export function pairedDifference(rows, figures, seed, { clusterOf = (row) => row, variance = 1 } = {}) {
  const random = seededRandom(seed);
  const clusters = [...groupBy(rows, clusterOf).values()];
  const all = figures(rows);
  const differences = Array.from({ length: RESAMPLES }, () => figures(clusters.flatMap(() => clusters[Math.floor(random() * clusters.length)])))
    .flatMap((both) => (both ? [both[1] - both[0]] : []));
  if (!all || differences.length < RESAMPLES / 2) return null;
  const value = all[1] - all[0];
  const wider = (/** @type {number} */ share) => value + Math.sqrt(variance) * (quantile(differences, share) - value);
  return { value, low: wider(0.025), high: wider(0.975) };
}

/**
 * The same of pairs, whose hits differ by `gains`.
 * @param {number[]} gains @param {number[][]} clusters of both pictures
 * @returns {{value: number, low: number, high: number} | null} null of fewer than five different pictures
 */
export function pairedGain(gains, clusters) {
  if (new Set(clusters.flat()).size < LEAST_FOR_INTERVAL) return null;
  const [low, high] = meanInterval(gains, clusters, { variance: TWICE });
  return { value: mean(gains), low, high };
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

/** Of a table that a person can read, and of what readTrait takes of a stranger: the largest groups. */
const MOST_GROUPS = 100;

/** The share of tables without any bias in which one of the groups may seem to have some. */
const FALSE_TABLES = 0.05;

/**
 * A picture, or its side of a pair.
 * @typedef {object} Compared
 * @property {string | null} group
 * @property {number} picture
 * @property {number[]} clusters of pictures that are nearly the same: its own, and behind it those of others that decide about it
 * @property {number} value model less people, or a hit
 */

/**
 * How far the model lies from people, group by group; groups of fewer than five different pictures are left out, and where there are
 * very many, the smaller ones. The intervals hold all together (Bonferroni): of what has no bias, one of them misses 0 in a twentieth of all tables.
 * @param {Compared[]} rows @param {number | null} [share] of hits: that of all, from which a group's is told by Wilson's interval, which does not end where all are right
 * @returns {{group: string, pictures: number, difference: number, low: number, high: number}[]} by name
 */
export function biasOfGroups(rows, share = null) {
  const shown = [...groupBy(rows, ({ group }) => group)].flatMap(([group, own]) => {
    const different = new Set(own.map(({ clusters }) => clusters[0])).size;
    return group === null || different < LEAST_FOR_INTERVAL ? [] : { group, own, different, pictures: new Set(own.map(({ picture }) => picture)).size };
  }).sort((a, b) => b.pictures - a.pictures || byText(a.group, b.group)).slice(0, MOST_GROUPS);
  const chance = FALSE_TABLES / Math.max(1, shown.length);
  const normal = share === null ? 0 : normalQuantile(chance);
  return shown.sort((a, b) => byText(a.group, b.group)).map(({ group, own, different, pictures }) => {
    const values = own.map(({ value }) => value);
    const clusters = own.map((row) => row.clusters);
    const [low, high] = share === null
      ? meanInterval(values, clusters, { chance, degrees: different - 1 })
      : /** @type {[number, number]} */ (shareOf(values, clusters.map(([first]) => first), normal));
    return { group, pictures, difference: mean(values) - (share ?? 0), low: low - (share ?? 0), high: high - (share ?? 0) };
  });
}

/** @param {number[]} hits @param {number[]} clusters @param {number} normal quantile */
function shareOf(hits, clusters, normal) {
  const independent = independentHits(hits, clusters);
  return shareInterval(mean(hits) * independent, independent, normal);
}

/** @param {string} a @param {string} b */
const byText = (a, b) => (a < b ? -1 : Number(a > b));
