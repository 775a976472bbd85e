/** Which pictures are worth judging next. Pure. */
import { doubt, sortValue } from './arrange.js';

/** @import {Item, Task} from './types.d.ts' */

/**
 * Spread over the scores, so that every part of the range is checked, and within each part the most doubtful first:
 * the pictures are cut by score into as many equal parts as are asked for, and each part gives one.
 * @param {Item[]} items that nobody has judged
 * @param {Task} task
 * @param {number} count
 * @returns {Item[]} the lowest scores first
 */
export function proposeNext(items, task, count) {
  const scored = items
    .map((item) => ({ item, value: sortValue(task, item.scores?.[task.id]) }))
    .filter(({ value }) => value !== null)
    .sort((a, b) => Number(a.value) - Number(b.value));
  const parts = Math.min(count, scored.length);
  return Array.from({ length: parts }, (_, at) => {
    const edge = (/** @type {number} */ index) => Math.floor((index * scored.length) / parts);
    const part = scored.slice(edge(at), edge(at + 1));
    const doubtOf = (/** @type {{item: Item}} */ { item }) => doubt(task, item.scores?.[task.id]) ?? 0;
    return part.reduce((best, each) => (doubtOf(each) > doubtOf(best) ? each : best)).item;
  });
}
