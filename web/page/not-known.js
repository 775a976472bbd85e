/** Why a trait has no figure yet. */
import { LEAST_LABELS } from '../lib/shared/statistics.js';

/** @import {Evidence} from '../lib/percept.js' */

/**
 * @typedef {object} Counts of a lesson's judgements
 * @property {number} said all of them
 * @property {number} known those whose pictures the model has looked at
 * @property {number} checked of these what a figure counts: pictures with a label, or pairs that somebody decided
 * @property {boolean} isLooking whether pictures are still to be looked at
 * @property {boolean} isFailed whether teaching ended with an error
 * @property {boolean} isPairs
 */

/**
 * The sentence and its values. Without counts, as of a file, nothing is said of what is still to come.
 * @param {Evidence | null} evidence null before anything is taught @param {Counts | null} counts
 * @returns {[key: string, values?: {count: number}]}
 */
export function whyUnknown(evidence, counts) {
  if (counts && counts.known < counts.said && counts.isLooking) return ['meter.waits'];
  const { folds = 0, labels = 0, notes = [], pairs = 0 } = evidence ?? {};
  if (notes.includes('constant-labels')) return ['note.constant-labels'];
  if (notes.includes('ties-only')) return ['note.ties-only'];
  if (!counts) return ['meter.unknown'];
  const more = LEAST_LABELS - counts.checked;
  if (more > 0) return [counts.isPairs ? 'meter.morePairs' : 'meter.more', { count: more }];
  if (labels + pairs !== counts.known && !counts.isFailed) return ['meter.learning'];
  if ((folds === 0 || counts.isPairs) && notes.includes('near-copies')) return ['meter.copies'];
  return [counts.isPairs ? 'meter.entangled' : 'meter.unknown'];
}
