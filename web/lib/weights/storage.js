/** Where weights stay between visits: the first kind of storage that this browser offers, or none. */
import { throwIfAborted } from '../errors.js';
import { linkedController } from './linked.js';
import { openCacheStorage } from './storage-cache.js';
import { openFileStorage } from './storage-files.js';
import { inTime, isSilence } from './storage-patience.js';

/** @import {StorageFacts} from '../percept.js' */
/** @import {Backend, BackendFile, Bytes} from './types.d.ts' */

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

/** A shard on the device; empty, and deaf, where it cannot be kept. */
export class StoredFile {
  #name;
  #file;
  #storage;

  /** @param {string} name @param {BackendFile | null} file @param {Storage} storage */
  constructor(name, file, storage) {
    this.#name = name;
    this.#file = file;
    this.#storage = storage;
  }

  get length() {
    return this.#file?.length ?? 0;
  }

  /** Whether what is written stays. */
  get keeps() {
    return this.#file !== null && this.#storage.keeps;
  }

  /**
   * Fills the beginning of `target` with what there is from `offset` on.
   * @param {number} offset @param {Bytes} target
   * @returns {Promise<number>} bytes
   */
  async read(offset, target) {
    const count = Math.max(0, Math.min(target.length, this.length - offset));
    const done = count > 0 && await this.#guarded((file) => file.read(offset, target.subarray(0, count)));
    return done ? count : 0;
  }

  /** Keeps `bytes` if they follow on what is there. @param {number} offset @param {Bytes} bytes */
  async write(offset, bytes) {
    if (offset !== this.length || !this.keeps) return;
    await this.#guarded((file) => file.write(offset, bytes));
  }

  /** @param {number} length */
  async truncate(length) {
    if (this.length > length) await this.#guarded((file) => file.truncate(length));
  }

  /** The checksums that were kept with it. @returns {Promise<string[]>} empty if there are none */
  async readSeal() {
    if (this.length === 0) return [];
    return (await this.#storage.backend?.readSeal(this.#name).catch(() => '') ?? '').split(' ');
  }

  /** @param {string[]} checksums of all that is in the file */
  async writeSeal(checksums) {
    if (!this.keeps) return;
    await this.#storage.backend?.writeSeal(this.#name, checksums.join(' ')).catch(() => {}); // without one it is the SHA-256 that is asked
  }

  async close() {
    await this.#guarded((file) => file.close());
    this.#file = null;
  }

  /** @param {(file: BackendFile) => unknown} step @returns {Promise<boolean>} whether it could be done */
  async #guarded(step) {
    const file = this.#file;
    if (file === null) return false;
    try {
      await step(file);
      return true;
    } catch (error) {
      this.#file = this.#storage.failed(error);
      await giveUp(file);
      return false;
    }
  }
}

/** Closes what has failed already, and may fail again. @param {BackendFile} file */
async function giveUp(file) {
  try {
    await file.close();
  } catch {
    // The first error has told.
  }
}

/**
 * Runs `work` alone among the tabs of this origin, where the browser gives locks. A tab can be frozen while it holds one: once
 * `late` is aborted, `work` runs beside it.
 * @template T
 * @param {string} name
 * @param {{signal?: AbortSignal, late: AbortSignal}} options
 * @param {(isAlone: boolean) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, { signal, late }, work) {
  if (!globalThis.navigator?.locks) return work(true);
  const { controller: waiting, release } = linkedController(signal);
  const stopWaiting = () => waiting.abort();
  late.addEventListener('abort', stopWaiting);
  let begun = false;
  try {
    return await navigator.locks.request(name, { signal: waiting.signal }, () => {
      begun = true;
      return work(true);
    });
  } catch (error) {
    if (begun) throw error;
    throwIfAborted(signal);
  } finally {
    late.removeEventListener('abort', stopWaiting);
    release();
  }
  return work(!late.aborted); // where locks are refused it is as if there were none
}
