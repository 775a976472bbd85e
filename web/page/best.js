/** The best of some pictures, one of each group that is nearly the same. Pure. */

/** @import {Item} from './types.d.ts' */

/**
 * @param {Item[]} items
 * @param {number} count
 * @param {{valueOf: (item: Item) => number | null, groupOf: (item: Item) => number | null}} by groupOf: null for a picture that is like no other
 * @returns {Item[]} the highest first; those that have no value are left out
 */
export function bestOf(items, count, { valueOf, groupOf }) {
  const ranked = items.flatMap((item) => {
    const value = valueOf(item);
    return value === null ? [] : { item, value };
  }).sort((a, b) => b.value - a.value);
  const seen = new Set();
  /** @type {Item[]} */
  const best = [];
  for (const { item } of ranked) {
    if (best.length === count) break;
    const group = groupOf(item);
    if (group !== null && seen.has(group)) continue;
    if (group !== null) seen.add(group);
    best.push(item);
  }
  return best;
}

/** Whether a picture that has no value may still get one: it waits, was stopped, or lacks a task. @param {Item} item */
export const isToCome = ({ error, file, state }) => state === 'waiting' || state === 'cancelled' || (state === 'scored' && file !== null && error === null);

/** The highest of each group. @param {Item[]} items @param {Parameters<typeof bestOf>[2]} by @returns {Set<Item>} those that are like no other are none */
export function bestOfGroups(items, { valueOf, groupOf }) {
  /** @type {Map<number, {item: Item, value: number}>} */
  const best = new Map();
  for (const item of items) {
    const [group, value] = [groupOf(item), valueOf(item)];
    if (group === null || value === null) continue;
    const known = best.get(group);
    if (!known || value > known.value) best.set(group, { item, value });
  }
  return new Set(Array.from(best.values(), ({ item }) => item));
}
