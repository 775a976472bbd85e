/** A shard on the device; empty, and deaf, where it cannot be kept. What its backend throws stops the keeping, not the reading. */

/** @import {BackendFile, Bytes, Keeper} from './types.d.ts' */

export class StoredFile {
  #name;
  #file;
  #storage;

  /** @param {string} name @param {BackendFile | null} file @param {Keeper} storage */
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
