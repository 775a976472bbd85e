/** The page's language, which its reader may switch, and what is said in it. */
import { keep, recall } from './kept.js';
import { PAGE } from './strings.js';
import { SHARED } from '../ui/strings.js';
import { LANGUAGES, wordsIn } from '../ui/words.js';

/** @import {Words, Values} from '../ui/words.js' */
/** @import {Text} from '../ui/types.d.ts' */

/** @type {import('../ui/words.js').Table} */
const TABLE = { ...SHARED, ...PAGE };

/** Sentences that come later. @param {import('../ui/words.js').Table} table */
export function learn(table) {
  Object.assign(TABLE, table);
}

let current = wordsIn(chooseLanguage(), TABLE, navigator.languages);
/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {string} */
function chooseLanguage() {
  const wished = new URLSearchParams(location.search).get('lang') ?? recall('language');
  const wanted = [wished, ...navigator.languages].filter(Boolean).map((each) => each.split('-')[0]);
  return wanted.find((each) => LANGUAGES.includes(each)) ?? LANGUAGES[0];
}

/** As drawings of ui take them. @returns {Words} */
export const words = () => current;

export const currentLanguage = () => current.language;

/** A sentence of the page. @param {string} key @param {Values} [values] */
export const say = (key, values) => current.say(key, values);

/** Sentences that follow one another; those that are '' are left out. @param {string[]} sentences */
export const together = (...sentences) => sentences.filter(Boolean).reduce((first, next) => (first === '' ? next : say('sentences.both', { first, next })), '');

/** A name, and what is said of it. @param {string} name @param {string} text */
export const named = (name, text) => say('sentences.named', { name, text });

/** Names or figures one after the other. @param {string[]} texts */
export const listed = (texts) => texts.join(say('sentences.list'));

/** A text of the manifest. @param {Text} text */
export const localize = (text) => current.localize(text);

/** Changes the language of everything that listens. @param {string} wanted one of LANGUAGES */
export function switchLanguage(wanted) {
  current = wordsIn(wanted, TABLE, navigator.languages);
  keep('language', wanted);
  translateDocument();
  for (const listener of listeners) listener();
}

/** @param {() => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** Fills the elements of index.html that name a sentence: its text, or an attribute of theirs. */
export function translateDocument() {
  document.documentElement.lang = current.language;
  for (const each of document.querySelectorAll('[data-say]')) each.textContent = say(each.getAttribute('data-say') ?? '');
  for (const each of document.querySelectorAll('[data-say-label]')) each.setAttribute('aria-label', say(each.getAttribute('data-say-label') ?? ''));
}

/** A name for a topic of a model's `about`. @param {string} topic */
export function topicTitle(topic) {
  return current.has(`topic.${topic}`) ? say(`topic.${topic}`) : topic[0].toUpperCase() + topic.slice(1).replaceAll('_', ' ');
}
