/** How far raters agree with one another, as it is told: with its interval, and whether it may be chance. */
import { shareInterval } from '../lib/shared/statistics.js';
import { rankInterval } from '../lib/teach/intervals.js';
import { formatCorrelation, formatPercent } from '../ui/formats.js';
import { say } from './language.js';

/** @import {Interval} from '../lib/teach/intervals.js' */

/**
 * What sentences of it say. A picture counts once, however many judged it.
 * @param {number} value a correlation of numbers, else the share of same answers
 * @param {{shared: number, chance: number, areNumbers: boolean}} options shared: pictures that more than one judged; chance: what guessing would have
 */
export function betweenRaters(value, { shared, chance, areNumbers }) {
  const [low, high] = areNumbers ? rankInterval(value, shared) : /** @type {Interval} */ (shareInterval(value * shared, shared));
  const format = areNumbers ? formatCorrelation : formatPercent;
  return { value: format(value), low: format(low), high: format(high), meaning: say(low > chance ? 'card.ceiling' : 'meter.chance') };
}
