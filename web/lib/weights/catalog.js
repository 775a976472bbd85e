/** Which models are on this device: their manifests, which also make the page work offline, and their shards. */
import { sha256 } from './hash.js';
import { manifestLocation } from './manifest-source.js';
import { openCacheStorage } from './storage-cache.js';
import { openFileStorage } from './storage-files.js';
import { withLock } from './tab-lock.js';

/** @import {CachedModel, Manifest} from '../percept.js' */
/** @import {Backend} from './types.d.ts' */

const LOCK = 'percept catalog';

/** Milliseconds after which a tab that holds the lock is taken for frozen: what it does takes some of them. */
const PATIENCE = 10_000;

/**
 * A version of a model. `manifest` is model.json's text; `whole` says that its base has been loaded once.
 * @typedef {{url: string, manifest: string, whole: boolean}} Version
 * @typedef {Version & {used: string, record: string}} Entry record: its name
 */

export class Catalog {
  #backend;

  /** @param {Backend | null} backend without one the catalog is empty and stays so */
  constructor(backend) {
    this.#backend = backend;
  }

  /** The manifest of the model at `url` that can be loaded without the network: its text, or null. @param {string} url */
  async recall(url) {
    const versions = (await this.#entries()).filter((entry) => entry.url === url);
    return best(versions)?.manifest ?? null;
  }

  /**
   * Notes a version whose shards are about to come, so that nobody sweeps them away.
   * @param {string} url @param {string} manifest
   */
  async note(url, manifest) {
    const known = (await this.#entries()).find((entry) => entry.url === url && entry.manifest === manifest);
    await this.#write({ url, manifest, whole: known?.whole ?? false });
  }

  /**
   * Notes that a version's base is here. Other versions of the same model go, with all shards that no model needs.
   * @param {string} url @param {string} manifest
   */
  async complete(url, manifest) {
    await this.#write({ url, manifest, whole: true });
    await this.#remove((entry) => isSameModel(entry.url, url) && !(entry.url === url && entry.manifest === manifest));
  }

  /** @param {string} url @returns {Promise<boolean>} whether there was such a model */
  remove(url) {
    return this.#remove((entry) => isSameModel(entry.url, url));
  }

  /** All models, the last used one first. @returns {Promise<(Omit<CachedModel, 'used'> & {used: string})[]>} */
  async list() {
    const entries = await this.#entries();
    const sizes = await this.#backend?.files() ?? new Map();
    const models = [...new Set(entries.map(({ url }) => withoutQuery(url)))].map((place) => {
      const versions = entries.filter((entry) => withoutQuery(entry.url) === place);
      const { url, manifest, used } = best(versions);
      const present = new Set(versions.flatMap((entry) => shardsOf(entry)).map((shard) => shard.sha256));
      const { name } = JSON.parse(manifest);
      const total = shardsOf({ manifest }).reduce((sum, shard) => sum + shard.bytes, 0);
      const bytes = [...present].reduce((sum, hash) => sum + (sizes.get(hash) ?? 0), 0);
      return { url, name, bytes, total, used };
    });
    // One that was refused has left its name alone.
    return models.filter(({ bytes }) => bytes > 0).sort((a, b) => b.used.localeCompare(a.used));
  }

  /** @returns {Promise<Entry[]>} */
  async #entries() {
    /** @type {Map<string, string>} */
    const texts = await this.#backend?.records() ?? new Map();
    return [...texts].flatMap(([record, text]) => {
      try {
        const entry = { ...JSON.parse(text), record };
        shardsOf(entry);
        return [entry];
      } catch {
        return []; // cut short when a tab was killed
      }
    });
  }

  /** @param {Version} entry */
  async #write(entry) {
    const backend = this.#backend;
    if (backend === null) return;
    const record = await sha256(new TextEncoder().encode(`${entry.url}\n${entry.manifest}`));
    await withLock(LOCK, { late: AbortSignal.timeout(PATIENCE) }, () => backend.writeRecord(record, JSON.stringify({ ...entry, used: new Date().toISOString() })));
  }

  /**
   * Shards are listed before the records are read: a shard that comes later has its record before it, and is spared.
   * @param {(entry: Entry) => boolean} unwanted
   * @returns {Promise<boolean>} whether there was one
   */
  async #remove(unwanted) {
    const backend = this.#backend;
    if (backend === null) return false;
    return withLock(LOCK, { late: AbortSignal.timeout(PATIENCE) }, async () => {
      const shards = await backend.files();
      const entries = await this.#entries();
      const gone = entries.filter(unwanted);
      for (const { record } of gone) await backend.removeRecord(record);
      const needed = new Set(entries.filter((entry) => !gone.includes(entry)).flatMap(shardsOf).map((shard) => shard.sha256));
      for (const name of shards.keys()) {
        if (!needed.has(name)) await backend.removeFile(name).catch(() => {}); // another tab may be reading it
      }
      return gone.length > 0;
    });
  }
}

/** What tells models apart: a query or a fragment asks for another version of one. @param {string} url */
const withoutQuery = (url) => url.replace(/[?#].*/, '');

/** @param {string} url @param {string} other */
const isSameModel = (url, other) => withoutQuery(url) === withoutQuery(other);

/** @param {{manifest: string}} entry */
function shardsOf({ manifest }) {
  /** @type {Manifest} */
  const { base, tasks } = JSON.parse(manifest);
  return [...base.shards, ...tasks.flatMap((task) => task.shards)];
}

/** The whole version that was used last; without a whole one, the last used. @param {Entry[]} entries */
function best(entries) {
  return entries.toSorted((a, b) => Number(b.whole) - Number(a.whole) || b.used.localeCompare(a.used))[0];
}

/** The catalogs of every kind of storage that this page or worker can open. */
async function allCatalogs() {
  const opened = await Promise.allSettled([openFileStorage(), openCacheStorage()]);
  return opened.flatMap((each) => (each.status === 'fulfilled' ? [new Catalog(each.value)] : []));
}

/** percept.js's listCachedModels. @returns {Promise<CachedModel[]>} */
export async function listModels() {
  const lists = await Promise.all((await allCatalogs()).map((catalog) => catalog.list()));
  return lists.flat().map(({ used, ...model }) => ({ ...model, used: new Date(used) }));
}

/** percept.js's deleteCachedModel. @param {string} location of the model, absolute */
export async function deleteModel(location) {
  const url = manifestLocation(location);
  const removed = await Promise.all((await allCatalogs()).map((catalog) => catalog.remove(url)));
  return removed.includes(true);
}
