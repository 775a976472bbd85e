/** From a request's path to a file that may be served. */
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * @param {{prefix: string, folder: string}[]} mounts
 * @param {string} url the request's, with its query
 * @returns {Promise<{path: string, size: number, modified: number} | null>} null: no such file
 */
export async function findFile(mounts, url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/)[0]);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  for (const { prefix, folder } of mounts) {
    const found = path.startsWith(prefix) && await fileWithin(folder, path.slice(prefix.length));
    if (found) return found;
  }
  return null;
}

/** Links and .. are resolved before the path is compared, so that nothing outside of the folder is served. */
async function fileWithin(folder, relative) {
  const wanted = join(folder, relative === '' || relative.endsWith('/') ? `${relative}index.html` : relative);
  try {
    const path = await realpath(wanted);
    if (!path.startsWith((await realpath(folder)) + sep)) return null;
    const status = await stat(path);
    return status.isFile() ? { path, size: status.size, modified: status.mtimeMs } : null;
  } catch {
    return null;
  }
}
