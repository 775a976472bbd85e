/** How numbers are written. Pure. */

/** @import {Words} from './words.js' */

/** As many digits as the range can bear: two for 0 to 1, one for 0 to 10. @param {[number, number]} range */
export function digitsFor([low, high]) {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(high - low)))));
}

/**
 * A score as text. Near a limit it gets the digits that tell the two apart: 0.496 is not "0.50", which a limit of 0.5
 * would have taken.
 * @param {number} value @param {[number, number]} range @param {number} [limit]
 */
export function formatScore(value, range, limit = value) {
  let digits = digitsFor(range);
  while (value !== limit && digits < 9 && value.toFixed(digits) === limit.toFixed(digits)) digits += 1;
  return value.toFixed(digits);
}

/**
 * One digit more than the score, so that a small error does not read as none.
 * @param {number} error @param {[number, number]} range
 */
export function formatError(error, range) {
  return error.toFixed(digitsFor(range) + 1);
}

/** With its sign, a real minus for it. @param {number} value @param {number} digits */
export function formatSigned(value, digits) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** From -1 to 1, with a real minus; what rounds to nothing has no sign. @param {number} value */
export function formatCorrelation(value) {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) > 0 ? `−${text}` : text;
}

/** The same in each language, so that one page has one style. @param {number} share from 0 to 1 @param {number} [digits] at most so many behind the point */
export const formatPercent = (share, digits = 0) => `${Number((share * 100).toFixed(digits))} %`;

/** @param {number} bytes */
export const formatMegabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** A span of time in words, as coarse as people say it. @param {number} milliseconds @param {Pick<Words, 'say'>} words */
export function formatSpan(milliseconds, { say }) {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 60) return say('time.seconds', { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? say('time.minutes', { count: minutes }) : say('time.hours', { count: Math.round(minutes / 60) });
}
