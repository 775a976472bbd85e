/** How strong a colour is by which an effect is shown. Pure. */

/** Of an effect of the error's size. */
const FAINT = 0.2;

/**
 * Faint up to the error, and well seen beyond it. Where nothing goes beyond it, all is faint, and the strongest the least so.
 * @param {number} effect @param {number} error @param {number} most the strongest effect @returns {number} 0 to 1
 */
export function strengthOf(effect, error, most) {
  return effect <= error ? FAINT * (effect / (Math.min(error, most) || 1)) : 2 * FAINT + ((1 - 2 * FAINT) * (effect - error)) / (most - error);
}
