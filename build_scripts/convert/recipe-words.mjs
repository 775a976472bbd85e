/** What recipes ask of their words beyond the library's checks: a recipe is written by hand, and may leave words out. */
import { fail, object } from '../../web/lib/check.js';
import { ConvertError, BAD_RECIPE } from './errors.mjs';

/**
 * @param {string} path of the word in the recipe, such as `tasks[1].output.labels`
 * @param {string} what the rest of the sentence
 * @returns {ConvertError}
 */
export function refuse(path, what) {
  return new ConvertError(BAD_RECIPE, `${path || 'The recipe'} ${what}`);
}

/**
 * An object of known words; those that are left out get their default. It changes the value, which is the reader's own copy.
 * @param {Record<string, import('../../web/lib/check.js').MemberCheck>} words
 * @param {Record<string, unknown>} [defaults]
 */
export function record(words, defaults = {}) {
  return (value, path) => {
    fill(value, defaults);
    return object(value, path, words);
  };
}

/** Gives an object the words that it lacks. @param {any} value @param {Record<string, unknown>} defaults */
export function fill(value, defaults) {
  if (value === null || typeof value !== 'object') return;
  for (const [word, preset] of Object.entries(defaults)) if (!Object.hasOwn(value, word)) value[word] = structuredClone(preset);
}

/** @param {number} [most] characters */
export function text(most = 4000) {
  return (value, path) => {
    if (typeof value !== 'string' || value.trim() === '' || value.length > most) fail(path, `must be a text of 1 to ${most} characters`);
    return value;
  };
}
