/**
 * A trait at once: a linear fit on frozen embeddings, and all that is known of it. Nothing here depends on the order in which
 * pictures and judgements came, nor on the machine: the same judgements give the same numbers, bit by bit.
 */
import { coordinatesOf, findBasis, lineOverEmbeddings } from './basis.js';
import { evidenceOfLabels, evidenceOfPairs } from './figures.js';
import { logistic } from './exponential.js';
import { groupAlike } from './folds.js';
import { fitComparisons, fitLabels } from './held-out.js';
import { inOrder, judgementsOf, orderOf } from './judgements.js';
import { outputsOf, reachOf } from './linear-fit.js';
import { dot } from './matrix.js';
import { nextPairs, nextPictures } from './next.js';
import { doubtOf, predictionOf, rangeOfPairs, slopeOf } from './prediction.js';

/** @import {AtOnce, CheckedLesson, Judgements} from './types.d.ts' */
/** @import {Basis} from './basis.js' */
/** @import {Fit} from './linear-fit.js' */
/** @import {Pause} from './held-out.js' */
/** @import {Vector} from './matrix.js' */
/** @import {Task} from '../percept.js' */

/**
 * What only the pictures decide: kept from one judgement to the next.
 * @typedef {{order: number[], basis: Basis, coordinates: Vector[], groups: number[]}} Ground order: of the pictures; the rest is in it
 */

/** @param {CheckedLesson['pictures']} pictures all with features @returns {Ground} */
export function groundOf(pictures) {
  const order = orderOf(pictures);
  const embeddings = order.map((at) => Float64Array.from(/** @type {Float32Array} */ (pictures[at].features)));
  const basis = findBasis(embeddings);
  const coordinates = embeddings.map((embedding) => coordinatesOf(embedding, basis));
  return { order, basis, coordinates, groups: groupAlike(coordinates) };
}

/**
 * Everything that a fit is asked for. Pictures are counted in the ground's order.
 * @typedef {object} Subject
 * @property {CheckedLesson} lesson in order
 * @property {Judgements} judgements
 * @property {Vector[]} coordinates
 * @property {number[]} groups of near-duplicates
 * @property {Fit} fit to all judgements
 * @property {Task['output']} output
 * @property {Pause} pause
 */

/**
 * @param {CheckedLesson} given @param {Ground} ground @param {Pause} pause
 * @returns {Promise<AtOnce & {subject: Subject}>} pictures in the caller's order; the subject's are in the ground's
 */
export async function teachAtOnce(given, { order, basis, coordinates, groups }, pause) {
  const lesson = inOrder(given, order);
  const judgements = judgementsOf(lesson);
  const { targets, pairs, weights } = judgements;
  const rows = judgements.pictures.map((at) => coordinates[at]);
  const fit = pairs
    ? fitComparisons(coordinates, pairs)
    : fitLabels({ coordinates: rows, targets: /** @type {Vector[]} */ (targets), weights, kind: lesson.kind }, [...rows.keys()]);
  await pause();
  const raw = coordinates.map((row) => outputsOf(fit, row));
  const output = outputOf(lesson, judgements, raw);
  /** @type {Subject} */
  const subject = { lesson, judgements, coordinates, groups, fit, output, pause };
  const { evidence, heldOut } = await (pairs ? evidenceOfPairs(subject) : evidenceOfLabels(subject));
  const lines = fit.lines.map((line, at) => lineOverEmbeddings(line, fit.biases[at], basis));
  const next = suggestionsOf(subject, raw);
  const inGiven = (/** @type {any[]} */ values) => order.reduce((all, at, place) => { all[at] = values[place]; return all; }, new Array(order.length));
  return {
    head: { weights: lines.map(({ weights: line }) => line), biases: lines.map(({ bias }) => bias) },
    output,
    evidence,
    predictions: inGiven(raw.map((outputs) => predictionOf(output, outputs))),
    heldOut: inGiven(heldOut),
    uncertainty: inGiven(coordinates.map((row, at) => uncertaintyOf(subject, row, raw[at]))),
    next: {
      pictures: next.pictures.map((at) => order[at]),
      pairs: next.pairs.map(([a, b]) => [order[a], order[b]]),
    },
    subject,
  };
}

/** The task's `output`. @param {CheckedLesson} lesson @param {Judgements} judgements @param {number[][]} raw of all pictures @returns {Task['output']} */
function outputOf({ kind, classes, pairs }, { scale }, raw) {
  if (kind === 'classes') return { kind: 'classes', labels: /** @type {string[]} */ (classes) };
  if (!pairs) return { kind: 'score', from: [-1, 1], to: scale, clamp: true };
  return { kind: 'score', from: rangeOfPairs(raw), to: scale, clamp: true };
}

/** The standard deviation of a score, on its scale; of classes how even the first two are. @param {Subject} subject @param {Vector} row @param {number[]} raw */
function uncertaintyOf({ fit, output, judgements }, row, raw) {
  if (output.kind !== 'score') return doubtOf(raw);
  const labels = judgements.weights.reduce((sum, weight) => sum + weight, 0);
  const common = judgements.pairs ? 0 : 1 / labels; // pairs tell nothing of a level
  return Math.sqrt(fit.noise * (common + reachOf(fit.factor, row, 1))) * slopeOf(/** @type {any} */ (output));
}

/** @param {Subject} subject @param {number[][]} raw @returns {AtOnce['next']} in the ground's numbers */
function suggestionsOf({ lesson, judgements, coordinates, fit }, raw) {
  const seed = lesson.seed + (lesson.labels ?? lesson.pairs ?? []).length; // another draw after each judgement
  if (judgements.pairs) {
    const asked = new Set(judgements.pairs.map(({ better, worse }) => `${better} ${worse}`));
    const pairs = nextPairs(coordinates, {
      isAsked: (a, b) => asked.has(`${a} ${b}`) || asked.has(`${b} ${a}`),
      chanceOf: (difference) => logistic(dot(fit.lines[0], 0, difference, 0, difference.length)),
      factor: fit.factor,
      seed,
    });
    return { pictures: [], pairs };
  }
  const labelled = new Set(judgements.pictures);
  const isClasses = lesson.kind === 'classes';
  const candidates = coordinates.flatMap((row, at) => (labelled.has(at) ? [] : { at, row: isClasses ? Float64Array.from([...row, 1]) : row, doubt: isClasses ? doubtOf(raw[at]) : 1 }));
  return { pictures: nextPictures(candidates, fit.factor, seed), pairs: [] };
}
