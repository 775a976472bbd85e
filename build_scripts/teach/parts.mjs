/**
 * What is finished of a lesson, kept beside the trait until it is written, so that a run that was killed goes on where it was. Every
 * part has its SHA-256 before it: one that is not whole is made again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const HASH_BYTES = 32;

/** @param {...(string | Uint8Array)} parts @returns {string} 32 hexadecimal digits */
export function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, HASH_BYTES);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

export class Parts {
  /** @param {string} folder @param {(problem: string) => void} warn told once that nothing can be kept */
  constructor(folder, warn) {
    this.folder = folder;
    this.warn = warn;
    this.isKept = true;
    /** The parts that are being written. @type {Promise<void>} */
    this.written = Promise.resolve();
  }

  #path(name) {
    return join(this.folder, `${encodeURIComponent(name)}.part`);
  }

  /** @param {string} name @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
  async get(name) {
    const bytes = await readFile(this.#path(name)).catch(() => null);
    if (!bytes || bytes.length < HASH_BYTES) return null;
    const data = Uint8Array.from(bytes.subarray(HASH_BYTES));
    return sha256(data).equals(bytes.subarray(0, HASH_BYTES)) ? data : null;
  }

  /** Parts whose names begin with `prefix`, by what follows. @param {string} prefix @returns {Promise<Record<string, Uint8Array>>} */
  async all(prefix) {
    const found = {};
    const isOne = (file) => file.startsWith(encodeURIComponent(prefix)) && file.endsWith('.part'); // others need not be ours
    for (const file of (await readdir(this.folder).catch(() => [])).filter(isOne)) {
      const name = decodeURIComponent(file.slice(0, -'.part'.length));
      const bytes = await this.get(name);
      if (bytes) found[name.slice(prefix.length)] = bytes;
    }
    return found;
  }

  /** One after the other; where there is no room, teaching goes on without. @param {string} name @param {Uint8Array} bytes */
  put(name, bytes) {
    this.written = this.written.then(() => this.#write(name, bytes));
    return this.written;
  }

  async #write(name, bytes) {
    if (!this.isKept) return;
    const path = this.#path(name);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(`${path}.new`, Buffer.concat([sha256(bytes), bytes]));
      await rename(`${path}.new`, path);
    } catch (error) {
      this.isKept = false;
      this.warn(`${this.folder} cannot be written (${error.code}): if this run is stopped, it begins anew.`);
    }
  }

  /** All that was kept, and what is still on its way. */
  async remove() {
    await this.written;
    await rm(this.folder, { recursive: true, force: true });
  }
}
