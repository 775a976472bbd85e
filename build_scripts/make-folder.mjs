import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it. Node's own recursive mkdir asks for ever where a file system, such as /proc, says of
 * a new folder that there is no such file.
 * @param {string} path
 */
export async function makeFolder(path) {
  try {
    await mkdir(path);
  } catch (error) {
    if (error.code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const above = dirname(resolve(path));
    if (error.code !== 'ENOENT' || await isThere(above)) throw error;
    await makeFolder(above);
    await makeFolder(path); // again from the start: another program may have made it meanwhile
  }
}

const isThere = (path) => stat(path).then(() => true, () => false);
