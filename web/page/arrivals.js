/** Pictures that come: those that are here already, by name and content, do not come twice. */
import { sha256 } from '../lib/weights/hash.js';
import { identify, ownFile } from './identity.js';
import { say, together } from './language.js';
import { remark } from './remark.js';

/** @import {Item, NewItem} from './types.d.ts' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoringRun} from './scoring-run.js' */

/** @param {NewItem[]} pictures @param {{pictures: Pictures, run: ScoringRun, isShown: boolean}} parts isShown: else it is said how many came */
export async function takeIn(pictures, { pictures: store, run, isShown }) {
  const { fresh, known } = await sortOut(pictures, store);
  run.add(fresh);
  run.retry(known);
  const words = known.length === 0 ? '' : say('intake.known', { count: known.length });
  remark(words, together(isShown || fresh.length === 0 ? '' : say('intake.came', { count: fresh.length }), words));
}

/** @param {NewItem[]} added @param {Pictures} store @returns {Promise<{fresh: NewItem[], known: Item[]}>} */
async function sortOut(added, store) {
  /** @type {Map<string, Item[]>} */
  const here = new Map();
  for (const item of store.items) {
    const file = ownFile(item);
    const like = likeness({ name: item.name, file });
    if (file && !item.sample) here.set(like, [...here.get(like) ?? [], item]);
  }
  /** @type {NewItem[]} */
  const fresh = [];
  /** @type {Item[]} */
  const known = [];
  for (const each of added) {
    const alike = here.get(likeness(each));
    const same = alike && await findSame(each, alike, store).catch(() => undefined); // what cannot be read says so when it is scored
    if (same) known.push(same);
    else fresh.push(each);
  }
  return { fresh, known };
}

/** What two files of one picture share. @param {{name: string, file?: Blob | null}} picture */
const likeness = ({ name, file }) => `${file?.size} ${name}`;

/** @param {NewItem} added @param {Item[]} alike @param {Pictures} store */
async function findSame({ file }, alike, store) {
  const key = await sha256(new Uint8Array(await /** @type {Blob} */ (file).arrayBuffer()));
  for (const item of alike) if (await identify(item, store) === key) return item;
  return undefined;
}
