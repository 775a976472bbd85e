/** From the command line's inputs to pictures, in order. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PerceptError } from '../../web/percept.js';

/** What a folder is searched for; a file that is named is tried whatever its name. */
const PICTURE = /\.(jpe?g|png|bmp|gif|webp|avif|hei[cf])$/i;
const ADDRESS = /^https?:/;

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
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
  if (paths.length === 0) {
    yield { image: folder, problem: new PerceptError('no-pictures', 'The folder holds no pictures.') };
  }
  for (const path of paths) yield { image: path, url: pathToFileURL(path).href };
}
