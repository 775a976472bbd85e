/** The element speaks the language around it. */
import { COMPONENT } from './strings.js';
import { SHARED } from '../ui/strings.js';
import { languageAround, wordsIn } from '../ui/words.js';

/** @typedef {ReturnType<typeof wordsAround>} Words */

const TABLE = { ...SHARED, ...COMPONENT };

/** @param {Element} element */
export function wordsAround(element) {
  const tag = languageAround(element);
  return { ...wordsIn(tag, TABLE), tag };
}
