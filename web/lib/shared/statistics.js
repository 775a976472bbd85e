/** Statistics of small samples, with honest intervals. Everything is pure; random numbers have a seed. */

/** @param {number[]} values */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Interpolated between neighbours, as numpy's default. @param {number[]} values @param {number} share 0 to 1 */
export function quantile(values, share) {
  const sorted = values.slice().sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

/** Ranks from 1; equal values share the mean of their ranks. @param {number[]} values @returns {number[]} */
export function ranks(values) {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const result = new Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end += 1;
    for (let at = start; at < end; at += 1) result[order[at]] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/** Pearson's correlation, or null where one side does not vary. @param {number[]} a @param {number[]} b */
export function pearson(a, b) {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [fromA, fromB] = [a[at] - meanA, b[at] - meanB];
    both += fromA * fromB;
    squaresA += fromA * fromA;
    squaresB += fromB * fromB;
  }
  return squaresA > 0 && squaresB > 0 ? Math.max(-1, Math.min(1, both / Math.sqrt(squaresA * squaresB))) : null;
}

/**
 * Spearman's correlation: Pearson's of the ranks; null where one side does not vary.
 * @param {number[]} a @param {number[]} b
 */
export function spearman(a, b) {
  return a.length < 2 ? null : pearson(ranks(a), ranks(b));
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32's recurrence). @param {number} seed */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The answer that is given most, of several the first, and its share: who always says it is right as often. @param {string[]} answers one or more */
export function commonest(answers) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const [[label, count]] = [...counts].sort(([, a], [, b]) => b - a);
  return { label, share: count / answers.length };
}

/** From fewer judgements than this nothing is said of how well a trait does: it cannot be known yet. */
export const LEAST_LABELS = 10;

/** Fewer pictures than this say nothing about how far a figure may be off. */
export const LEAST_FOR_INTERVAL = 5;

/** Of a normal distribution 95 % lie between this and its negative. */
export const NORMAL = 1.959964;

/**
 * Wilson's interval of a share (1927), by default of 95 %.
 * @param {number} hits @param {number} count @param {number} [z] the normal distribution's quantile
 * @returns {[number, number] | null} null of nothing
 */
export function shareInterval(hits, count, z = NORMAL) {
  if (count === 0) return null;
  const share = hits / count;
  const center = share + (z * z) / (2 * count);
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return [Math.max(0, (center - spread) / scale), Math.min(1, (center + spread) / scale)];
}

/**
 * In the order in which their first items come.
 * @template Item, Key
 * @param {Item[]} items @param {(item: Item) => Key} keyOf
 * @returns {Map<Key, Item[]>}
 */
export function groupBy(items, keyOf) {
  /** @type {Map<Key, Item[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * Where a value stands: how many of the values are higher, from 1.
 * @param {number[]} sorted ascending, the value among them
 * @param {number} value
 */
export function standing(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low + 1;
}

/** @param {number[]} values @returns {number | null} null of nothing */
export const median = (values) => (values.length > 0 ? quantile(values, 0.5) : null);
