/**
 * What fits say of pictures that they have not seen: each fold's pictures are judged by a fit to the others' labels, its
 * penalty chosen among those, too.
 */
import { fitClasses, softmax } from './fit-classes.js';
import { fitNumbers } from './fit-numbers.js';
import { fitPairs } from './fit-pairs.js';
import { dealFolds } from './folds.js';
import { outputsOf } from './linear-fit.js';
import { differenceOf, dot, joined } from './matrix.js';

/** @import {Fit, Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */
/** @import {TraitPrediction} from '../percept.js' */

/**
 * Labels on pictures: row by row where a picture lies, how much it counts and what each output should be, [outputs][rows].
 * @typedef {{coordinates: Vector[], targets: Vector[], weights: number[], kind: 'score' | 'classes'}} Labelled
 */

/** Pairs of pictures by their numbers, the better one first. @typedef {{better: number, worse: number, weight: number}} Compared */

/** Lets the worker hear what has come, and say what the fit to all judgements gives each picture. @typedef {(predictions?: TraitPrediction[]) => Promise<void>} Pause */

/** @param {Vector[]} rows @param {number[]} weights @returns {Sample} */
export function sampleOf(rows, weights) {
  const { length: width } = rows[0];
  return { width, rows: joined(rows, width), weights: Float64Array.from(weights) };
}

/** The fit to some of the rows. @param {Labelled} labelled @param {number[]} chosen numbers of rows @param {Fit} [like] a fit to most of them */
export function fitLabels({ coordinates, targets, weights, kind }, chosen, like) {
  const sample = sampleOf(chosen.map((at) => coordinates[at]), chosen.map((at) => weights[at]));
  const wanted = targets.map((target) => Float64Array.from(chosen, (at) => target[at]));
  return kind === 'classes' ? fitClasses(sample, wanted, like) : fitNumbers(sample, wanted, like);
}

/** The fit to some of the pairs. @param {Vector[]} coordinates of the pictures @param {Compared[]} pairs @param {Fit} [like] */
export function fitComparisons(coordinates, pairs, like) {
  const differences = pairs.map(({ better, worse }) => differenceOf(coordinates[better], coordinates[worse]));
  return fitPairs(sampleOf(differences, pairs.map(({ weight }) => weight)), like);
}

/** Some of a list, spread evenly: their order says nothing of the labels. @template Item @param {Item[]} items @param {number} share */
const spread = (items, share) => items.filter((_, at) => Math.floor((at + 1) * share) > Math.floor(at * share));

/** The fold of each row, by the groups of near-duplicates. @param {number[]} groups of the rows @param {number} folds @param {number} seed @param {unknown[]} [strata] of the rows */
export function foldsOf(groups, folds, seed, strata) {
  const dealt = dealFolds(groups, folds, seed, strata);
  return groups.map((group) => /** @type {number} */ (dealt.get(group)));
}

/** The mean of some rows' numbers, or of a class's shares: what a fit says where it knows nothing. @param {Labelled} labelled @param {number[]} rows @param {number} [output] */
export function levelOf({ targets, weights }, rows, output = 0) {
  const total = rows.reduce((sum, at) => sum + weights[at], 0);
  return rows.reduce((sum, at) => sum + weights[at] * targets[output][at], 0) / total;
}

/**
 * Takes outputs from the level of what a fit has seen to that of all labels: numbers, or probabilities of classes. Of a class that is held
 * out the others have less, and their fit would bet against it (Parker, Günter and Bedo, 2007); one that it has not seen it cannot tell.
 * @param {Labelled} labelled @param {number[]} seen rows
 * @returns {(outputs: number[]) => number[]} of a row
 */
