/** How far raters agree with one another, as it is told: with its interval, and whether it may be chance. */
import { agreementInterval } from '../lib/teach/raters.js';
import { formatCorrelation, formatPercent } from '../ui/formats.js';
import { say } from './language.js';

/**
 * What sentences of it say.
 * @param {number} value a correlation of numbers, else the share of same answers
 * @param {{shared: number, chance: number, areNumbers: boolean}} options shared: pictures that more than one judged; chance: what guessing would have
 */
export function betweenRaters(value, { shared, chance, areNumbers }) {
  const [low, high] = agreementInterval(value, shared, areNumbers);
  const format = areNumbers ? formatCorrelation : formatPercent;
  return { value: format(value), low: format(low), high: format(high), meaning: say(low > chance ? 'card.ceiling' : 'meter.chance') };
}
