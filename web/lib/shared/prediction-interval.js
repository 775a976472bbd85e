/** Where the truth behind a score may lie, by what the model's author measured. Pure. */

/** @import {ScoreOutput} from '../kinds/types.d.ts' */

/** Within the scale; null where the model does not tell. @param {Pick<ScoreOutput, 'clamp' | 'interval' | 'to'>} output @param {{value: number}} score @returns {[number, number] | null} */
export function predictionInterval({ clamp, interval, to }, { value }) {
  if (!interval) return null;
  const [least, most] = clamp ? [Math.min(...to), Math.max(...to)] : [-Infinity, Infinity];
  return [Math.max(least, value - interval.below), Math.min(most, value + interval.above)];
}
