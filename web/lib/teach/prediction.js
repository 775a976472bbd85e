/** From a fit's outputs to what the task says of a picture. */
import { softmax } from './fit-classes.js';

/** @import {Task, TraitPrediction} from '../percept.js' */

/** What the task gives for raw outputs, as the engine has it but for its rounding. @param {Task['output']} output @param {number[]} raw @returns {TraitPrediction} */
export function predictionOf(output, raw) {
  return predictionOfShares(output, output.kind === 'classes' ? softmax(raw) : raw);
}

/** The same for the probabilities of classes. @param {Task['output']} output @param {number[]} outputs @returns {TraitPrediction} */
export function predictionOfShares(output, outputs) {
  if (output.kind === 'score') {
    const { from, to } = output;
    return Math.max(to[0], Math.min(to[1], to[0] + (outputs[0] - from[0]) * slopeOf(output)));
  }
  const { labels } = /** @type {{labels: string[]}} */ (output);
  return { label: labels[outputs.indexOf(Math.max(...outputs))], probabilities: outputs };
}

/** @param {{from: [number, number], to: [number, number]}} output */
export const slopeOf = ({ from, to }) => (to[1] - to[0]) / (from[1] - from[0]);

/** How unsure each class is: 1 where the two first ones are even. @param {number[]} raw */
export function doubtOf(raw) {
  const [first, second = 0] = softmax(raw).sort((a, b) => b - a);
  return 1 - (first - second);
}

/** How much wider than the lesson's pictures the range of a score from pairs is, at either end. */
const MARGIN = 0.1;

/** Outputs that differ by less are all the same but for rounding: pairs that say nothing. */
const LEAST_RANGE = 1e-6;

/** What becomes a score's scale where pairs tell none: from the least to the greatest output, and a little more. @param {number[][]} raw @returns {[number, number]} */
export function rangeOfPairs(raw) {
  const [low, high] = raw.reduce(([least, most], [value]) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const margin = high - low > LEAST_RANGE ? MARGIN * (high - low) : 1;
  return [low - margin, high + margin];
}
