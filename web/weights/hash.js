/** SHA-256 in hex: the browser's where it gives one, which is to secure pages only, else our own in WebAssembly. */
import { Instance, compileModule, createMemory } from '../engine/module.js';

/** Pages of 64 KiB: the static data and the stack of sha256.wasm. */
const MEMORY = { initial: 4, maximum: 4 };

/** @param {Uint8Array} bytes not shared with another worker */
export async function sha256(bytes) {
  const subtle = globalThis.crypto?.subtle;
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : (await ownHasher()).digest(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

let hasher = null;

function ownHasher() {
  hasher ??= Hasher.load().catch((error) => {
    hasher = null;
    throw error;
  });
  return hasher;
}

/** c_src/hash/sha256.h, typed. */
export class Hasher {
  #instance;

  static async load() {
    const made = new Hasher();
    made.#instance = await Instance.create(await compileModule('sha256.wasm'), createMemory(MEMORY));
    return made;
  }

  /** @param {Uint8Array} bytes @returns {Uint8Array} 32 bytes */
  digest(bytes) {
    const { exports } = this.#instance;
    const step = exports.sha256_input_bytes();
    exports.sha256_begin();
    for (let start = 0; start < bytes.length; start += step) {
      const part = bytes.subarray(start, start + step);
      this.#instance.bytes(exports.sha256_input(), part.length).set(part);
      exports.sha256_update(part.length);
    }
    return this.#instance.bytes(exports.sha256_end(), 32).slice();
  }
}
