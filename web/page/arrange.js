/** Which pictures the gallery shows, in which order and groups. Pure. */

/** What a task's result is sorted and filtered by: the score, or the probability of the first class. */
export function sortValue(task, result) {
  if (!result) return null;
  if (task.output.kind === 'score') return result.value;
  if (task.output.kind === 'classes') return Math.max(...result.probabilities);
  return null;
}

/** How unsure a result is: the standard error, or how even the two first classes are; null where nothing tells. */
export function doubt(task, result) {
  if (!result) return null;
  if (task.output.kind === 'score') return result.standardError;
  if (task.output.kind !== 'classes') return null;
  const [first, second = 0] = result.probabilities.slice().sort((a, b) => b - a);
  return 1 - (first - second);
}

/** Landscape, portrait or square. */
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

/** The words for where a value lies, if the manifest has any. */
export function bandOf(bands, value) {
  return bands?.find(({ upTo }) => upTo === undefined || value <= upTo) ?? null;
}

/** The groups that a picture may be put into; null when nothing is known yet. */
export const GROUPINGS = {
  folder: (item) => item.folder,
  orientation: (item) => item.facts && orientationOf(item.facts),
  brightness: (item) => (item.brightness === null ? null : brightnessOf(item.brightness)),
  label: (item, task) => labelOf(item, task),
};

/** The class, or the number of the band. */
function labelOf(item, task) {
  const result = task && item.scores?.[task.id];
  if (!result) return null;
  if (task.output.kind === 'classes') return result.label;
  const band = bandOf(task.output.bands, result.value);
  return band && band.label;
}

/**
 * @param {object[]} items in the order in which they came, the newest first
 * @param {{sort: 'added' | 'high' | 'low' | 'doubt' | 'name', task: object | null, from: number | null, to: number | null,
 *   group: keyof GROUPINGS | 'none'}} view
 * @returns {{group: any, items: object[]}[]} one group where nothing is grouped; pictures without a group come last
 */
export function arrange(items, { sort, task, from, to, group }) {
  const valueOf = (item) => (task ? sortValue(task, item.scores?.[task.id]) : null);
  const within = (item) => {
    if (from === null && to === null) return true;
    const value = valueOf(item);
    return value !== null && value >= (from ?? -Infinity) && value <= (to ?? Infinity);
  };
  const shown = items.filter(within);
  const by = {
    high: (item) => -(valueOf(item) ?? -Infinity),
    low: (item) => valueOf(item) ?? Infinity,
    doubt: (item) => -((task && doubt(task, item.scores?.[task.id])) ?? -Infinity),
  }[sort];
  if (by) {
    const keys = new Map(shown.map((item) => [item, by(item)]));
    shown.sort((a, b) => (keys.get(a) === keys.get(b) ? 0 : keys.get(a) - keys.get(b)));
  } else if (sort === 'name') {
    shown.sort((a, b) => COLLATOR.compare(a.path, b.path));
  }
  return group === 'none' ? [{ group: null, items: shown }] : grouped(shown, (item) => GROUPINGS[group](item, task));
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

function grouped(items, groupOf) {
  const groups = new Map();
  for (const item of items) {
    const group = groupOf(item) ?? null;
    const key = JSON.stringify(group);
    if (!groups.has(key)) groups.set(key, { group, items: [] });
    groups.get(key).items.push(item);
  }
  return [...groups.values()].sort((a, b) => (a.group === null) - (b.group === null));
}
