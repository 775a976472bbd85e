/** From the command line's inputs to pictures, in order. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PerceptError } from '../../web/lib/percept.js';
import { isPictureName } from '../../web/lib/shared/picture-names.js';

export const ADDRESS = /^https?:/;

/**
 * @param {string[]} inputs files, folders and http addresses
 * @yields {{image: string, url?: string, problem?: PerceptError}} image: the path as given, in a folder with
 *   the file's name joined to it; folders are read to the bottom, sorted by name
 */
export async function* listPictures(inputs) {
  for (const input of inputs) {
    if (ADDRESS.test(input)) {
      yield { image: input, url: input };
    } else if ((await stat(input).catch(() => null))?.isDirectory()) {
      yield* listFolder(input);
    } else {
      yield { image: input, url: pathToFileURL(input).href };
    }
  }
}

async function* listFolder(folder) {
  const found = await walk(folder);
  found.sort((a, b) => (a.image < b.image ? -1 : 1));
  if (found.length === 0) {
    yield { image: folder, problem: new PerceptError('no-pictures', 'The folder holds no pictures.') };
  }
  for (const { image, problem } of found) yield problem ? { image, problem } : { image, url: pathToFileURL(image).href };
}

/**
 * The pictures of a folder and those below it; a folder that cannot be read costs only itself.
 * @param {string} folder
 * @returns {Promise<{image: string, problem?: PerceptError}[]>}
 */
export async function walk(folder) {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    return [{ image: folder, problem: new PerceptError('unreadable-picture', `The folder could not be read: ${cause.message}.`, { cause }) }];
  }
  const found = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...await walk(path));
    else if (isPictureName(entry.name)) found.push({ image: path });
  }
  return found;
}
