/** Which pictures the gallery shows, in which order and groups. Pure. */
import { kindOf } from '../lib/kinds.js';
import { drawingOf } from '../ui/kinds.js';

/** @import {Item, Result, Task, Text} from './types.d.ts' */

/** What a task's result is sorted and filtered by. @param {Task} task @param {Result} [result] */
export const sortValue = (task, result) => (result ? kindOf(task).sortValue(result) : null);

/** How unsure a result is: higher is more; null where nothing says so. @param {Task} task @param {Result} [result] */
export const doubt = (task, result) => (result ? kindOf(task).doubt(result) : null);

/** Landscape, portrait or square. @param {{width: number, height: number}} picture */
export function orientationOf({ width, height }) {
  const ratio = width / height;
  if (ratio > 1.05) return 'landscape';
  return ratio < 0.95 ? 'portrait' : 'square';
}

/** @param {number} brightness 0 to 1 */
export function brightnessOf(brightness) {
  if (brightness < 0.33) return 'dark';
  return brightness > 0.6 ? 'bright' : 'medium';
}

/** The groupings by which bias is told, too. */
export const GROUPED_BY = /** @type {const} */ (['folder', 'orientation', 'brightness']);

/**
 * The groups that a picture may be put into; null when nothing is known yet.
 * @type {Record<typeof GROUPED_BY[number], (item: Item) => string | null> & {label: (item: Item, task: Task | null) => Text | null}}
 */
export const GROUPINGS = {
  folder: (item) => item.folder,
  orientation: (item) => item.facts && orientationOf(item.facts),
  brightness: (item) => (item.brightness === null ? null : brightnessOf(item.brightness)),
  label: (item, task) => labelOf(item, task),
};

/** The class, or the words of the band. @param {Item} item @param {Task | null} task */
function labelOf(item, task) {
  const result = task && item.scores?.[task.id];
  return result ? drawingOf(task).label(task, result) : null;
}

/**
 * @typedef {'all' | 'scored' | 'failed'} Shown by what became of them
 * @typedef {'added' | 'high' | 'low' | 'doubt' | 'name' | 'combined'} Sort
 * @typedef {{isShown: (item: Item) => boolean, combined: (item: Item) => number | null, similar: (item: Item) => string | null}} More what
 *   choosing pictures knows of them: whether they are wanted, where they stand in the combined order, their group of near-copies
 * @typedef {keyof typeof GROUPINGS | 'similar'} Grouping
 * @typedef {{group: Text | null, items: Item[]}} Group
 */

/**
 * @param {Item[]} items in the order in which they came, the newest first
 * @param {{sort: Sort, task: Task | null, from: number | null, to: number | null, group: Grouping | 'none', show: Shown, more?: More}} view
 * @returns {Group[]} one group where nothing is grouped; pictures without a group come last
 */
export function arrange(items, { sort, task, from, to, group, show, more = PLAIN }) {
  /** @param {Item} item */
  const valueOf = (item) => (task ? sortValue(task, item.scores?.[task.id]) : null);
  /** @param {Item} item */
  const within = (item) => {
    if (from === null && to === null) return true;
    const value = valueOf(item);
    return value !== null && value >= (from ?? -Infinity) && value <= (to ?? Infinity);
  };
  const shown = items.filter((item) => (show === 'all' || item.state === show) && within(item) && more.isShown(item));
  const by = /** @type {Partial<Record<string, (item: Item) => number>>} */ ({
    high: (item) => -(valueOf(item) ?? -Infinity),
    low: (item) => valueOf(item) ?? Infinity,
    combined: (item) => -(more.combined(item) ?? -Infinity),
    doubt: (item) => -((task && doubt(task, item.scores?.[task.id])) ?? -Infinity),
  })[sort];
  if (by) {
    const keys = new Map(shown.map((item) => [item, by(item)]));
    const keyOf = (/** @type {Item} */ item) => /** @type {number} */ (keys.get(item));
    shown.sort((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) - keyOf(b)));
  } else if (sort === 'name') {
    shown.sort((a, b) => COLLATOR.compare(a.path, b.path));
  }
  return group === 'none' ? [{ group: null, items: shown }] : grouped(shown, groupingBy(group, { task, more }));
}

/** Where nobody has said anything. @type {More} */
export const PLAIN = { isShown: () => true, combined: () => null, similar: () => null };

/** @param {Grouping} group @param {{task: Task | null, more: More}} by @returns {(item: Item) => Text | null} */
export const groupingBy = (group, { task, more }) => (group === 'similar' ? more.similar : (item) => GROUPINGS[group](item, task));

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** @param {Item[]} items @param {(item: Item) => Text | null} groupOf */
function grouped(items, groupOf) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const item of items) {
    const group = groupOf(item) ?? null;
    const key = JSON.stringify(group);
    const known = groups.get(key) ?? { group, items: [] };
    groups.set(key, known);
    known.items.push(item);
  }
  return [...groups.values()].sort((a, b) => Number(a.group === null) - Number(b.group === null));
}
