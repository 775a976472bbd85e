/** Shards on their way into memory: a few at a time, a few pieces of each, verified before any of them is used. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { Download } from './download.js';
import { checksumsOfPieces, sha256OfPieces } from './hash.js';
import { linkedController } from './linked.js';
import { PIECE_BYTES } from './manifest.js';
import { PATIENCE } from './retries.js';
import { parseHeader } from './safetensors.js';
import { Storage } from './storage.js';

/** @import {Bytes, Patience, Place, Placement, Shard, Source} from './types.d.ts' */

const CONCURRENT_SHARDS = 3;

/** Bytes of a shard that are verified together: as many pieces as are hashed side by side. */
const GROUP_BYTES = 4 * PIECE_BYTES;

/** Bytes of a shard that are written to the device at once: what a tab that is killed has to fetch again. */
const STORED_AT_ONCE = 1 << 18;

/** @typedef {(delta: number, from: Source) => void} OnBytes bytes that arrived; negative when they are thrown away */

/**
 * Resolves when all is kept, too; `onPlaced` tells sooner that a shard can be used.
 * @param {Shard[]} shards
 * @param {object} options
 * @param {() => void} [options.onPlaced] called once for each shard
 * @param {string} options.base URL that file names are relative to
 * @param {Place} options.place
 * @param {OnBytes} options.onBytes
 * @param {AbortSignal} [options.signal]
 * @param {Storage} [options.storage] where shards are kept; none by default
 * @param {boolean} [options.trustsSeals] whether what the device has kept is compared with the checksums beside it, which is
 *   quick, or with the manifest's SHA-256, which nobody can forge
 * @param {Patience} [options.patience]
 */
