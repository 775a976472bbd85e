/** Shards of pseudo-random bytes, and a storage in memory that a test can look into. */
import { createHash } from 'node:crypto';
import { PIECE_BYTES } from '../../web/lib/weights/manifest.js';
import { mix32 } from '../golden/generator.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A safetensors file of one U8 tensor, or with a header of the caller's. */
export function makeFile({ dataBytes = 64, seed = 1, header = { t: { dtype: 'U8', shape: [dataBytes], data_offsets: [0, dataBytes] } } } = {}) {
  let json = typeof header === 'string' ? header : JSON.stringify(header);
  json = json.padEnd(Math.ceil(json.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Buffer.from(Uint8Array.from({ length: dataBytes }, (_, at) => mix32(seed, at)));
  return Buffer.concat([length, Buffer.from(json), data]);
}

/** What a manifest says of a file. */
export function describeShard(bytes) {
  const hash = sha256(bytes);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(sha256(bytes.subarray(at, at + PIECE_BYTES)));
  return { file: `base-1-${hash.slice(0, 16)}.safetensors`, bytes: bytes.length, sha256: hash, pieces };
}

/** storage.js's Backend in memory. `shards` holds a Buffer for each name. */
export class MemoryBackend {
  kind = 'files';
  shards = new Map();
  seals = new Map();
  texts = new Map();
  /** Bytes that fit. */
  quota = Infinity;

  get used() {
    return [...this.shards.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  async openFile(name) {
    if (!this.shards.has(name)) this.shards.set(name, Buffer.alloc(0));
    return new MemoryFile(this, name);
  }

  async files() {
    return new Map([...this.shards].map(([name, bytes]) => [name, bytes.length]));
  }

  async removeFile(name) {
    this.shards.delete(name);
    this.seals.delete(name);
  }

  async readSeal(name) {
    return this.seals.get(name) ?? '';
  }

  async writeSeal(name, text) {
    if (this.used + text.length > this.quota) throw new DOMException('no room', 'QuotaExceededError');
    this.seals.set(name, text);
  }

  async writeRecord(name, text) {
    this.texts.set(name, text);
  }

  async records() {
    return new Map(this.texts);
  }

  async removeRecord(name) {
    this.texts.delete(name);
  }
}

class MemoryFile {
  constructor(backend, name) {
    this.backend = backend;
    this.name = name;
  }

  get bytes() {
    return this.backend.shards.get(this.name);
  }

  get length() {
    return this.bytes.length;
  }

  read(offset, target) {
    target.set(this.bytes.subarray(offset, offset + target.length));
  }

  write(offset, bytes) {
    if (offset !== this.length) throw new Error(`written at ${offset} of ${this.length}`);
    if (this.backend.used + bytes.length > this.backend.quota) throw new DOMException('no room', 'QuotaExceededError');
    this.backend.shards.set(this.name, Buffer.concat([this.bytes, bytes]));
  }

  truncate(length) {
    this.backend.shards.set(this.name, this.bytes.subarray(0, length));
  }

  close() {}
}
