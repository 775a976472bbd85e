/** How far to trust a fit: figures of what it says of pictures that it has not seen, each with an interval. */
import { bootstrapInterval, mean, pearson, ranks, shareInterval, spearman } from '../shared/statistics.js';

/**
 * @typedef {{value: number, low: number, high: number}} Figure with its 95 % interval
 * @typedef {'spearman' | 'accuracy' | 'pairs'} Measure the rank correlation; the share of right classes; of pairs in the right order
 */

/** From fewer labels than this no figure is given: it cannot be known yet. */
export const LEAST_LABELS = 10;

/** @param {number | null} value @param {[number, number] | null} interval @returns {Figure | null} */
const figureOf = (value, interval) => (value === null || interval === null ? null : { value, low: interval[0], high: interval[1] });

/**
 * Of numbers: predicted ones against what people gave, over pictures.
 * @param {number[]} predicted @param {number[]} given
 * @returns {Figure | null} null where one side does not vary, or there is too little of it
 */
export function rankFigure(predicted, given) {
  if (given.length < LEAST_LABELS) return null;
  const rows = given.map((value, at) => [predicted[at], value]);
  const figure = (/** @type {number[][]} */ some) => spearman(some.map(([first]) => first), some.map(([, second]) => second));
  return figureOf(figure(rows), bootstrapInterval(rows, figure));
}

/**
 * Of classes or pairs: how many came out right.
 * @param {boolean[]} right
 * @returns {Figure | null}
 */
export function shareFigure(right) {
  if (right.length < LEAST_LABELS) return null;
  const hits = right.filter(Boolean).length;
  return figureOf(hits / right.length, shareInterval(hits, right.length));
}

/**
 * The pictures on which a fit and people differ most, by rank, so that a fit that is cautious with extremes is not blamed
 * for each of them.
 * @param {number[]} predicted @param {number[]} given @param {number} most
 * @returns {number[]} numbers of pictures, the worst first
 */
export function mostDifferent(predicted, given, most) {
  const [byFit, byPeople] = [ranks(predicted), ranks(given)];
  return given.map((_, at) => at)
    .sort((a, b) => Math.abs(byFit[b] - byPeople[b]) - Math.abs(byFit[a] - byPeople[a]) || a - b)
    .slice(0, most);
}

/** Pictures that two raters share before their agreement says anything. */
const LEAST_SHARED = 5;

/**
 * How far raters agree, which is about as far as any fit can: the mean correlation of a rater with the mean of all others.
 * @param {Map<string, number>[]} byPicture each picture's numbers by rater
 * @returns {{value: number, raters: number} | null} null where no rater shares five pictures with others
 */
export function raterAgreement(byPicture) {
  /** @type {Map<string, {own: number[], others: number[]}>} */
  const byRater = new Map();
  for (const given of byPicture) {
    for (const [rater, value] of given) {
      const others = Array.from(given).filter(([name]) => name !== rater).map(([, other]) => other);
      if (others.length === 0) continue;
      const pairs = byRater.get(rater) ?? { own: [], others: [] };
      pairs.own.push(value);
      pairs.others.push(mean(others));
      byRater.set(rater, pairs);
    }
  }
  const correlations = Array.from(byRater.values())
    .filter(({ own }) => own.length >= LEAST_SHARED)
    .flatMap(({ own, others }) => pearson(own, others) ?? []);
  return correlations.length === 0 ? null : { value: mean(correlations), raters: correlations.length };
}
