/** What the scorer's side of a lesson and the worker's side both ask. */

/** @import {CheckedLesson} from './types.d.ts' */
/** @import {Classes, Score, TaskResult, TraitPrediction} from '../percept.js' */

/** The pictures that judgements speak of, by number. @param {Pick<CheckedLesson, 'labels' | 'pairs'>} lesson */
export function judgedIn({ labels, pairs }) {
  return new Set(labels ? labels.map(({ picture }) => picture) : (pairs ?? []).flatMap(({ better, worse }) => [better, worse]));
}

/** What a lesson tells of a picture. @param {TaskResult} result @returns {TraitPrediction} */
export function predictionFrom(result) {
  if ('value' in result) return /** @type {Score} */ (result).value;
  const { label, probabilities } = /** @type {Classes} */ (result);
  return { label, probabilities };
}
