/** What a form gets of the element, and why it must not be sent. Pure. */
import { plainScores } from './limits.js';

/** @import {Held} from './types.d.ts' */

/**
 * The picture under the element's name, and beside it the scores.
 * @param {Held} held @param {string} name @param {string} fileName
 * @returns {FormData | null}
 */
export function formValue({ picture, result, scoredTasks, scores }, name, fileName) {
  if (name === '' || !picture) return null;
  const data = new FormData();
  data.append(name, picture, fileName);
  if (result) data.append(`${name}-scores`, JSON.stringify(plainScores(scoredTasks, scores)));
  return data;
}

/**
 * @param {Held} held @param {{isRequired: boolean, isForbidden: boolean}} page isForbidden: by setCustomValidity
 * @returns {ValidityStateFlags} those that are set
 */
export function validityFlags({ state, picture, limits }, { isRequired, isForbidden }) {
  const breaks = (/** @type {'min' | 'max'} */ bound) => limits.some((each) => each.broken && each.bound === bound);
  const flags = {
    customError: isForbidden || state === 'scoring',
    valueMissing: isRequired && !picture && (state === 'empty' || state === 'failed'),
    badInput: state === 'failed' && picture !== null,
    rangeUnderflow: breaks('min'),
    rangeOverflow: breaks('max'),
  };
  return Object.fromEntries(Object.entries(flags).filter(([, isSet]) => isSet));
}
