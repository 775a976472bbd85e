/** Where weights stay between visits: the first kind of storage that this browser offers, or none. */
import { openCacheStorage } from './storage-cache.js';
import { openFileStorage } from './storage-files.js';
import { inTime, isSilence } from './storage-patience.js';
import { StoredFile } from './stored-file.js';
import { withLock } from './tab-lock.js';

/** @import {StorageFacts} from '../percept.js' */
/** @import {Backend} from './types.d.ts' */

/** A download of more bytes than these is worth a question first: is there room, and may it stay? */
const LARGE = 32 << 20;

/** How often in `stall` a waiting tab looks at what the other one does. */
const LOOKS = 4;

/**
 * Files, for this worker: they need synchronous handles, which only workers have; else the Cache API.
 * @returns {Promise<{backend: Backend | null, reason: StorageFacts['reason']}>}
 */
async function openBackend() {
  /** @type {[boolean, () => Promise<Backend>][]} */
  const tries = [
    [typeof FileSystemFileHandle === 'function' && 'createSyncAccessHandle' in FileSystemFileHandle.prototype, openFileStorage],
    [typeof caches === 'object', openCacheStorage],
  ];
  let offered = false;
  for (const [exists, open] of tries) {
    if (!exists) continue;
    offered = true;
    try {
      return { backend: await open(), reason: null };
    } catch (error) {
      if (isSilence(error)) break; // the other kind would be as silent
    }
  }
  return { backend: null, reason: offered ? 'refused' : 'absent' };
}

/**
 * The backend with everything that can go wrong taken out: what fails is not stored, and loading goes on. One that is
 * made without a backend keeps nothing.
 */
export class Storage {
  #backend;
  #reason;

  /** @returns {Promise<Storage>} */
  static async open() {
    const { backend, reason } = await openBackend();
    return new Storage(backend, reason);
  }

  /** @param {Backend | null} backend @param {StorageFacts['reason']} reason why there is none */
  constructor(backend = null, reason = 'absent') {
    this.#backend = backend;
    this.#reason = reason;
  }

  /** Where shards go now: 'files' (the origin's private file system), 'cache' (the Cache API) or 'memory'. */
  get kind() {
    return this.#backend !== null && this.keeps ? this.#backend.kind : 'memory';
  }

  /** Why shards go to memory alone: the browser offers no storage, refuses it, or it is full. */
  get reason() {
    return this.#reason;
  }

  get keeps() {
    return this.#backend !== null && this.#reason === null;
  }

  /** null where there is none */
  get backend() {
    return this.#backend;
  }

  /** The bytes of each shard, by SHA-256, that are here already. @returns {Promise<Map<string, number>>} */
  async sizes() {
    return await this.#backend?.files().catch(() => null) ?? new Map();
  }

  /**
   * Before a download: asks whether there is room, so that a large one does not fail at its end.
   * @param {number} bytes
   * @returns {Promise<boolean>} whether the browser should be asked not to throw it away
   */
  async expect(bytes) {
    if (!this.keeps || bytes <= LARGE) return false;
    const { quota = Infinity, usage = 0 } = await inTime(Promise.resolve(navigator.storage?.estimate?.())).catch(() => null) ?? {};
    if (quota - usage < bytes) this.#reason = 'full';
    return this.keeps;
  }

  /**
   * Runs `work` with the shard's file. Of all tabs one at a time has it, so that the others find there what the first
   * has fetched. A tab that does not go on, since the browser has frozen it, is not waited for: `work` then gets a file
   * that keeps nothing.
   * @param {string} name the shard's SHA-256
   * @param {{signal?: AbortSignal, stall: number}} options stall: milliseconds in which a tab that fetches stores something
   * @param {(file: StoredFile) => Promise<void>} work
   */
  async use(name, { signal, stall }, work) {
    const backend = this.#backend;
    if (backend === null) return work(new StoredFile(name, null, this));
    const late = new AbortController();
    const watch = this.#watchGrowth(name, stall, () => late.abort());
    return withLock(`percept ${name}`, { signal, late: late.signal }, async (isAlone) => {
      clearInterval(watch);
      const opened = isAlone ? await backend.openFile(name).catch((error) => this.failed(error)) : null;
      const file = new StoredFile(name, opened, this);
      try {
        return await work(file);
      } finally {
        await file.close();
      }
    }).finally(() => clearInterval(watch));
  }

  /**
   * Looks from time to time whether a shard grows; tells when it has not for `stall` milliseconds.
   * @param {string} name @param {number} stall @param {() => void} tell
   */
  #watchGrowth(name, stall, tell) {
    let size = -1;
    let looks = 0;
    return setInterval(async () => {
      const now = (await this.sizes()).get(name) ?? 0;
      looks = now === size ? looks + 1 : 0;
      size = now;
      if (looks >= LOOKS) tell();
    }, stall / LOOKS);
  }

  /** Learns from an error of the backend: from now on nothing more is stored. @param {unknown} error @returns {null} */
  failed(error) {
    const { name } = /** @type {Error} */ (error);
    if (name === 'QuotaExceededError') this.#reason = 'full';
    else if (name !== 'NoModificationAllowedError') this.#reason ??= 'refused'; // that one is some other page's, for a while
    return null;
  }
}
