/** Sentences in a reader's language: our own from a table, the model's from its manifest, errors as people understand them. */
import { FAILURES } from './strings.js';

/** @import {Text} from './types.d.ts' */

/** The columns of every table. The first stands in for languages that we lack. */
export const LANGUAGES = ['en', 'ja'];

/**
 * By key, a sentence in each of LANGUAGES. `{name}` stands for a value, numbers as the language writes them;
 * `{count?one:many}` chooses by whether the value is 1.
 * @typedef {Record<string, string[]>} Table
 * @typedef {Record<string, string | number>} Values
 * @typedef {ReturnType<typeof wordsIn>} Words
 */

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {string} language */
function numbersIn(language) {
  const format = formats.get(language) ?? new Intl.NumberFormat(language);
  formats.set(language, format);
  return format;
}

/** @param {string} text @param {Values} values @param {Intl.NumberFormat} numbers */
function fill(text, values, numbers) {
  return text.replace(/\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g, (_, name, one, many) => {
    if (one !== undefined) return values[name] === 1 ? one : many;
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** 'en' of 'en-GB'. @param {string} tag */
const baseOf = (tag) => tag.toLowerCase().split('-')[0];

/**
 * @param {string} tag the reader's language, such as 'ja-JP'
 * @param {Table} table what may be said
 * @param {readonly string[]} [others] languages that the reader takes for a model's text that lacks the first
 */
export function wordsIn(tag, table, others = []) {
  const column = Math.max(0, LANGUAGES.indexOf(baseOf(tag)));
  const language = LANGUAGES[column];
  const numbers = numbersIn(language);
  const wanted = [...[tag, ...others].flatMap((each) => [each, baseOf(each)]), LANGUAGES[0]];

  return {
    /** Of the sentences. */
    language,

    /** A sentence of the table. @param {string} key @param {Values} [values] */
    say: (key, values = {}) => fill(table[key][column], values, numbers),

    /** @param {string} key */
    has: (key) => Object.hasOwn(table, key),

    /** The text for this reader among those that a manifest has. @param {Text} text @returns {string} */
    localize(text) {
      if (typeof text === 'string') return text;
      const found = [...wanted, ...Object.keys(text)].find((each) => Object.hasOwn(text, each));
      return text[found ?? ''];
    },

    /** What went wrong. @param {{code: string, message: string}} error */
    explain({ code, message }) {
      const known = Object.hasOwn(FAILURES, language) ? FAILURES[language] : {};
      const text = Object.hasOwn(known, code) ? known[code] : known.other;
      return text === undefined ? message : fill(text, { code, message }, numbers);
    },
  };
}

/**
 * The language around an element: the nearest `lang`, through shadow roots, else the browser's.
 * @param {Element} element
 * @returns {string}
 */
export function languageAround(element) {
  /** @type {Element | undefined} */
  let at = element;
  for (; at; at = /** @type {Partial<ShadowRoot>} */ (at.getRootNode()).host) {
    const language = at.closest('[lang]')?.getAttribute('lang');
    if (language) return language;
  }
  return navigator.language;
}
