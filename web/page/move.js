/** Moves a picture's file to another folder: it is copied, the copy is read back and compared, and only then the original is deleted. */
import { sha256 } from '../lib/weights/hash.js';

/**
 * @import {Item} from './types.d.ts'
 * @typedef {{root: FileSystemDirectoryHandle, folder: FileSystemDirectoryHandle, name: string}} Home where a file lies; root: the folder that the person chose
 */

/** Something was not as it had to be, and the original is where it was. */
export class NotMoved extends Error {
  /** @param {string} reason the key of a sentence */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {Blob | string} input */
export async function writeInto(folder, name, input) {
  const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await stream.write(input);
  await stream.close();
}

/** Of what lies in a folder, in small letters. @param {FileSystemDirectoryHandle} folder @returns {Promise<Set<string>>} */
export async function namesIn(folder) {
  const names = new Set();
  for await (const name of /** @type {any} */ (folder).keys()) names.add(name.toLowerCase());
  return names;
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
const fileIn = async (folder, name) => (await folder.getFileHandle(name)).getFile();

const hashOf = async (/** @type {File} */ file) => sha256(new Uint8Array(await file.arrayBuffer()));

/**
 * @param {Pick<Item, 'key'> & {home: Home}} item what it is known by, and where it lies
 * @param {FileSystemDirectoryHandle} target another folder @param {string} name that is free there
 * @returns {Promise<{file: File, home: Home}>} the copy, which is the only one now
 * @throws {NotMoved | Error} and then the original is where it was; an Error is the browser's own
 */
export async function moveFile({ home, key }, target, name) {
  const original = await fileIn(home.folder, home.name);
  const hash = await hashOf(original);
  if (key !== null && hash !== key) throw new NotMoved('save.wasChanged');
  await writeInto(target, name, original);
  const copy = await fileIn(target, name);
  if (await hashOf(copy) !== hash) {
    await target.removeEntry(name).catch(() => {}); // what is of no use
    throw new NotMoved('save.copyDiffers');
  }
  await home.folder.removeEntry(home.name);
  return { file: copy, home: { root: target, folder: target, name } };
}
