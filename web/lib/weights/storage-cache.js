/** Shards and records as responses in the Cache API: where there is no file system, as in older private windows. */
import { PIECE_BYTES } from './manifest.js';
import { openInTime } from './storage-patience.js';

/** @import {Backend, BackendFile, Bytes} from './types.d.ts' */

const CACHE = 'percept-models';
/** Bytes of an entry, which need not be read to be known. */
const SIZE = 'X-Percept-Bytes';

/** @returns {Promise<Backend>} */
export function openCacheStorage() {
  return openInTime(async () => new CacheStorage(await caches.open(CACHE)));
}

/** Entries have addresses that no server is asked for. @param {...(string | number)} path */
const addressOf = (...path) => new URL(`/percept-models/${path.join('/')}`, globalThis.location.origin).href;

/** @implements {Backend} */
class CacheStorage {
  kind = /** @type {const} */ ('cache');
  #cache;

  /** @param {Cache} cache */
  constructor(cache) {
    this.#cache = cache;
  }

  /** @param {string} name */
  openFile(name) {
    return PieceFile.open(this.#cache, name);
  }

  async files() {
    /** @type {Map<string, number>} */
    const sizes = new Map();
    for (const { name, request } of await this.#entries('shards')) {
      const entry = await this.#cache.match(request);
      sizes.set(name, (sizes.get(name) ?? 0) + Number(entry?.headers.get(SIZE)));
    }
    return sizes;
  }

  /** @param {string} name */
  async removeFile(name) {
    for (const { name: found, request } of await this.#entries('shards')) {
      if (found === name) await this.#cache.delete(request);
    }
    await this.#cache.delete(addressOf('seals', name));
  }

  /** @param {string} name */
  async readSeal(name) {
    return await (await this.#cache.match(addressOf('seals', name)))?.text() ?? '';
  }

  /** @param {string} name @param {string} text */
  writeSeal(name, text) {
    return this.#cache.put(addressOf('seals', name), new Response(text));
  }

  /** @param {string} name @param {string} text */
  writeRecord(name, text) {
    return this.#cache.put(addressOf('records', name), new Response(text));
  }

  async records() {
    const found = (await this.#entries('records')).map(async ({ name, request }) => /** @type {const} */ ([name, await (await this.#cache.match(request))?.text() ?? '']));
    return new Map(await Promise.all(found));
  }

  /** @param {string} name */
  removeRecord(name) {
    return this.#cache.delete(addressOf('records', name));
  }

  /** Entries below `folder`, each with the name of its record or shard. @param {string} folder */
  async #entries(folder) {
    const prefix = addressOf(folder, '');
    const own = (await this.#cache.keys()).filter(({ url }) => url.startsWith(prefix));
    return own.map((request) => ({ request, name: request.url.slice(prefix.length).split('/')[0] }));
  }
}

/** A shard as entries of a MiB each; the last one may be shorter, and grows. */
/** @implements {BackendFile} */
class PieceFile {
  #cache;
  #name;
  length = 0;
  #tail = new Uint8Array(PIECE_BYTES); // of the last entry, of which `#stored` bytes are in the cache
  #stored = 0;
  /** Its reader has given up: a read that comes to an end only now leaves the memory alone. */
  #closed = false;

  /** @param {Cache} cache @param {string} name */
  constructor(cache, name) {
    this.#cache = cache;
    this.#name = name;
  }

  /** @param {Cache} cache @param {string} name */
  static async open(cache, name) {
    const file = new PieceFile(cache, name);
    for (let index = 0; file.length === index * PIECE_BYTES; index += 1) {
      const entry = await cache.match(addressOf('shards', name, index));
      if (!entry) break;
      file.length += Number(entry.headers.get(SIZE));
    }
    file.#stored = file.length % PIECE_BYTES;
    if (file.#stored > 0) await file.#readEntry(file.length - file.#stored, file.#tail.subarray(0, file.#stored));
    return file;
  }

  /** @param {number} offset @param {Bytes} target */
  async read(offset, target) {
    for (const { from, to } of entriesOf(offset, target.length)) await this.#readWithin(offset + from, target.subarray(from, to));
  }

  /** Within one entry. @param {number} offset @param {Bytes} target */
  #readWithin(offset, target) {
    const start = offset - offset % PIECE_BYTES;
    if (start !== this.length - this.length % PIECE_BYTES) return this.#readEntry(offset, target);
    target.set(this.#tail.subarray(offset - start, offset - start + target.length));
    return undefined;
  }

  /** @param {number} offset @param {Bytes} target */
  async #readEntry(offset, target) {
    const entry = await this.#cache.match(addressOf('shards', this.#name, Math.floor(offset / PIECE_BYTES)));
    if (!entry) throw new Error('An entry is gone.');
    const bytes = new Uint8Array(await entry.arrayBuffer());
    if (!this.#closed) target.set(bytes.subarray(offset % PIECE_BYTES, offset % PIECE_BYTES + target.length));
  }

  /** @param {number} offset @param {Bytes} bytes */
  async write(offset, bytes) {
    for (const { from, to } of entriesOf(offset, bytes.length)) {
      this.#tail.set(bytes.subarray(from, to), (offset + from) % PIECE_BYTES);
      this.length = offset + to;
      if (this.length % PIECE_BYTES === 0) await this.#put(PIECE_BYTES);
    }
  }

  /** @param {number} size */
  async #put(size) {
    const index = Math.floor((this.length - 1) / PIECE_BYTES);
    const entry = new Response(this.#tail.slice(0, size), { headers: { [SIZE]: String(size) } });
    await this.#cache.put(addressOf('shards', this.#name, index), entry);
    this.#stored = size % PIECE_BYTES;
  }

  /** To a multiple of PIECE_BYTES. @param {number} length */
  async truncate(length) {
    for (let at = length; at < this.length; at += PIECE_BYTES) {
      await this.#cache.delete(addressOf('shards', this.#name, at / PIECE_BYTES));
    }
    this.length = length;
    this.#stored = 0;
  }

  async close() {
    this.#closed = true;
    const partial = this.length % PIECE_BYTES;
    if (partial > this.#stored) await this.#put(partial);
  }
}

/**
 * Cuts `length` bytes from `offset` on where entries end: from and to, counted from `offset`.
 * @param {number} offset @param {number} length
 */
function entriesOf(offset, length) {
  const parts = [];
  for (let from = 0; from < length;) {
    const to = Math.min(length, from + PIECE_BYTES - (offset + from) % PIECE_BYTES);
    parts.push({ from, to });
    from = to;
  }
  return parts;
}
