/** The files of judged pictures in a folder: by their names where their content is the judged one, else by their content. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../hash-file.mjs';
import { isText, walk } from '../score/pictures.mjs';
import { TeachError } from './errors.mjs';

const isFile = async (path) => (await stat(path).catch(() => null))?.isFile() ?? false;

/** @param {string} folder @returns {Promise<Map<string, string>>} SHA-256 to path */
async function byContent(folder) {
  const files = (await walk(folder)).filter(({ problem, path }) => !problem && isText(path)).map(({ image }) => image);
  const found = new Map();
  for (const file of files) found.set(await hashFile(file), file);
  return found;
}

/**
 * @param {{image: string, sha256: string}[]} pictures sha256: '' where it is not known, and the name alone tells
 * @param {string} folder
 * @returns {Promise<string[]>} their paths, in the same order
 * @throws {TeachError} where one is not there, or has another content there
 */
export async function findPictures(pictures, folder) {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) throw new TeachError(`${folder} is not a folder: --images names the pictures' folder.`);
  const paths = [];
  let contents = null;
  const absent = [];
  for (const { image, sha256 } of pictures) {
    const named = join(folder, image);
    const isThere = await isFile(named);
    let path = named;
    if (!isThere || (sha256 !== '' && await hashFile(named) !== sha256)) {
      if (sha256 !== '') contents ??= await byContent(folder);
      path = contents?.get(sha256);
    }
    if (path === undefined) absent.push(isThere ? `${image}, which is there, but whose content is not the one that was judged: its sha256 differs` : image);
    paths.push(path);
  }
  if (absent.length > 0) throw new TeachError(`${folder} lacks ${absent.length} of the ${pictures.length} judged pictures, such as ${absent[0]}. Put them there, or take their lines out.`);
  return paths;
}
