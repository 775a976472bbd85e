/** Folders that a script writes whole, and replaces whole: only those of its own making. */
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from './make-folder.mjs';

/** By this file a folder is known to be one that may be replaced. */
const MARK = '.percept-dist';

/**
 * @param {string} folder to be replaced
 * @throws {Error} where it has files and no mark, or cannot be read
 */
export async function checkOwn(folder) {
  const present = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${folder} is not a folder that can be read (${error.code}).`, { cause: error });
  });
  if (present.length > 0 && !present.includes(MARK)) throw new Error(`${folder} is not empty, and not of this program's making.`);
}

/** @param {string} folder */
async function markOwn(folder) {
  await writeFile(join(folder, MARK), 'This whole folder is replaced when it is written again.\n');
}

/**
 * Writes a folder beside its place, marked, and puts it there when it is whole. What lies there is the caller's to check; beside it,
 * only what an earlier run left is replaced.
 * @param {string} folder @param {(part: string) => Promise<void>} fill a new folder
 */
export async function replaceFolder(folder, fill) {
  const part = `${resolve(folder)}.part`;
  await checkOwn(part);
  try {
    await rm(part, { recursive: true, force: true });
    await makeFolder(part);
    await markOwn(part);
    await fill(part);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
  await rm(folder, { recursive: true, force: true });
  await rename(part, resolve(folder));
}
