/** From the command line's inputs to pictures, in order. */
import { openAsBlob } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PerceptError } from '../../web/lib/percept.js';
import { isPictureName } from '../../web/lib/shared/picture-names.js';

export const ADDRESS = /^https?:/;

/** @typedef {{image: string, path?: Buffer, problem?: PerceptError}} Found image: the path as text; path: its bytes */

/**
 * @param {string[]} inputs files, folders and http addresses
 * @yields {{image: string, source?: string | Blob, problem?: PerceptError}} image: the path as given, in a folder with
 *   the file's name joined to it; folders are read to the bottom, linked ones once, sorted by name
 */
export async function* listPictures(inputs) {
  for (const input of inputs) {
    if (ADDRESS.test(input)) {
      yield { image: input, source: input };
    } else if ((await stat(input).catch(() => null))?.isDirectory()) {
      yield* listFolder(input);
    } else {
      yield { image: input, source: pathToFileURL(input).href };
    }
  }
}

async function* listFolder(folder) {
  const found = await walk(folder);
  found.sort((a, b) => (a.image < b.image ? -1 : 1));
  if (found.length === 0) {
    yield { image: folder, problem: new PerceptError('no-pictures', 'The folder holds no pictures.') };
  }
  for (const { image, path, problem } of found) {
    if (problem) yield { image, problem };
    else yield isText(path) ? { image, source: pathToFileURL(image).href } : await opened(image, path);
  }
}

/**
 * The pictures of a folder and those below it; a folder that cannot be read costs only itself.
 * @param {string} folder
 * @returns {Promise<Found[]>}
 */
export async function walk(folder) {
  const found = [];
  await addFrom({ path: Buffer.from(folder), found, seen: new Set() });
  return found;
}

/** Names are bytes, which need not be UTF-8. @param {Buffer} path */
export const isText = (path) => Buffer.from(path.toString()).equals(path);

/** A file whose name no address can have. @param {string} image @param {Buffer} path */
async function opened(image, path) {
  try {
    return { image, source: await openAsBlob(path) };
  } catch (cause) {
    return { image, problem: new PerceptError('unreadable-picture', `The file could not be read: ${cause.message}.`, { cause }) };
  }
}

/**
 * @param {{path: Buffer, found: Found[], seen: Set<string>}} place seen: the folders that were read, for links may lead back
 *   to them
 */
async function addFrom({ path, found, seen }) {
  let entries;
  try {
    const real = (await realpath(path, { encoding: 'buffer' })).toString('latin1');
    if (seen.has(real)) return;
    seen.add(real);
    entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    found.push({ image: path.toString(), problem: new PerceptError('unreadable-picture', `The folder could not be read: ${cause.message}.`, { cause }) });
    return;
  }
  for (const entry of entries) {
    const inside = joined(path, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(inside).catch(() => entry) : entry;
    if (kind.isDirectory()) await addFrom({ path: inside, found, seen });
    else if (isPictureName(entry.name.toString())) found.push({ image: inside.toString(), path: inside });
  }
}

/** As path.join, of bytes. @param {Buffer} folder @param {Buffer} name */
function joined(folder, name) {
  const text = folder.toString('latin1');
  return Buffer.from(join(text, name.toString('latin1')), 'latin1');
}
