#!/usr/bin/env node
/**
 * Writes the site, which is what browsers get: web/ with its modules bundled, and a service worker that knows every file.
 *
 *   node build_scripts/site.mjs --out build/site     a new or empty folder, or one that this wrote before
 */
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFolder } from './make-folder.mjs';
import { checkOwn, markOwn } from './own-folder.mjs';
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

/** @param {string} out a folder that is replaced, when the new one is whole */
export async function writeSite(out) {
  if (await readdir(join(WEB, 'lib/wasm')).catch(() => null) === null) throw new Error('The engine is not built: run make wasm.');
  const { files, sources } = await bundle();
  const part = `${resolve(out)}.part`;
  await rm(part, { recursive: true, force: true });
  await makeFolder(part);
  for (const path of await listFiles(WEB)) {
    if (!sources.has(path) && !isInternal(path)) await cp(join(WEB, path), join(part, placeInSite(path)));
  }
  for (const path of PUBLIC_TYPES) {
    const from = dirname(placeInSite(path));
    const place = (target) => relative(from, placeInSite(inWeb(target))).split(sep).join('/');
    await writeFile(join(part, placeInSite(path)), await declarationsAt(join(WEB, path), place));
  }
  for (const path of LEGAL) await cp(new URL(`../${path}`, import.meta.url), join(part, path));
  await makeFolder(join(part, HEIC.place));
  for (const path of HEIC.files) await cp(join(HEIC.from, path), join(part, HEIC.place, basename(path)));
  for (const { path, contents } of files) {
    await mkdir(dirname(join(part, path)), { recursive: true });
    await writeFile(join(part, path), contents);
  }
  await writeFile(join(part, 'index.html'), withPreloads(await readFile(join(WEB, 'index.html'), 'utf8'), files));
  await writeFile(join(part, SERVICE_WORKER), await writeServiceWorker(part));
  await rm(out, { recursive: true, force: true });
  await rename(part, resolve(out));
}

async function main() {
  const { out } = parseArgs({ options: { out: { type: 'string', default: SITE } } }).values;
  if (resolve(out) !== SITE) await checkOwn(out);
  await writeSite(out);
  await markOwn(out);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`percept: ${error.message}\n`);
    process.exitCode = 1;
  });
}
