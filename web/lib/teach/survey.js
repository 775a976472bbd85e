/**
 * How little the judgements say of each picture of a lesson, and what to ask next. Here alone the pictures that nobody judged are
 * heard: their directions are found among all.
 */
import { logistic } from './exponential.js';
import { kindOf } from '../kinds.js';
import { reachesOf } from './linear-fit.js';
import { addGram, cholesky, differenceOf, joined } from './matrix.js';
import { nextPairs, nextPictures } from './next.js';
import { resultOf, slopeOf } from './prediction.js';

/** @import {AtOnce} from './types.d.ts' */
/** @import {Ground, Subject} from './at-once.js' */
/** @import {Vector} from './matrix.js' */

/**
 * Pictures are counted in the ground's order.
 * @typedef {object} Survey
 * @property {Vector[]} rows of the pictures' coordinates, less the judged ones' mean where a level is fitted, too
 * @property {number} common what the level adds to each one's reach
 * @property {Vector} factor of what the judgements tell of each direction, by which a picture's reach is found
 * @property {number[][]} raw outputs of the fit
 * @property {number[]} places of the subject's pictures
 */

/** @param {Subject} subject @param {Ground} ground of all pictures @param {number[][]} raw outputs for them @returns {Survey} */
export function surveyOf({ judgements, lesson, numbers, basis, fit }, { order, basis: { coordinates, rank, scale } }, raw) {
  const placeOf = new Array(order.length);
  order.forEach((at, place) => { placeOf[at] = place; });
  const places = numbers.map((at) => placeOf[at]);
  const { pairs, weights } = judgements;
  const isClasses = lesson.kind === 'classes';
  const ratio = basis.scale / scale;
  const penalty = fit.penalty * ratio * ratio * (isClasses ? 1 / 4 : 1); // the same, on this scale
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = new Float64Array(rank);
  weights.forEach((weight, row) => coordinates[places[row]].forEach((value, i) => { centre[i] += weight * value / total; }));
  const rows = pairs ? coordinates : coordinates.map((row) => differenceOf(row, centre));
  const told = pairs
    ? pairs.map(({ better, worse, weight }) => ({ row: differenceOf(rows[places[better]], rows[places[worse]]), weight: weight * curveOf(raw[places[better]][0] - raw[places[worse]][0]) }))
    : weights.map((weight, row) => ({ row: rows[places[row]], weight: isClasses ? weight / 2 : weight }));
  const matrix = new Float64Array(rank * rank);
  addGram(matrix, joined(told.map(({ row }) => row), rank), rank, Float64Array.from(told, ({ weight }) => weight));
  for (let i = 0; i < rank; i += 1) matrix[i * rank + i] += penalty;
  return { rows, common: pairs ? 0 : 1 / total, factor: cholesky(matrix, rank), raw, places };
}

/** The standard deviation of a score, on its scale; of classes how even the first two are. @param {Survey} survey @param {Subject} subject */
export function uncertaintiesOf({ rows, common, factor, raw }, { fit, output }) {
  if (output.kind !== 'score') return raw.map((each) => doubtOf(output, each));
  const width = rows[0].length;
  const reaches = reachesOf(factor, { width, rows: joined(rows, width), weights: new Float64Array(rows.length).fill(1) });
  const slope = slopeOf(output);
  return Array.from(reaches, (reach) => Math.sqrt(fit.noise * (common + reach)) * slope);
}

/** @param {Survey} survey @param {Subject} subject @returns {AtOnce['next']} in the ground's numbers */
export function suggestionsOf({ rows, factor, raw, places }, { lesson, judgements, output }) {
  const seed = lesson.seed + (lesson.labels ?? lesson.pairs ?? []).length; // another draw after each judgement
  if (judgements.pairs) {
    const asked = new Set(judgements.pairs.map(({ better, worse }) => `${places[better]} ${places[worse]}`));
    const isAsked = (/** @type {number} */ a, /** @type {number} */ b) => asked.has(`${a} ${b}`) || asked.has(`${b} ${a}`);
    return { pictures: [], pairs: nextPairs(rows, { isAsked, curveOf: (a, b) => curveOf(raw[a][0] - raw[b][0]), factor, seed }) };
  }
  const labelled = new Set(places);
  const candidates = rows.flatMap((row, at) => (labelled.has(at) ? [] : { at, row, doubt: output.kind === 'score' ? 1 : doubtOf(output, raw[at]) }));
  return { pictures: nextPictures(candidates, factor, seed), pairs: [] };
}

/** @param {Subject['output']} output @param {number[]} raw of a picture */
const doubtOf = (output, raw) => /** @type {number} */ (kindOf({ output }).doubt(resultOf(output, raw)));

/** How much a pair of this margin tells. @param {number} margin */
function curveOf(margin) {
  const chance = logistic(margin);
  return chance * (1 - chance);
}
