/** Folders that a script writes whole, and replaces whole: only those of its own making. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
export async function markOwn(folder) {
  await writeFile(join(folder, MARK), 'This whole folder is replaced when it is written again.\n');
}
