/**
 * Keeps the page and the engine on this device, so that they open without the network. Models are kept by weights/.
 *
 * A version is a list of files with their SHA-256, which serve.mjs and `make dist` write into the line below. All of it
 * is fetched and verified before any of it is used, and no page ever sees files of two versions: a new one waits until
 * the pages of the old one are closed, or until one of them asks for it.
 */
/** @type {Record<string, string>} */
const FILES = {};

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

/** What few visitors need is kept when it is first asked for. */
const LATER = /(^|\/)(picture-webp\.wasm|heif\/libheif-bundle\.mjs)$/;

async function keepVersion() {
  const name = await cacheName;
  const cache = await caches.open(name);
  try {
    await Promise.all(Object.keys(FILES).filter((path) => !LATER.test(path)).map((path) => keepFile(cache, path)));
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
