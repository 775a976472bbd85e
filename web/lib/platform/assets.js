/**
 * Where the engine's own files lie, which are fetched while the program runs: two workers and the modules. Bundlers find and send
 * along what `new URL` names in full beside import.meta.url, so each stands here by itself, and nowhere else. Whoever starts a
 * worker tells it these addresses: its own file may have been moved without the others.
 */
import { resolveLocation } from './locations.js';

/** @typedef {keyof typeof BESIDE} AssetName */
/** @typedef {Record<AssetName, string>} Assets the address of each */

const BESIDE = {
  'worker.js': new URL('../model/worker.js', import.meta.url).href,
  'thread.js': new URL('../engine/thread.js', import.meta.url).href,
  'hash.wasm': new URL('../wasm/hash.wasm', import.meta.url).href,
  'picture.wasm': new URL('../wasm/picture.wasm', import.meta.url).href,
  'picture-webp.wasm': new URL('../wasm/picture-webp.wasm', import.meta.url).href,
  'tower-relaxed.wasm': new URL('../wasm/tower-relaxed.wasm', import.meta.url).href,
  'tower-relaxed-shared.wasm': new URL('../wasm/tower-relaxed-shared.wasm', import.meta.url).href,
  'tower-simd128.wasm': new URL('../wasm/tower-simd128.wasm', import.meta.url).href,
  'tower-simd128-shared.wasm': new URL('../wasm/tower-simd128-shared.wasm', import.meta.url).href,
};

/** @type {Assets} */
let assets = BESIDE;

/**
 * The addresses of all files: where the bundler put them, or in one folder as the package's engine/ has them.
 * @param {string | URL} [folder]
 * @returns {Assets}
 * @throws {PerceptError} 'bad-argument'
 */
export function assetsIn(folder) {
  const names = /** @type {AssetName[]} */ (Object.keys(BESIDE));
  const base = folder === undefined ? null : `${resolveLocation(folder).replace(/\/$/, '')}/`;
  const addressOf = (/** @type {AssetName} */ name) => (base === null
    ? resolveLocation(BESIDE[name]) // Next.js writes it without its origin
    : new URL(name.endsWith('.wasm') ? `wasm/${name}` : name, base).href);
  return withThreads(/** @type {Assets} */ (Object.fromEntries(names.map((name) => [name, addressOf(name)]))));
}

/**
 * Some bundlers, Vite for one, put a file as small as thread.js into the script that names it, as an address with its content. No
 * thread can start from there: such a worker has an origin of its own, and shares no memory. The engine's worker knows how to be one.
 * @param {Assets} found @returns {Assets}
 */
function withThreads(found) {
  return found['thread.js'].startsWith('data:') ? { ...found, 'thread.js': found['worker.js'] } : found;
}

/** In a worker: what it was told. @param {Assets} told */
export function useAssets(told) {
  assets = told;
}

/**
 * A module's address. The scalar build is for tests, and packages leave it out: it lies beside another one.
 * @param {string} name
 */
export const assetAddress = (name) => assets[/** @type {AssetName} */ (name)] ?? new URL(name, assets['picture.wasm']).href;
