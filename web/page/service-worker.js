/**
 * Keeps the page and the engine on this device, so that they open without the network. Models are kept by weights/.
 *
 * A version is a list of files with their SHA-256, FILES, which the build writes before these lines. What the page needs of it
 * is fetched and verified before any of it is used, and no page ever sees files of two versions: a new one waits until
 * the pages of the old one are closed, or until one of them asks for it.
 */
import { candidateBuilds } from '../lib/engine/builds.js';
import { processorCount } from '../lib/platform/machine.js';

/** @import {Variant} from '../lib/engine/types.d.ts' */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope;
const PREFIX = `percept-page ${SCOPE} `;

/** On hosts that cannot send these headers the page becomes isolated, and so gets its threads, from its second visit on. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** @param {BufferSource} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const cacheName = sha256(new TextEncoder().encode(JSON.stringify(FILES))).then((version) => PREFIX + version);

const addressOf = (/** @type {string} */ path) => new URL(path, SCOPE).href;

/** What few visitors need is kept when it is first asked for; of the tower's builds that includes all that these pages do not take. */
const LATER = /(^|\/)(picture-webp\.wasm|heic-worker\.js|heif\/libheif-bundle\.mjs|tower-[^/]*\.wasm)$/;

async function keepVersion() {
  const name = await cacheName;
  const [cache, builds] = await Promise.all([caches.open(name), buildsOfPages()]);
  try {
    await Promise.all(Object.keys(FILES).filter((path) => !LATER.test(path) || builds.has(path.slice(path.lastIndexOf('/') + 1))).map((path) => keepFile(cache, path)));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

/** What the page has just loaded lies in the browser's own cache, however old that says it is: the hash tells whether it will do. */
const CACHES = /** @type {const} */ (['force-cache', 'reload']);

/** A file of this version. @param {string} path @returns {Promise<{bytes: ArrayBuffer, response: Response}>} */
async function fetchFile(path) {
  for (const cache of CACHES) {
    const response = await fetch(addressOf(path), { cache });
    const bytes = await response.arrayBuffer();
    if (response.ok && await sha256(bytes) === FILES[path]) return { bytes, response };
  }
  throw new Error(`${addressOf(path)} is not the file of this version.`);
}

/** @param {Cache} cache @param {string} path */
async function keepFile(cache, path) {
  const { bytes, response } = await fetchFile(path);
  const headers = new Headers(response.headers);
  for (const name of ['Content-Encoding', 'Content-Length']) headers.delete(name); // the bytes are as they were before
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  await cache.put(addressOf(path), new Response(bytes, { headers }));
}

/** The builds that pages take which this worker answers. They are isolated by its headers, so that they have threads; in a frame the page around decides. */
async function buildsOfPages() {
  const open = await worker.clients.matchAll({ includeUncontrolled: true, type: 'window' });
  const pages = open.filter(({ url }) => url.startsWith(SCOPE)).map(({ url, frameType }) => ({ asked: new URL(url).searchParams, isFramed: frameType === 'nested' }));
  const files = pages.flatMap(({ asked, isFramed }) => {
    const threads = Number(asked.get('threads') ?? processorCount());
    return [...firstBuild(asked, threads), ...(isFramed ? firstBuild(asked, 1) : [])];
  });
  return new Set(files);
}

/** @param {URLSearchParams} asked of the page @param {number} threads @returns {string[]} its file, or none for a variant that is none */
function firstBuild(asked, threads) {
  try {
    const [{ file }] = candidateBuilds(/** @type {Variant} */ (asked.get('variant') ?? 'auto'), threads);
    return [file];
  } catch {
    return []; // the page says what is wrong
  }
}

async function forgetOtherVersions() {
  const name = await cacheName;
  const old = (await caches.keys()).filter((each) => each.startsWith(PREFIX) && each !== name);
  await Promise.all(old.map((each) => caches.delete(each)));
}

/** The path of a file of this version, or null for what is not ours to answer. @param {Request} request */
function pathOf({ method, url }) {
  const { origin, pathname } = new URL(url);
  const address = origin + pathname;
  if (method !== 'GET' || !address.startsWith(SCOPE)) return null;
  const path = address.slice(SCOPE.length).replace(/^index\.html$/, '');
  return Object.hasOwn(FILES, path) ? path : null;
}

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  const cache = await caches.open(await cacheName);
  const kept = await cache.match(addressOf(path));
  if (kept) return kept;
  if (!LATER.test(path)) return fetch(request);
  await keepFile(cache, path).catch(() => {}); // the network's own answer tells more
  return await cache.match(addressOf(path)) ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(keepVersion()));
worker.addEventListener('activate', (event) => event.waitUntil(forgetOtherVersions()));
worker.addEventListener('message', ({ data }) => data === 'take over' && worker.skipWaiting());
worker.addEventListener('fetch', (event) => {
  const path = pathOf(event.request);
  if (path !== null) event.respondWith(answer(event.request, path));
});
