/** What a pilot comes to, in a word: it follows from the intervals alone, never from the figures in their middle. Pure. */
import { sideOfChance } from '../lib/shared/chance.js';

/** @import {Interval} from './types.d.ts' */

/** Fewer judged pictures tell nothing, whatever their interval. */
const LEAST = 10;
/** Where more than this share may be judged otherwise, somebody has to look. */
const MOST_WRONG = 0.2;

/**
 * @param {object} given
 * @param {number} given.judged pictures
 * @param {Interval | null} given.agreement its interval
 * @param {number} given.chance the agreement that guessing would have
 * @param {Interval | null} given.disagreements interval of the share of pictures on which model and people disagree
 * @returns {'few' | 'against' | 'nothing' | 'sorts' | 'decides'} against: it is less than chance; nothing: the agreement may be none;
 *   sorts: it is more than chance, but too often off to go by it alone
 */
export function verdictOf({ judged, agreement, chance, disagreements }) {
  if (judged < LEAST || agreement === null || disagreements === null) return 'few';
  const beside = sideOfChance(agreement, chance);
  if (beside !== '') return beside === 'against' ? 'against' : 'nothing';
  return disagreements[1] > MOST_WRONG ? 'sorts' : 'decides';
}

/** What is missing to a verdict. @param {number} judged */
export const missing = (judged) => Math.max(1, LEAST - judged);
