/** What a picture is known by: its content. Two files of one name are two pictures, a copy under another name is the same. */
import { sha256 } from '../lib/weights/hash.js';

/** @import {Item} from './types.d.ts' */
/** @import {Pictures} from './pictures.js' */

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a key is a content's hash. @param {unknown} key @returns {key is string} */
export const isContentKey = (key) => typeof key === 'string' && SHA256.test(key);

/** Of a picture without a file whose content nobody hashed: it equals no picture that has one. @param {string} path */
export const keyOfName = (path) => `name:${path}`;

/** Reads a picture's file unless its key is known. @param {Item} item @param {Pictures} pictures @returns {Promise<string>} */
export async function identify(item, pictures) {
  if (item.key !== null) return item.key;
  const key = item.file ? await sha256(new Uint8Array(await item.file.arrayBuffer())) : keyOfName(item.path);
  pictures.update(item, { key });
  return key;
}
