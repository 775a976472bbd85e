#!/usr/bin/env node
/**
 * Writes the site, which is what browsers get: web/ with its modules bundled, and a service worker that knows every file.
 *
 *   node build_scripts/site.mjs --out build/site     a new or empty folder, or one that this wrote before
 */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFolder } from './make-folder.mjs';
import { checkOwn, replaceFolder } from './own-folder.mjs';
import { sayFailure } from './say-failure.mjs';
import { WEB, bundle, inWeb, placeInSite, withPreloads } from './site/bundle.mjs';
import { declarationsAt } from './site/declarations.mjs';
import { SITE } from './site/place.mjs';
import { LEGAL, SERVICE_WORKER, listFiles, writeServiceWorker } from './site/service-worker.mjs';

const PUBLIC_TYPES = ['lib/percept.d.ts', 'component/percept-scorer.d.ts'];

/** Scripts that import nothing, and are sent as they are. */
const PLAIN = ['page/from-disk.js'];

/** Modules of the rooms: browsers get those that an entry takes, bundled. */
const isModule = (path) => /^(lib|ui|page|component)\/.*\.js$/.test(path) && !PLAIN.includes(path);

/** What only the project needs: types, which the public ones do not name, and documents. @param {string} path */
const isInternal = (path) => path.endsWith('.d.ts') || path.endsWith('.md') || isModule(path);

/** The decoder of HEIC, as it was published: whoever wants another build of it puts that in its place. */
const HEIC = { from: fileURLToPath(new URL('../node_modules/libheif-js/libheif-wasm', import.meta.url)), files: ['libheif-bundle.mjs', 'LICENSE'], place: 'page/heif' };

/** @param {string} folder a new one */
export async function fillSite(folder) {
  if (await readdir(join(WEB, 'lib/wasm')).catch(() => null) === null) throw new Error('The engine is not built: run make wasm.');
  const { files, sources } = await bundle();
  await makeFolder(folder);
  for (const path of await listFiles(WEB)) {
    if (!sources.has(path) && !isInternal(path)) await cp(join(WEB, path), join(folder, placeInSite(path)));
  }
  for (const path of PUBLIC_TYPES) {
    const from = dirname(placeInSite(path));
    const place = (target) => relative(from, placeInSite(inWeb(target))).split(sep).join('/');
    await writeFile(join(folder, placeInSite(path)), await declarationsAt(join(WEB, path), place));
  }
  for (const path of LEGAL) await cp(new URL(`../${path}`, import.meta.url), join(folder, path));
  await makeFolder(join(folder, HEIC.place));
  for (const path of HEIC.files) await cp(join(HEIC.from, path), join(folder, HEIC.place, basename(path)));
  for (const { path, contents } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  await writeFile(join(folder, 'index.html'), withPreloads(await readFile(join(WEB, 'index.html'), 'utf8'), files));
  await writeFile(join(folder, SERVICE_WORKER), await writeServiceWorker(folder));
}

async function main() {
  const { out } = parseArgs({ options: { out: { type: 'string', default: SITE } } }).values;
  if (resolve(out) !== SITE) await checkOwn(out);
  await replaceFolder(out, fillSite);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch(sayFailure);
}
