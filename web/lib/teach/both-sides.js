/** What the scorer's side of a lesson and the worker's side both ask. */
import { PerceptError } from '../errors.js';
import { SPARE_TASKS } from '../weights/manifest.js';

/** @import {CheckedLesson} from './types.d.ts' */
/** @import {Classes, Score, TaskResult, TraitPrediction} from '../percept.js' */

/** The pictures that judgements speak of, by number. @param {Pick<CheckedLesson, 'labels' | 'pairs'>} lesson */
export function judgedIn({ labels, pairs }) {
  return new Set(labels ? labels.map(({ picture }) => picture) : (pairs ?? []).flatMap(({ better, worse }) => [better, worse]));
}

/**
 * Refuses one more trait than there are tasks for.
 * @param {{size: number, has: (id: string) => boolean}} traits that are there, by id @param {string} id
 * @throws {PerceptError} 'too-many-traits'
 */
export function checkRoomFor(traits, id) {
  if (traits.size < SPARE_TASKS - 1 || traits.has(id)) return; // the last one is for exchanges
  throw new PerceptError('too-many-traits', `No more than ${traits.size} traits fit. Remove one with scorer.removeTask first.`);
}

/** What a lesson tells of a picture. @param {TaskResult} result @returns {TraitPrediction} */
export function predictionFrom(result) {
  if ('value' in result) return /** @type {Score} */ (result).value;
  const { label, probabilities } = /** @type {Classes} */ (result);
  return { label, probabilities };
}
