/**
 * What fits say of pictures that they have not seen: each fold's pictures are judged by a fit to the others' labels, its
 * penalty chosen among those, too.
 */
import { fitClasses, softmax } from './fit-classes.js';
import { fitNumbers } from './fit-numbers.js';
import { fitPairs } from './fit-pairs.js';
import { dealFolds } from './folds.js';
import { outputsOf } from './linear-fit.js';
import { dot } from './matrix.js';

/** @import {Sample} from './linear-fit.js' */
/** @import {Vector} from './matrix.js' */

/**
 * Labels on pictures; `targets` are numbers, or numbers of classes where `classes` says how many there are.
 * @typedef {{coordinates: Vector[], targets: number[], weights: number[], classes?: number}} Labelled
 */

/** Pairs of pictures by their numbers, the better one first. @typedef {{better: number, worse: number, weight: number}} Compared */

/** @param {Vector[]} rows @param {number[]} weights @returns {Sample} */
export function sampleOf(rows, weights) {
  const width = rows[0].length;
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, at) => all.set(row, at * width));
  return { width, rows: all, weights: Float64Array.from(weights) };
}

/** The fit to some of the labels. @param {Labelled} labelled @param {number[]} chosen numbers of pictures */
export function fitLabels({ coordinates, targets, weights, classes }, chosen) {
  const sample = sampleOf(chosen.map((at) => coordinates[at]), chosen.map((at) => weights[at]));
  const wanted = chosen.map((at) => targets[at]);
  return classes === undefined ? fitNumbers(sample, [Float64Array.from(wanted)]) : fitClasses(sample, Int32Array.from(wanted), classes);
}

/** The fit to some of the pairs. @param {Vector[]} coordinates of the pictures @param {Compared[]} pairs */
export function fitComparisons(coordinates, pairs) {
  const differences = pairs.map(({ better, worse }) => coordinates[better].map((value, i) => value - coordinates[worse][i]));
  return fitPairs(sampleOf(differences, pairs.map(({ weight }) => weight)));
}

/**
 * Each picture's outputs by a fit that did not see it: [pictures][outputs], probabilities of classes.
 * @param {Labelled} labelled @param {number[]} groups of the pictures, as groupAlike gives them
 * @param {{folds: number, seed: number, share?: number}} options share: of the other folds' labels that a fit sees
 */
export function predictHeldOut(labelled, groups, { folds, seed, share = 1 }) {
  const dealt = dealFolds(groups, folds, seed);
  const foldOf = groups.map((group) => /** @type {number} */ (dealt.get(group)));
  /** @type {number[][]} */
  const outputs = new Array(groups.length);
  for (let fold = 0; fold < folds; fold += 1) {
    const others = groups.map((_, at) => at).filter((at) => foldOf[at] !== fold);
    const seen = others.filter((_, at) => Math.floor((at + 1) * share) > Math.floor(at * share)); // spread evenly: the order says nothing of the labels
    const fit = fitLabels(labelled, seen);
    for (let at = 0; at < groups.length; at += 1) {
      if (foldOf[at] !== fold) continue;
      const given = outputsOf(fit, labelled.coordinates[at]);
      outputs[at] = labelled.classes === undefined ? given : softmax(given);
    }
  }
  return outputs;
}

/**
 * Pairs whose two pictures no pair of the fit had, each with whether it came out right: the pictures are dealt into folds
 * several times, since most pairs have their pictures in two of them.
 * @param {Vector[]} coordinates @param {Compared[]} pairs @param {number[]} groups of the pictures
 * @param {{folds: number, seed: number, deals: number}} options
 * @returns {{pair: number, margin: number}[]} margin: above 0 where the order is right; one for each pair that could be asked
 */
export function judgeHeldOut(coordinates, pairs, groups, { folds, seed, deals }) {
  /** @type {Map<number, number[]>} */
  const margins = new Map();
  for (let deal = 0; deal < deals; deal += 1) {
    const dealt = dealFolds(groups, folds, seed + deal);
    const foldOf = (/** @type {number} */ picture) => dealt.get(groups[picture]);
    for (let fold = 0; fold < folds; fold += 1) {
      const seen = pairs.filter(({ better, worse }) => foldOf(better) !== fold && foldOf(worse) !== fold);
      if (seen.length === 0) continue;
      const { lines: [line] } = fitComparisons(coordinates, seen);
      pairs.forEach(({ better, worse }, at) => {
        if (foldOf(better) !== fold || foldOf(worse) !== fold) return;
        const margin = dot(line, 0, coordinates[better], 0, line.length) - dot(line, 0, coordinates[worse], 0, line.length);
        margins.set(at, [...(margins.get(at) ?? []), margin]);
      });
    }
  }
  return Array.from(margins, ([pair, all]) => ({ pair, margin: all.reduce((sum, each) => sum + each, 0) / all.length }))
    .sort((a, b) => a.pair - b.pair);
}
