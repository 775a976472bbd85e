/** From a fit's outputs to what the task says of a picture. */
import { kindOf } from '../kinds.js';
import { predictionFrom } from './both-sides.js';
import { softmax } from './fit-classes.js';

/** @import {CheckedLesson, Judgements} from './types.d.ts' */
/** @import {Task, TaskResult} from '../percept.js' */

/** @typedef {Extract<Task['output'], {kind: 'score'}>} ScoreOutput */

/**
 * The task's `output`. Of pairs, which tell no scale, the judged pictures' outputs make one.
 * @param {CheckedLesson} lesson @param {Judgements} judgements @param {number[][]} raw of the judged pictures
 * @returns {Task['output']}
 */
export function outputOf({ kind, classes, pairs }, { scale }, raw) {
  if (kind === 'classes') return { kind: 'classes', labels: /** @type {string[]} */ (classes) };
  return { kind: 'score', from: pairs ? rangeOfPairs(raw) : [-1, 1], to: scale, clamp: true };
}

/** What the task gives for raw outputs, as the engine has it but for its rounding. @param {Task['output']} output @param {number[]} raw @returns {TaskResult} */
export const resultOf = (output, raw) => resultOfShares(output, output.kind === 'classes' ? softmax(raw) : raw);

/** The same for the probabilities of classes. @param {Task['output']} output @param {number[]} shares @returns {TaskResult} */
function resultOfShares(output, shares) {
  const ruled = output.kind === 'score' ? [clamped(output, shares[0]), NaN] : shares;
  return /** @type {TaskResult} */ (kindOf({ output }).describe(output, ruled));
}

/** @param {Task['output']} output @param {number[]} raw */
export const predictionOf = (output, raw) => predictionFrom(resultOf(output, raw));

/** @param {Task['output']} output @param {number[]} shares */
export const predictionOfShares = (output, shares) => predictionFrom(resultOfShares(output, shares));

/** @param {ScoreOutput} output @param {number} raw */
function clamped(output, raw) {
  const { from, to } = output;
  return Math.max(to[0], Math.min(to[1], to[0] + (raw - from[0]) * slopeOf(output)));
}

/** @param {ScoreOutput} output */
export const slopeOf = ({ from, to }) => (to[1] - to[0]) / (from[1] - from[0]);

/** How much wider than the judged pictures the range of a score from pairs is, at either end: among ten times as many, few lie outside. */
const MARGIN = 0.25;

/** Outputs that differ by less are all the same but for rounding: pairs that say nothing. */
const LEAST_RANGE = 1e-6;

/** What becomes a score's scale where pairs tell none: from the least to the greatest output, and a little more. @param {number[][]} raw of the judged pictures @returns {[number, number]} */
export function rangeOfPairs(raw) {
  const [low, high] = raw.reduce(([least, most], [value]) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const margin = high - low > LEAST_RANGE ? MARGIN * (high - low) : 1;
  return [low - margin, high + margin];
}
