/** The service worker with its version written into it: the list of the page's files and their SHA-256. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export const SERVICE_WORKER = 'service-worker.js';

/** Licences ask to go where the program goes; the page does not need them. */
export const LEGAL = ['LICENSE', 'NOTICE.md'];

/** What other pages load, and the build that only tests ask for. */
const FOR_OTHERS = /^(percept|percept-scorer)\.js$|^examples\/|\/tower-reference\.wasm$/;

/** Declarations are for editors; the worker itself is kept by the browser. */
const isLeftOut = (path) => path === SERVICE_WORKER || LEGAL.includes(path) || path.endsWith('/LICENSE') || path.endsWith('.d.ts') || /(^|\/)\./.test(path) || FOR_OTHERS.test(path);

/** Paths of all files of a folder, with '/' between their parts. */
export async function listFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * @param {string} site the folder of the page, the worker without its list in it
 * @returns {Promise<string>} the worker's source
 */
export async function writeServiceWorker(site) {
  const source = await readFile(join(site, SERVICE_WORKER), 'utf8');
  const paths = (await listFiles(site)).filter((path) => !isLeftOut(path));
  const files = await Promise.all(paths.map(async (path) => {
    const hash = createHash('sha256').update(await readFile(join(site, path))).digest('hex');
    return [path === 'index.html' ? '' : path, hash];
  }));
  return `const FILES = ${JSON.stringify(Object.fromEntries(files), null, 2)};\n${source}`;
}
