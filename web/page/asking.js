/** What a person is asked next, when a trait is taught. Pure. */
import { seededRandom } from '../lib/shared/statistics.js';

/** @import {Item} from './types.d.ts' */

/** Tries of a pair by chance, before it is said that all are judged. */
const TRIES = 400;

/**
 * The picture that teaches most; before a fit says which, one by chance.
 * @param {Item[]} open that nobody has judged, and that were not skipped
 * @param {string[]} best keys, the best first
 * @param {number} seed
 * @returns {Item | null}
 */
export function nextPicture(open, best, seed) {
  const byKey = new Map(open.map((item) => [item.key, item]));
  const found = best.find((key) => byKey.has(key));
  if (found !== undefined) return /** @type {Item} */ (byKey.get(found));
  return open.length === 0 ? null : open[Math.floor(seededRandom(seed)() * open.length)];
}

/**
 * The pair that teaches most; before a fit says which, one by chance. Which of the two lies left is by chance, too.
 * @param {Item[]} items that can be shown
 * @param {[string, string][]} best pairs of keys, the best first
 * @param {{isOpen: (a: Item, b: Item) => boolean, seed: number}} options isOpen: whether a pair was neither judged nor skipped
 * @returns {Item[] | null} left and right
 */
export function nextPair(items, best, { isOpen, seed }) {
  const random = seededRandom(seed);
  const byKey = new Map(items.map((item) => [item.key, item]));
  const turned = (/** @type {Item} */ a, /** @type {Item} */ b) => (random() < 0.5 ? [a, b] : [b, a]);
  for (const [first, second] of best) {
    const [a, b] = [byKey.get(first), byKey.get(second)];
    if (a && b && isOpen(a, b)) return turned(a, b);
  }
  const all = [...byKey.values()];
  for (let round = 0; all.length > 1 && round < TRIES; round += 1) {
    const [a, b] = [all[Math.floor(random() * all.length)], all[Math.floor(random() * all.length)]];
    if (a !== b && isOpen(a, b)) return turned(a, b);
  }
  for (const [at, a] of all.entries()) {
    const b = all.slice(at + 1).find((each) => isOpen(a, each));
    if (b) return turned(a, b);
  }
  return null;
}
