/** The page's language: its own sentences from the table, the model's from the manifest, numbers as people write them. */
import { keep, recall } from './kept.js';
import { LANGUAGES, TABLE } from './strings.js';

/** @import {Text} from '../page/types.d.ts' */

let language = chooseLanguage();
let numbers = new Intl.NumberFormat(language);
/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {string} */
function chooseLanguage() {
  const wished = new URLSearchParams(location.search).get('lang') ?? recall('language');
  const wanted = [wished, ...navigator.languages].filter(Boolean).map((each) => each.split('-')[0]);
  return wanted.find((each) => LANGUAGES.includes(each)) ?? LANGUAGES[0];
}

export const currentLanguage = () => language;

/** Changes the language of everything that listens. @param {string} wanted */
export function switchLanguage(wanted) {
  language = wanted;
  numbers = new Intl.NumberFormat(language);
  keep('language', wanted);
  translateDocument();
  for (const listener of listeners) listener();
}

/** @param {() => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
}

/**
 * A sentence of the table. `{name}` stands for a value, numbers as the language writes them; `{count?one:many}`
 * chooses by whether the value is 1.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const text = TABLE[key][LANGUAGES.indexOf(language)];
  return text.replace(/\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g, (_, name, one, many) => {
    if (one !== undefined) return values[name] === 1 ? one : many;
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** Fills the elements of index.html that name a sentence: its text, or an attribute of theirs. */
export function translateDocument() {
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll('[data-say]')) each.textContent = say(each.getAttribute('data-say') ?? '');
  for (const each of document.querySelectorAll('[data-say-label]')) each.setAttribute('aria-label', say(each.getAttribute('data-say-label') ?? ''));
}

/** The text in the page's language among those that a manifest has. @param {Text} text */
export function localize(text) {
  if (typeof text === 'string') return text;
  const wanted = [language, ...navigator.languages.flatMap((each) => [each, each.split('-')[0]])];
  const found = [...wanted, 'en', ...Object.keys(text)].find((each) => Object.hasOwn(text, each));
  return text[found ?? ''];
}

/** A name for a topic of a model's `about`. @param {string} topic */
export function topicTitle(topic) {
  return Object.hasOwn(TABLE, `topic.${topic}`) ? say(`topic.${topic}`) : topic[0].toUpperCase() + topic.slice(1).replaceAll('_', ' ');
}

/** As many digits as the range can bear: two for 0 to 1, one for 0 to 10. @param {[number, number]} range */
export function digitsFor([low, high]) {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(high - low)))));
}

/** @param {number} value @param {[number, number]} range */
export function formatScore(value, range) {
  return value.toFixed(digitsFor(range));
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

/** @param {number} share */
export const formatPercent = (share) => `${Math.round(share * 100)} %`;

/** @param {number} bytes */
export const formatMegabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** A span of time in words, as coarse as people say it. @param {number} milliseconds */
export function formatSpan(milliseconds) {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 60) return say('time.seconds', { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? say('time.minutes', { count: minutes }) : say('time.hours', { count: Math.round(minutes / 60) });
}
