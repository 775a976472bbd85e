/** What a picture is known by: its content. Two files of one name are two pictures, a copy under another name is the same. */
import { sha256 } from '../lib/weights/hash.js';

export { isContentKey } from '../lib/shared/content-key.js';

/** @import {Item} from './types.d.ts' */
/** @import {Pictures} from './pictures.js' */

/** A picture's own file, as it came; null where it came without. @param {Item} item */
export const ownFile = ({ file, original }) => original ?? file;

/** Of a picture without a file whose content nobody hashed: it equals no picture that has one. @param {string} path */
export const keyOfName = (path) => `name:${path}`;

/** Reads a picture's file unless its key is known. @param {Item} item @param {Pictures} pictures @returns {Promise<string>} */
export async function identify(item, pictures) {
  if (item.key !== null) return item.key;
  const file = ownFile(item);
  const key = file ? await sha256(new Uint8Array(await file.arrayBuffer())) : keyOfName(item.path);
  pictures.update(item, { key });
  return key;
}
