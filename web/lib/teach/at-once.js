/**
 * A trait at once: a linear fit on frozen embeddings, and all that is known of it. Nothing here depends on the order in which
 * pictures and judgements came, nor on the machine: the same judgements give the same numbers, bit by bit. Pictures that nobody
 * judged get predictions and are asked about, and have no say in the fit or in any figure.
 */
import { findBasis, lineOverEmbeddings } from './basis.js';
import { judgedIn } from './both-sides.js';
import { evidenceOfLabels, evidenceOfPairs } from './figures.js';
import { groupAlike } from './folds.js';
import { fitComparisons, fitLabels } from './held-out.js';
import { judgementsOf, onlyJudged, orderOf } from './judgements.js';
import { dot } from './matrix.js';
import { outputOf, predictionOf } from './prediction.js';
import { Products, productsWith } from './products.js';
import { suggestionsOf, surveyOf, uncertaintiesOf } from './survey.js';

/** @import {AtOnce, CheckedLesson, Judgements} from './types.d.ts' */
/** @import {Basis} from './basis.js' */
/** @import {Fit} from './linear-fit.js' */
/** @import {Labelled, Pause} from './held-out.js' */
/** @import {Vector} from './matrix.js' */
/** @import {Task} from '../percept.js' */

/**
 * Some pictures in their own order, and what only they decide.
 * @typedef {{order: number[], embeddings: Vector[], basis: Basis}} Ground order: their numbers in the lesson
 */

/** Remembers what the next judgement on the same pictures needs again. */
export class Memory {
  #products = new Products();
  /** Of all pictures of the lesson before. @type {{key: string, ground: Ground} | null} */
  #last = null;

  /** What is judged. @param {CheckedLesson} lesson */
  judged(lesson) {
    return this.#ground(lesson, judgedIn(lesson), (embeddings) => this.#products.among(embeddings));
  }

  /** All pictures, of which something is asked. @param {CheckedLesson} lesson */
  all(lesson) {
    const key = keyOf(lesson.pictures);
    if (this.#last?.key !== key) {
      this.#last = { key, ground: this.#ground(lesson, [...lesson.pictures.keys()], (embeddings) => (at) => productsWith(embeddings, at)) };
    }
    return this.#last.ground;
  }

  /** @param {CheckedLesson} lesson @param {Iterable<number>} chosen @param {(embeddings: Vector[]) => (at: number) => Vector} productsOf @returns {Ground} */
  #ground({ pictures }, chosen, productsOf) {
    const order = orderOf(pictures, [...chosen]);
    const embeddings = order.map((at) => new Float64Array(/** @type {Float32Array} */ (pictures[at].features)));
    return { order, embeddings, basis: findBasis(embeddings, productsOf(embeddings)) };
  }
}

/**
 * Everything that a fit is asked for. Pictures are the judged ones, counted in their ground's order.
 * @typedef {object} Subject
 * @property {CheckedLesson} lesson of the judged pictures alone
 * @property {number[]} numbers of the pictures in the lesson that was given
 * @property {Judgements} judgements
 * @property {Basis} basis
 * @property {Labelled | null} labelled the pictures with their labels; null of pairs
 * @property {number[]} groups of near-duplicates
 * @property {Fit} fit to all judgements
 * @property {Task['output']} output
 * @property {Pause} pause
 */

/**
 * @param {CheckedLesson} given whose pictures all have features @param {Memory} memory @param {Pause} pause
 * @returns {Promise<AtOnce & {subject: Subject, outputs: number[][]}>} pictures in the caller's order; outputs: held-out ones of the
 *   subject's labelled pictures
 */
export async function teachAtOnce(given, memory, pause) {
  const { order: numbers, embeddings, basis } = memory.judged(given);
  const lesson = onlyJudged(given, numbers);
  const judgements = judgementsOf(lesson);
  const { targets, pairs, weights } = judgements;
  const labelled = targets && { coordinates: basis.coordinates, targets, weights, kind: lesson.kind };
  const fit = labelled ? fitLabels(labelled, [...numbers.keys()]) : fitComparisons(basis.coordinates, /** @type {NonNullable<typeof pairs>} */ (pairs));
  const lines = fit.lines.map((line, at) => lineOverEmbeddings(line, fit.biases[at], basis));
  const output = outputOf(lesson, judgements, embeddings.map((embedding) => rawOf(lines, embedding)));
  const raw = given.pictures.map(({ features }) => rawOf(lines, /** @type {Float32Array} */ (features)));
  const predictions = raw.map((each) => predictionOf(output, each));
  await pause(predictions); // what people wait for comes before how far to trust it
  /** @type {Subject} */
  const subject = { lesson, numbers, judgements, basis, labelled, groups: groupAlike(basis.coordinates), fit, output, pause };
  const { evidence, heldOut, outputs } = await (labelled ? evidenceOfLabels(subject, labelled) : evidenceOfPairs(subject));
  const all = memory.all(given);
  const survey = surveyOf(subject, all, all.order.map((at) => raw[at]));
  const next = suggestionsOf(survey, subject);
  const inGiven = (/** @type {any[]} */ values) => all.order.reduce((found, at, place) => { found[at] = values[place]; return found; }, new Array(values.length));
  const held = new Array(given.pictures.length).fill(null);
  numbers.forEach((at, place) => { held[at] = heldOut[place]; });
  return {
    head: { weights: lines.map(({ weights: line }) => line), biases: lines.map(({ bias }) => bias) },
    output,
    evidence,
    predictions,
    heldOut: held,
    uncertainty: inGiven(uncertaintiesOf(survey, subject)),
    next: {
      pictures: next.pictures.map((at) => all.order[at]),
      pairs: next.pairs.map(([a, b]) => [all.order[a], all.order[b]]),
    },
    subject,
    outputs,
  };
}

/** @param {{weights: Vector, bias: number}[]} lines @param {Vector | Float32Array} embedding */
const rawOf = (lines, embedding) => lines.map(({ weights, bias }) => dot(weights, 0, embedding, 0, embedding.length) + bias);

/** Tells lists of pictures apart: two sums over the bits of their features. @param {CheckedLesson['pictures']} pictures */
export function keyOf(pictures) {
  let [first, second] = [pictures.length, 0];
  for (const { name, features } of pictures) {
    for (const word of new Int32Array(/** @type {Float32Array<ArrayBuffer>} */ (features).buffer)) {
      first = Math.imul(first ^ word, 0x01000193);
      second = Math.imul(second + word, 0x85ebca6b) ^ (second >>> 13);
    }
    for (let i = 0; i < name.length; i += 1) first = Math.imul(first ^ name.charCodeAt(i), 0x01000193);
  }
  return `${first} ${second}`;
}
