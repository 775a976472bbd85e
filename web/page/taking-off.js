/** Pictures are taken off the page, and come back in their places when that is undone. */
import { say } from './language.js';

/** @import {Item} from './types.d.ts' */
/** @import {History} from './history.js' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoringRun} from './scoring-run.js' */

/**
 * @param {Item[]} items
 * @param {{history: History, pictures: Pictures, run: ScoringRun, onBack: (items: Item[]) => void}} parts onBack gives those that came back the focus
 */
export function takeOff(items, { history, onBack, pictures, run }) {
  if (items.length === 0) return;
  const [{ name }] = items;
  const putBack = run.remove(items);
  history.did({
    words: () => (items.length === 1 ? say('undo.removedPicture', { name }) : say('undo.removedPictures', { count: items.length })),
    shown: true,
    focus: () => onBack(items),
  }, putBack, () => pictures.release(items));
}
