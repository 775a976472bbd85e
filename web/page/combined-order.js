/** One order made of several tasks: each weighs as much as the person says. Pure. */
import { kindOf } from '../lib/kinds.js';

/** @import {Item, Task} from './types.d.ts' */
/** @typedef {Record<string, number>} Weights by task, -100 to 100: below 0 the lowest come first */

/**
 * Where each picture stands, 0 to 1: the weighted mean of its standings in the tasks. Standings, not values: a task whose values lie
 * close together would otherwise weigh nothing. A picture that lacks a weighted task has no place.
 * @param {Item[]} items @param {Task[]} tasks @param {Weights} weights
 * @returns {Map<Item, number>}
 */
export function combine(items, tasks, weights) {
  const weighted = tasks.filter(({ id }) => weights[id]);
  const total = weighted.reduce((sum, { id }) => sum + Math.abs(weights[id]), 0);
  const standings = weighted.map((task) => ({ weight: weights[task.id], of: standingsOf(items, task) }));
  /** @type {Map<Item, number>} */
  const found = new Map();
  if (total === 0) return found;
  for (const item of items) {
    let sum = 0;
    for (const { weight, of } of standings) {
      const standing = of.get(item) ?? NaN;
      sum += weight > 0 ? weight * standing : weight * (standing - 1);
    }
    if (!Number.isNaN(sum)) found.set(item, sum / total);
  }
  return found;
}

/** The share of pictures below each, equal ones in the middle of theirs. @param {Item[]} items @param {Task} task @returns {Map<Item, number>} */
function standingsOf(items, task) {
  const rows = items.flatMap((item) => {
    const result = item.scores?.[task.id];
    const value = result ? kindOf(task).sortValue(result) : null;
    return value === null ? [] : { item, value };
  }).sort((a, b) => a.value - b.value);
  const standings = new Map();
  for (let start = 0; start < rows.length;) {
    let end = start + 1;
    while (end < rows.length && rows[end].value === rows[start].value) end += 1;
    const standing = rows.length === 1 ? 0.5 : (start + end - 1) / 2 / (rows.length - 1);
    for (; start < end; start += 1) standings.set(rows[start].item, standing);
  }
  return standings;
}
