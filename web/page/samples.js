/** The pictures that come with the page, small enough to be shown as they are. */
import { localize, onLanguage } from './language.js';

/** @import {NewItem, Text} from './types.d.ts' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoringRun} from './scoring-run.js' */

/** Samples lie beside their list: an address is not one. */
const SAMPLE_NAME = /^\w[\w.-]*$/;

/** Their names follow the page's language. @param {Pictures} pictures @param {ScoringRun} run */
export async function addSamples(pictures, run) {
  onLanguage(() => {
    for (const item of pictures.items) if (item.title) pictures.update(item, { name: localize(item.title) });
  });
  run.addSamples(await fetchSamples());
}

/** Those that do not come are missing. @returns {Promise<NewItem[]>} */
async function fetchSamples() {
  const base = new URL('samples/', document.baseURI);
  const response = await fetch(new URL('samples.json', base)).catch(() => null);
  if (!response?.ok) return []; // a page without samples is fine
  /** @type {{pictures: {file: string, title: Text}[]}} */
  const { pictures } = await response.json();
  const named = pictures.filter(({ file }) => SAMPLE_NAME.test(file));
  const files = await Promise.all(named.map(({ file }) => blobAt(new URL(file, base))));
  return named.flatMap(({ file: name, title }, at) => {
    const file = files[at];
    return file ? [{ name: localize(title), title, path: `samples/${name}`, file, thumbnail: URL.createObjectURL(file), sample: true }] : [];
  });
}

/** What is there, or null. @param {URL} address */
async function blobAt(address) {
  try {
    const response = await fetch(address);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
