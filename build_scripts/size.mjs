#!/usr/bin/env node
/** What a page loads besides model and samples, as serve.mjs sends it, against the budgets. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compressed } from './serve/compress.mjs';

/** Bytes: of engine and library, which every embedding page loads, and of those with our own page. */
const BUDGETS = { embedded: 150 * 1024, page: 250 * 1024 };
const WEB = new URL('../web/', import.meta.url);

/** Where one file names another: imports, workers, and what the page links. */
const REFERENCES = [
  /\bfrom '(\.[^']+)'/g,
  /\bimport '(\.[^']+)'/g,
  /new URL\('(\.[^'$]+\.(?:js|svg|json))', import\.meta\.url\)/g,
  /\b(?:src|href)="([^":]+\.(?:js|css|svg))"/g,
];

/** Every file that `entry` leads to, itself included. */
async function reachable(entry, found = new Set()) {
  if (found.has(entry.href)) return found;
  found.add(entry.href);
  const text = await readFile(entry, 'utf8');
  for (const pattern of REFERENCES) {
    for (const [, target] of text.matchAll(pattern)) await reachable(new URL(target, entry), found);
  }
  return found;
}

async function measure(href) {
  const path = fileURLToPath(href);
  const { size, mtimeMs: modified } = await stat(path);
  return { name: href.slice(WEB.href.length), raw: size, sent: (await compressed({ path, size, modified }, 'br')).length };
}

/** A page loads one of the tower's builds; the largest counts. */
async function engineFiles() {
  const builds = ['simd128', 'relaxed', 'simd128-shared', 'relaxed-shared'];
  const towers = await Promise.all(builds.map((name) => measure(new URL(`engine/wasm/tower-${name}.wasm`, WEB).href)));
  const largest = towers.sort((a, b) => b.sent - a.sent)[0];
  return [await measure(new URL('engine/wasm/picture.wasm', WEB).href), largest];
}

async function group(title, files) {
  const sent = files.reduce((sum, file) => sum + file.sent, 0);
  process.stdout.write(`${title}\n`);
  for (const { name, raw, sent: bytes } of files) {
    process.stdout.write(`  ${name.padEnd(36)} ${String(raw).padStart(8)} ${String(bytes).padStart(8)}\n`);
  }
  return sent;
}

const library = await reachable(new URL('percept.js', WEB));
const page = [...await reachable(new URL('index.html', WEB))].filter((href) => !library.has(href));
process.stdout.write(`${''.padEnd(38)} ${'bytes'.padStart(8)} ${'brotli'.padStart(8)}\n`);
const sums = [
  await group('engine', await engineFiles()),
  await group('library', await Promise.all([...library].map(measure))),
  await group('page', await Promise.all(page.map(measure))),
];
const [engine, code, own] = sums;
const loaded = { embedded: engine + code, page: engine + code + own };
for (const [name, bytes] of Object.entries(loaded)) {
  process.stdout.write(`${name === 'page' ? 'all' : 'engine and library'} ${(bytes / 1024).toFixed(1)} KiB of ${BUDGETS[name] / 1024} KiB\n`);
  if (bytes <= BUDGETS[name]) continue;
  process.stderr.write('More is loaded than its budget.\n');
  process.exitCode = 1;
}
