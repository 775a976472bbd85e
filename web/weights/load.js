/** Shards on their way into memory: a few at a time, each piece verified before any of it is used. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { PIECE_BYTES } from './manifest.js';
import { parseHeader } from './safetensors.js';
import { sha256 } from './hash.js';
import { ByteSource } from './source.js';

const CONCURRENT_SHARDS = 3;

/**
 * @typedef {object} Placement where the tensors of one shard go
 * @property {(offset: number, bytes: Uint8Array) => void} write bytes of the data section, in order
 * @property {() => void} finish called when all bytes are written
 *
 * @param {{file: string, bytes: number, pieces: string[]}[]} shards
 * @param {object} options
 * @param {string} options.base URL that file names are relative to
 * @param {(shard: object, tensors: object[]) => Placement} options.place called when a shard's header is known
 * @param {(delta: number) => void} options.onBytes bytes that arrived; negative when a piece is thrown away
 * @param {AbortSignal} [options.signal]
 */
export async function loadShards(shards, { base, place, onBytes, signal }) {
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const waiting = shards.slice();
  const work = async () => {
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
      await loadShard(shard, { base, place, onBytes, signal: both });
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
  }
}

async function loadShard(shard, { base, place, onBytes, signal }) {
  const source = new ByteSource(new URL(shard.file, base).href, { signal, name: shard.file, total: shard.bytes });
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, shard.bytes));
  let placement;
  let dataStart;
  try {
    for (let index = 0; index < shard.pieces.length; index += 1) {
      const offset = index * PIECE_BYTES;
      const piece = buffer.subarray(0, Math.min(PIECE_BYTES, shard.bytes - offset));
      await fetchPiece({ source, piece, offset, expected: shard.pieces[index], file: shard.file, onBytes, signal });
      let fresh = piece;
      if (index === 0) {
        const header = parseHeader(piece, shard.bytes, shard.file);
        ({ dataStart } = header);
        placement = place(shard, header.tensors);
        fresh = piece.subarray(dataStart);
      }
      placement.write(Math.max(0, offset - dataStart), fresh);
    }
    await source.expectEnd();
    placement.finish();
  } finally {
    await source.close();
  }
}

/** Fills `piece` with verified bytes: what fails is fetched once more, then refused. */
async function fetchPiece({ source, piece, offset, expected, file, onBytes, signal }) {
  const attempt = async () => {
    let arrived = 0;
    try {
      await source.fill(piece, offset, (bytes) => {
        arrived += bytes;
        onBytes(bytes);
      });
      if (await sha256(piece) === expected) return;
      throw new PerceptError('weights-corrupt', `The weights file ${file} is damaged at byte ${offset} to ${offset + piece.length}: its SHA-256 is wrong. Reload, or publish the model again.`);
    } catch (error) {
      onBytes(-arrived);
      await source.distrust();
      throw error;
    }
  };
  try {
    await attempt();
  } catch (error) {
    throwIfAborted(signal);
    if (error.code !== 'network' && error.code !== 'weights-corrupt') throw error;
    await attempt();
  }
}
