/** Moves chosen pictures to a folder, with what goes beside them. */
import { filesOf } from './chosen-files.js';
import { ownFile } from './identity.js';
import { say } from './language.js';
import { NotMoved, moveFile, namesIn, writeInto } from './move.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {Wish} from './chosen-files.js'
 * @import {Home} from './move.js'
 * @import {Pictures} from './pictures.js'
 * @typedef {Item & {home: Home}} Moving
 */

/**
 * One after the other: what cannot be moved stays where it is, and those after it. What lies in that folder already keeps its name.
 * @param {Item[]} shown those without a file are left out, the others came with their folders
 * @param {FileSystemDirectoryHandle} target
 * @param {{wish: Wish, pictures: Pictures, isStopped: () => boolean, tell: (done: number, total: number) => void}} how
 * @returns {Promise<string>} what is said of it
 */
export async function movePictures(shown, target, { wish, pictures, isStopped, tell }) {
  const items = /** @type {Moving[]} */ (shown.filter((item) => ownFile(item) !== null)); // once: what is shown may change while the person is asked
  for (const root of new Set(items.map(({ home }) => home.root))) {
    if (await /** @type {any} */ (root).requestPermission({ mode: 'readwrite' }) !== 'granted') return say('save.notAllowed', { folder: root.name });
  }
  const staying = new Map();
  for (const item of items) if (await item.home.folder.isSameEntry(target)) staying.set(item, item.home.name);
  const files = filesOf(items, { ...wish, staying }, await namesIn(target));
  let count = 0;
  for (const [at, { input, item, name }] of files.entries()) {
    if (isStopped()) return say('save.movedUntil', { count, folder: target.name });
    tell(at, files.length);
    if (!item) await writeInto(target, name, input);
    else if (!staying.has(item)) {
      const problem = await moveOne(/** @type {Moving} */ (item), { target, name, pictures });
      if (problem !== null) return say('save.movedSome', { count, folder: target.name, name: item.name, message: problem });
      count += 1;
    }
  }
  return say('save.moved', { count, folder: target.name });
}

/** @param {Moving} item @param {{target: FileSystemDirectoryHandle, name: string, pictures: Pictures}} where @returns {Promise<string | null>} why not */
async function moveOne(item, { target, name, pictures }) {
  try {
    const { file, home } = await moveFile(item, target, name);
    pictures.update(item, item.original ? { original: file, home } : { file, home });
    return null;
  } catch (error) {
    if (error instanceof NotMoved) return say(error.reason);
    return error instanceof Error ? error.message : String(error);
  }
}
