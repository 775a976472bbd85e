/** Shards on their way into memory: a few at a time, each piece verified before any of it is used. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { Download } from './download.js';
import { sha256 } from './hash.js';
import { linkedController } from './linked.js';
import { PIECE_BYTES } from './manifest.js';
import { PATIENCE } from './retries.js';
import { parseHeader } from './safetensors.js';
import { Storage } from './storage.js';

const CONCURRENT_SHARDS = 3;

/** Bytes of a shard that are written to the device at once: what a tab that is killed has to fetch again. */
const STORED_AT_ONCE = 1 << 18;

/**
 * @typedef {object} Placement where the tensors of one shard go
 * @property {(offset: number, bytes: Uint8Array) => void} write bytes of the data section, in order
 * @property {() => void} finish called when all bytes are written
 *
 * @param {{file: string, bytes: number, sha256: string, pieces: string[]}[]} shards
 * @param {object} options
 * @param {string} options.base URL that file names are relative to
 * @param {(shard: object, tensors: object[]) => Placement} options.place called when a shard's header is known
 * @param {(delta: number, from: 'network' | 'device') => void} options.onBytes bytes that arrived; negative when they
 *   are thrown away
 * @param {AbortSignal} [options.signal]
 * @param {Storage} [options.storage] where shards are kept; none by default
 * @param {object} [options.patience] as in retries.js
 */
export async function loadShards(shards, { signal, storage = new Storage(), patience = PATIENCE, ...options }) {
  const { controller: stop, release } = linkedController(signal);
  const waiting = shards.slice();
  const work = async () => {
    const memory = new Uint8Array(PIECE_BYTES); // one for all its shards: new pages cost more than what is done with them
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
      const current = shard;
      await storage.use(current.sha256, stop.signal, (file) => new ShardLoad(current, file, { ...options, storage, patience, signal: stop.signal }).run(memory));
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

  /** @param {import('./storage.js').StoredFile} file */
  constructor(shard, file, { base, storage, patience, signal, ...options }) {
    this.#shard = shard;
    this.#file = file;
    this.#options = { ...options, signal };
    this.#download = new Download(new URL(shard.file, base).href, {
      signal, patience, name: shard.file, total: shard.bytes, cache: storage.keeps ? 'no-store' : 'default',
    });
  }

  /** @param {Uint8Array} memory for the piece at hand, PIECE_BYTES */
  async run(memory) {
    const { bytes, pieces, file } = this.#shard;
    let placement;
    let dataStart;
    try {
      for (let index = 0; index < pieces.length; index += 1) {
        const offset = index * PIECE_BYTES;
        const piece = memory.subarray(0, Math.min(PIECE_BYTES, bytes - offset));
        await this.#verifiedPiece(piece, offset, pieces[index]);
        let fresh = piece;
        if (index === 0) {
          const header = parseHeader(piece, bytes, file);
          ({ dataStart } = header);
          placement = this.#options.place(this.#shard, header.tensors);
          fresh = piece.subarray(dataStart);
        }
        placement.write(Math.max(0, offset - dataStart), fresh);
      }
      placement.finish();
    } finally {
      this.#download.close();
    }
  }

  /** Fills `piece` with verified bytes: what is damaged on the device is fetched; what came damaged is fetched once more. */
  async #verifiedPiece(piece, offset, expected) {
    for (let attempts = this.#file.length > offset ? 3 : 2; ; attempts -= 1) {
      const came = { network: 0, device: 0 };
      const count = (bytes, from) => {
        came[from] += bytes;
        this.#options.onBytes(bytes, from);
      };
      try {
        await this.#fill(piece, offset, count);
        if (await sha256(piece) !== expected) throw this.#damaged(offset, piece.length);
        if (offset + piece.length === this.#shard.bytes) await this.#download.expectEnd();
        return;
      } catch (error) {
        for (const from of ['network', 'device']) if (came[from] > 0) this.#options.onBytes(-came[from], from);
        throwIfAborted(this.#options.signal);
        if (error.code !== 'weights-corrupt') throw error;
        await this.#file.truncate(offset);
        if (attempts === 1) throw error;
        if (came.network > 0) this.#download.distrust();
      }
    }
  }

  async #fill(piece, offset, count) {
    let filled = await this.#file.read(offset, piece);
    if (filled > 0) count(filled, 'device');
    let stored = filled;
    const store = async () => {
      await this.#file.write(offset + stored, piece.subarray(stored, filled));
      stored = filled;
    };
    try {
      while (filled < piece.length) {
        const part = await this.#download.read(offset + filled, piece.length - filled);
        piece.set(part, filled);
        filled += part.length;
        count(part.length, 'network');
        if (filled - stored >= STORED_AT_ONCE) await store();
      }
    } finally {
      if (filled > stored) await store();
    }
  }

  #damaged(offset, length) {
    return new PerceptError('weights-corrupt', `The weights file ${this.#shard.file} is damaged at byte ${offset} to ${offset + length}: its SHA-256 is wrong. Reload, or publish the model again.`);
  }
}
