#!/usr/bin/env node
/** What a page loads besides model and samples, as serve.mjs sends it, against the budgets. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compressed } from './serve/compress.mjs';
import { ENTRIES, bundle, withImports } from './site/bundle.mjs';
import { SITE } from './site/place.mjs';

/** Bytes: of engine and library, which every embedding page loads, and of those with our own page. */
const BUDGETS = { embedded: 150 * 1024, page: 240 * 1024 };

/** @param {string} path within the site */
async function measure(path) {
  const { size, mtimeMs: modified } = await stat(join(SITE, path));
  return { name: path, raw: size, sent: (await compressed({ path: join(SITE, path), size, modified }, 'br')).length };
}

/** A page loads one of the tower's builds; the largest counts. */
async function engineFiles() {
  const builds = ['simd128', 'relaxed', 'simd128-shared', 'relaxed-shared'];
  const towers = await Promise.all(builds.map((name) => measure(`engine/wasm/tower-${name}.wasm`)));
  const largest = towers.sort((a, b) => b.sent - a.sent)[0];
  return [await measure('engine/wasm/picture.wasm'), await measure('engine/wasm/hash.wasm'), largest];
}

async function group(title, files) {
  const sent = files.reduce((sum, file) => sum + file.sent, 0);
  process.stdout.write(`${title}\n`);
  for (const { name, raw, sent: bytes } of files) {
    process.stdout.write(`  ${name.padEnd(36)} ${String(raw).padStart(8)} ${String(bytes).padStart(8)}\n`);
  }
  return sent;
}

/** Loaded by a page to which such a picture comes, and counted in no budget. */
const WITH_WEBP = ['engine/wasm/picture-webp.wasm'];
/** Where the browser cannot decode it. */
const WITH_HEIC = ['page/heic-worker.js', 'page/heif/libheif-bundle.mjs'];

const { files } = await bundle();
const library = withImports(files, ENTRIES.library, { later: true });
const ofPage = (/** @type {boolean} */ later) => withImports(files, ENTRIES.page, { later }).filter((path) => !library.includes(path));
const page = [...ofPage(false), 'index.html', 'icon.svg'];
const later = ofPage(true).filter((path) => !page.includes(path));
process.stdout.write(`${''.padEnd(38)} ${'bytes'.padStart(8)} ${'brotli'.padStart(8)}\n`);
const sums = [
  await group('engine', await engineFiles()),
  await group('library', await Promise.all(library.map(measure))),
  await group('page', await Promise.all(page.map(measure))),
];
await group('when the page is at rest, or asked for it', await Promise.all(later.map(measure)));
await group('with the first WebP', await Promise.all(WITH_WEBP.map(measure)));
await group('with the first HEIC', await Promise.all(WITH_HEIC.map(measure)));
const [engine, code, own] = sums;
const loaded = { embedded: engine + code, page: engine + code + own };
for (const [name, bytes] of Object.entries(loaded)) {
  process.stdout.write(`${name === 'page' ? 'all' : 'engine and library'} ${(bytes / 1024).toFixed(1)} KiB of ${BUDGETS[name] / 1024} KiB\n`);
  if (bytes <= BUDGETS[name]) continue;
  process.stderr.write('More is loaded than its budget.\n');
  process.exitCode = 1;
}