export async function loadShards(shards, { signal, storage = new Storage(), trustsSeals = true, patience = PATIENCE, onPlaced = () => {}, ...options }) {
  const { controller: stop, release } = linkedController(signal);
  const waiting = shards.slice();
  const most = Math.max(...shards.map(({ bytes }) => bytes));
  const work = async () => {
    const memory = new Uint8Array(Math.min(GROUP_BYTES, most)); // one for all its shards: new pages cost more than what is done with them
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
      const current = shard;
      await storage.use(current.sha256, { signal: stop.signal, stall: patience.stall }, (file) => new ShardLoad(current, file, { ...options, storage, trustsSeals, patience, onPlaced, signal: stop.signal }).run(memory));
    }
  };
  const workers = Array.from({ length: Math.min(CONCURRENT_SHARDS, shards.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(workers);
    throwIfAborted(signal);
    throw error;
  } finally {
    release();
  }
}

/** One shard: what the device has of it, then the rest from the network. */
class ShardLoad {
  #shard;
  #file;
  #options;
  #download;
  /** The pieces' checksums as the device has them. @type {string[]} */
  #sealed = [];
  /** And as they are. @type {string[]} */
  #checksums = [];

  /**
   * @param {Shard} shard
   * @param {import('./stored-file.js').StoredFile} file
   * @param {{base: string, place: Place, onBytes: OnBytes, onPlaced: () => void, storage: Storage, trustsSeals: boolean, patience: Patience, signal: AbortSignal}} options
   */
  constructor(shard, file, { base, storage, patience, signal, ...options }) {
    this.#shard = shard;
    this.#file = file;
    this.#options = { ...options, signal };
    this.#download = new Download(new URL(shard.file, base).href, {
      signal, patience, name: shard.file, total: shard.bytes, cache: storage.keeps ? 'no-store' : 'default',
    });
  }

  /** @param {Bytes} memory for the pieces at hand: GROUP_BYTES, or the whole shard */
  async run(memory) {
    const { bytes, file } = this.#shard;
    /** @type {Placement | undefined} */
    let placement;
    let dataStart = 0;
    if (this.#options.trustsSeals) this.#sealed = await this.#file.readSeal();
    try {
      for (let offset = 0; offset < bytes; offset += GROUP_BYTES) {
        const group = memory.subarray(0, Math.min(GROUP_BYTES, bytes - offset));
        await this.#fillVerified(group, offset);
        let fresh = group;
        if (offset === 0) {
          const header = parseHeader(group, bytes, file);
          ({ dataStart } = header);
          placement = this.#options.place(this.#shard, header.tensors);
          fresh = group.subarray(dataStart);
        }
        placement?.write(Math.max(0, offset - dataStart), fresh);
      }
      placement?.finish();
      this.#options.onPlaced();
      if (this.#checksums.some((checksum, at) => checksum !== this.#sealed[at])) await this.#file.writeSeal(this.#checksums);
    } finally {
      this.#download.close();
    }
  }

  /**
   * Fills `group` with verified bytes: what is damaged on the device is fetched; what came damaged is fetched once more.
   * @param {Bytes} group @param {number} offset
   */
  async #fillVerified(group, offset) {
    let failures = 0; // of the piece that is next
    for (let verified = 0; verified < group.length;) {
      const rest = group.subarray(verified);
      const came = { device: 0, network: 0 };
      let right = 0;
      try {
        await this.#fill(rest, offset + verified, came);
        right = await this.#rightBytes(rest, offset + verified, came);
        if (right < rest.length) throw this.#damaged(offset + verified + right, Math.min(PIECE_BYTES, rest.length - right));
      } catch (error) {
        this.#uncount(came, right);
        throwIfAborted(this.#options.signal);
        if (!(error instanceof PerceptError) || error.code !== 'weights-corrupt') throw error;
        await this.#file.truncate(offset + verified + right);
        if (right > 0) failures = 0;
        if (right >= came.device) failures += 1; // what the device had wrong is no failure of the network
        if (failures === 2) throw error;
        if (came.network > 0) this.#download.distrust();
      }
      verified += right;
    }
  }

  /**
   * How many bytes at the beginning of `rest` are as the manifest says, in whole pieces; at the shard's end nothing may
   * follow.
   * @param {Bytes} rest @param {number} offset @param {Record<Source, number>} came
   */
  async #rightBytes(rest, offset, came) {
    const { bytes, pieces } = this.#shard;
    const first = offset / PIECE_BYTES;
    const sealed = came.device > 0 || this.#file.keeps; // elsewhere a checksum meets no seal, and makes none
    const checksums = sealed ? await checksumsOfPieces(rest, PIECE_BYTES) : [];
    checksums.forEach((checksum, at) => { this.#checksums[first + at] = checksum; }); // what is wrong comes, and is written here, again
    if (came.network > 0 || checksums.some((checksum, at) => checksum !== this.#sealed[first + at])) {
      const digests = await sha256OfPieces(rest, PIECE_BYTES);
      const wrong = digests.findIndex((digest, at) => digest !== pieces[first + at]);
      if (wrong >= 0) return wrong * PIECE_BYTES;
    }
    if (offset + rest.length === bytes) await this.#download.expectEnd();
    return rest.length;
  }

  /**
   * Takes back the progress of what came but for the first `right` bytes; the device's bytes came first.
   * @param {Record<Source, number>} came @param {number} right
   */
  #uncount({ device, network }, right) {
    const lost = { device: Math.max(0, device - right), network: network - Math.max(0, right - device) };
    for (const from of /** @type {const} */ (['device', 'network'])) if (lost[from] > 0) this.#options.onBytes(-lost[from], from);
  }

  /** @param {Bytes} rest @param {number} offset @param {Record<Source, number>} came counted up */
  async #fill(rest, offset, came) {
    const count = (/** @type {number} */ bytes, /** @type {Source} */ from) => {
      came[from] += bytes;
      this.#options.onBytes(bytes, from);
    };
    let filled = await this.#file.read(offset, rest);
    if (filled > 0) count(filled, 'device');
    let stored = filled;
    const store = async () => {
      await this.#file.write(offset + stored, rest.subarray(stored, filled));
      stored = filled;
    };
    try {
      while (filled < rest.length) {
        const part = await this.#download.read(offset + filled, rest.length - filled);
        rest.set(part, filled);
        filled += part.length;
        count(part.length, 'network');
        if (filled - stored >= STORED_AT_ONCE) await store();
      }
    } finally {
      if (filled > stored) await store();
    }
  }

  /** @param {number} offset @param {number} length */
  #damaged(offset, length) {
    return new PerceptError('weights-corrupt', `The weights file ${this.#shard.file} is damaged at byte ${offset} to ${offset + length}: its SHA-256 is wrong. Reload, or publish the model again.`);
  }
}