export function levelling(labelled, seen) {
  const all = [...labelled.coordinates.keys()];
  const levels = labelled.targets.map((_, output) => ({ whole: levelOf(labelled, all, output), own: levelOf(labelled, seen, output) }));
  if (labelled.kind === 'score') return ([value]) => [value + (levels[0].whole - levels[0].own)];
  const factors = levels.map(({ whole, own }) => (own > 0 ? whole / own : 1));
  return (outputs) => {
    const raised = outputs.map((share, output) => share * factors[output]);
    const sum = raised.reduce((total, each) => total + each, 0);
    return raised.map((share) => share / sum);
  };
}

/**
 * Where each row stands in its fold: its number from the level, by the fold's own spread. Levels and spreads of several fits do not
 * compare: pooled as they are, they make an agreement of 0 look like one below (Parker, Günter and Bedo, 2007).
 * @param {number[]} numbers at one level @param {number[]} foldOf each row @param {number} level
 */
export function standingsOf(numbers, foldOf, level) {
  /** @type {[number[], number[]]} */
  const [squares, counts] = [[], []];
  numbers.forEach((number, at) => {
    squares[foldOf[at]] = (squares[foldOf[at]] ?? 0) + (number - level) * (number - level);
    counts[foldOf[at]] = (counts[foldOf[at]] ?? 0) + 1;
  });
  return numbers.map((number, at) => (number - level) / (Math.sqrt(squares[foldOf[at]] / counts[foldOf[at]]) || 1));
}

/**
 * Each row's outputs by a fit that did not see it, at the level of all labels: [rows][outputs], numbers or probabilities of classes.
 * @param {Labelled} labelled @param {number[]} foldOf each row
 * @param {{like: Fit, share?: number, pause: Pause}} options share: of the other folds' labels that a fit sees
 */
export async function predictHeldOut(labelled, foldOf, { like, share = 1, pause }) {
  /** @type {number[][]} */
  const outputs = new Array(foldOf.length);
  for (const fold of new Set(foldOf)) {
    const seen = spread(foldOf.flatMap((own, at) => (own === fold ? [] : at)), share);
    const fit = fitLabels(labelled, seen, like);
    const level = levelling(labelled, seen);
    foldOf.forEach((own, at) => {
      if (own !== fold) return;
      const given = outputsOf(fit, labelled.coordinates[at]);
      outputs[at] = level(labelled.kind === 'classes' ? softmax(given) : given);
    });
    await pause();
  }
  return outputs;
}

/**
 * Pairs whose two pictures no pair of the fit had, each with its margin: the pictures are dealt into folds several times, since
 * most pairs have their pictures in two of them.
 * @param {Vector[]} coordinates @param {Compared[]} pairs @param {number[]} groups of the pictures
 * @param {{like: Fit, folds: number, seed: number, deals: number, share?: number, pause: Pause}} options
 * @returns {Promise<{pair: number, margin: number}[]>} margin: above 0 where the order is right; one for each pair that could be asked
 */
export async function judgeHeldOut(coordinates, pairs, groups, { like, folds, seed, deals, share = 1, pause }) {
  /** @type {Map<number, number[]>} */
  const margins = new Map();
  for (let deal = 0; deal < deals; deal += 1) {
    const foldOf = foldsOf(groups, folds, seed + deal);
    for (let fold = 0; fold < folds; fold += 1) {
      const isIn = (/** @type {Compared} */ { better, worse }, /** @type {boolean} */ wanted) => (foldOf[better] === fold) === wanted && (foldOf[worse] === fold) === wanted;
      const seen = spread(pairs.filter((pair) => isIn(pair, false)), share);
      if (seen.length === 0) continue;
      const { lines: [line] } = fitComparisons(coordinates, seen, like);
      pairs.forEach((pair, at) => {
        if (!isIn(pair, true)) return;
        const margin = dot(line, 0, coordinates[pair.better], 0, line.length) - dot(line, 0, coordinates[pair.worse], 0, line.length);
        margins.set(at, [...(margins.get(at) ?? []), margin]);
      });
      await pause();
    }
  }
  return Array.from(margins, ([pair, all]) => ({ pair, margin: all.reduce((sum, each) => sum + each, 0) / all.length }))
    .sort((a, b) => a.pair - b.pair);
}
