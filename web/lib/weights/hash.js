/**
 * SHA-256, in hex, and a checksum. There are two ways to hash the pieces of weights files: our own WebAssembly, four at a time, and
 * crypto.subtle, which uses the processor's own instructions, on other threads in some browsers, but copies each piece into new
 * memory first. Where memory is slow to come that takes twice as long as ours, elsewhere half as long: both are timed. Other
 * texts go through crypto.subtle where there is one; browsers give it to secure pages only.
 */
import { Instance, compileModule, createMemory } from '../wasm.js';

/** @import {Bytes} from './types.d.ts' */
/**
 * c_src/hash
 * @typedef {{sha256_lanes(): number, sha256_input_bytes(): number, sha256_begin(): void, sha256_input(): number,
 *   sha256_update(bytes: number): void, sha256_end(): number, xxh64_input(): number, xxh64_input_bytes(): number,
 *   xxh64_checksum(bytes: number): bigint}} Exports
 */

/** Pages of 64 KiB: the static data and the stack of hash.wasm. */
const MEMORY = { initial: 24, maximum: 24 };
const DIGEST_BYTES = 32;

/** @param {Bytes} bytes */
export async function sha256(bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (subtle) return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
  return (await loadHasher()).digest(bytes);
}

/** How often each way is timed. An engine has not optimised our own yet when it runs for the first time. */
const TRIALS = 3;

/**
 * A way to hash pieces, and the shortest time for a byte that it has kept this thread from other work.
 * @typedef {{begin: (bytes: Bytes, pieceBytes: number, hasher: Hasher) => string[] | Promise<string[]>, tried: number, shortest: number}} Way
 */
/** @type {Way} */
const ours = { begin: (bytes, pieceBytes, hasher) => hasher.digestsOfPieces(bytes, pieceBytes), tried: 0, shortest: Infinity };
/** @type {Way} */
const subtles = { begin: subtleDigests, tried: 0, shortest: Infinity };

/**
 * @param {Bytes} bytes
 * @param {number} pieceBytes the length of each piece but the last, which may be shorter
 * @returns {Promise<string[]>} one for each piece
 */
export async function sha256OfPieces(bytes, pieceBytes) {
  const hasher = await loadHasher();
  const ways = globalThis.crypto?.subtle ? [ours, subtles] : [ours];
  const way = ways.find(({ tried }) => tried < TRIALS) ?? ways.reduce((best, each) => (each.shortest < best.shortest ? each : best));
  const start = performance.now();
  const digests = way.begin(bytes, pieceBytes, hasher);
  way.shortest = Math.min(way.shortest, (performance.now() - start) / bytes.length);
  way.tried += 1;
  return digests;
}

/** @type {Way['begin']} */
async function subtleDigests(bytes, pieceBytes, hasher) {
  try {
    return await Promise.all(piecesOf(bytes, pieceBytes).map(async (piece) => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', piece)))));
  } catch {
    return hasher.digestsOfPieces(bytes, pieceBytes); // it had no memory for its copies
  }
}

/**
 * XXH64 of each piece, twenty times as fast: it tells what a device has kept from what it has damaged, not from a forgery.
 * @param {Bytes} bytes
 * @param {number} pieceBytes as above, at most a MiB
 * @returns {Promise<string[]>} in hex
 */
export async function checksumsOfPieces(bytes, pieceBytes) {
  const hasher = await loadHasher();
  return piecesOf(bytes, pieceBytes).map((piece) => hasher.checksum(piece));
}

/** @param {Bytes} bytes @param {number} pieceBytes */
function piecesOf(bytes, pieceBytes) {
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) => bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes));
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @type {Promise<Hasher> | null} */
let loading = null;

/** The module, once it has been asked for: so early, best of all, that it is there when the first weights are. */
export function loadHasher() {
  loading ??= Hasher.load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** c_src/hash, typed. */
class Hasher {
  #instance;

  /** @param {Instance<Exports>} instance */
  constructor(instance) {
    this.#instance = instance;
  }

  static async load() {
    return new Hasher(await Instance.create(await compileModule('hash.wasm'), createMemory(MEMORY)));
  }

  /** Messages that are hashed side by side. */
  get lanes() {
    return this.#instance.exports.sha256_lanes();
  }

  /** @param {Uint8Array} bytes */
  digest(bytes) {
    return this.digests([bytes])[0];
  }

  /** @param {Uint8Array[]} messages of one length, at most `lanes` of them */
  digests(messages) {
    const { exports } = this.#instance;
    const step = exports.sha256_input_bytes();
    exports.sha256_begin();
    for (let start = 0; start < messages[0].length; start += step) {
      const count = Math.min(step, messages[0].length - start);
      messages.forEach((message, lane) => {
        this.#instance.bytes(exports.sha256_input() + lane * step, count).set(message.subarray(start, start + count));
      });
      exports.sha256_update(count);
    }
    const first = exports.sha256_end();
    return messages.map((_, lane) => hex(this.#instance.bytes(first + lane * DIGEST_BYTES, DIGEST_BYTES)));
  }

  /** @param {Uint8Array} bytes @param {number} pieceBytes the length of each piece but the last, which may be shorter */
  digestsOfPieces(bytes, pieceBytes) {
    const digests = [];
    for (let start = 0; start < bytes.length;) {
      const whole = Math.min(this.lanes, Math.floor((bytes.length - start) / pieceBytes));
      const [count, length] = whole > 0 ? [whole, pieceBytes] : [1, bytes.length - start];
      digests.push(...this.digests(Array.from({ length: count }, (_, lane) => bytes.subarray(start + lane * length, start + (lane + 1) * length))));
      start += count * length;
    }
    return digests;
  }

  /** XXH64. @param {Uint8Array} bytes at most a MiB */
  checksum(bytes) {
    const { exports } = this.#instance;
    this.#instance.bytes(exports.xxh64_input(), exports.xxh64_input_bytes()).set(bytes);
    return BigInt.asUintN(64, exports.xxh64_checksum(bytes.length)).toString(16).padStart(16, '0');
  }
}
