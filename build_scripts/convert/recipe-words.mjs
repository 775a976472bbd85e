/**
 * A small vocabulary for checking what people write by hand.
 *
 * A reader is a function (value, path) that returns the value, with defaults filled in, or refuses it by
 * its path in the recipe, such as `tasks[1].output.labels`.
 */
import { ConvertError, BAD_RECIPE, listNames } from './errors.mjs';

/**
 * @param {string} path
 * @param {string} what the rest of the sentence
 * @returns {ConvertError}
 */
export function refuse(path, what) {
  return new ConvertError(BAD_RECIPE, `${path || 'The recipe'} ${what}`);
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * A record of known words. An optional word that is absent stays absent, unless it has a default.
 * @param {Record<string, {read: Function, required?: boolean, default?: unknown}>} words
 */
export function record(words) {
  return (value, path) => {
    if (!isObject(value)) throw refuse(path, 'must be an object {…}.');
    const unknown = Object.keys(value).filter((word) => !Object.hasOwn(words, word));
    if (unknown.length > 0) {
      throw refuse(path, `has the unknown word ${listNames(unknown.map((word) => JSON.stringify(word)))}; the known ones `
        + `are ${Object.keys(words).join(', ')}.`);
    }
    const result = {};
    for (const [word, { read, required, default: preset }] of Object.entries(words)) {
      if (value[word] !== undefined) result[word] = read(value[word], path ? `${path}.${word}` : word);
      else if (required) throw refuse(path, `lacks the word "${word}".`);
      else if (preset !== undefined) result[word] = structuredClone(preset);
    }
    return result;
  };
}

/** A list of one to `most` items. */
export function list(readItem, most) {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < 1 || value.length > most) {
      throw refuse(path, `must be a list […] of 1 to ${most} items.`);
    }
    return value.map((item, index) => readItem(item, `${path}[${index}]`));
  };
}

/** A list of exactly `count` items. */
export function tuple(readItem, count) {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== count) throw refuse(path, `must be a list of ${count} numbers.`);
    return value.map((item, index) => readItem(item, `${path}[${index}]`));
  };
}

export function integer(low, high) {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw refuse(path, `must be an integer from ${low} to ${high}, not ${JSON.stringify(value)}.`);
    }
    return value;
  };
}

export function number(low = -Number.MAX_VALUE, high = Number.MAX_VALUE) {
  return (value, path) => {
    if (!Number.isFinite(value) || value < low || value > high) {
      throw refuse(path, `must be a finite number${low > -1e300 ? ` from ${low} to ${high}` : ''}, not `
        + `${JSON.stringify(value)}.`);
    }
    return value;
  };
}

export function boolean(value, path) {
  if (typeof value !== 'boolean') throw refuse(path, `must be true or false, not ${JSON.stringify(value)}.`);
  return value;
}

export function text(most = 4000) {
  return (value, path) => {
    if (typeof value !== 'string' || value.trim() === '' || value.length > most) {
      throw refuse(path, `must be a text of 1 to ${most} characters.`);
    }
    return value;
  };
}

/** One of some words. */
export function oneOf(...choices) {
  return (value, path) => {
    if (!choices.includes(value)) {
      throw refuse(path, `must be ${choices.map((choice) => `"${choice}"`).join(' or ')}, not ${JSON.stringify(value)}.`);
    }
    return value;
  };
}

/** A record with free words, each read alike. */
export function dictionary(readItem, wordPattern, wordMeaning) {
  return (value, path) => {
    if (!isObject(value) || Object.keys(value).length === 0) throw refuse(path, `must be an object {…} by ${wordMeaning}.`);
    return Object.fromEntries(Object.entries(value).map(([word, item]) => {
      if (!wordPattern.test(word)) throw refuse(path, `has the word ${JSON.stringify(word)}, which is no ${wordMeaning}.`);
      return [word, readItem(item, `${path}.${word}`)];
    }));
  };
}

/** A text in one or more languages: {"en": "…", "ja": "…"}. */
export const localized = dictionary(text(), /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'language tag');
