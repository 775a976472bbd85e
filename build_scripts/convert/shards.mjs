/**
 * Writes groups of tensors (plan.mjs) as safetensors files of 8 to 32 MiB, one group in memory at a time.
 *
 * Headers are padded with spaces so that the data begins at a multiple of 64. Types of 4 bytes and whole
 * panels come before halves (plan.mjs orders them so), so every tensor is aligned to its element.
 */
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConvertError, OUTPUT } from './errors.mjs';
import { ELEMENT_BYTES, elementCount } from './floats.mjs';

const MEBIBYTE = 1 << 20;
const PIECE = MEBIBYTE;
const MOST = 32 * MEBIBYTE;
/** Between the least and the most, so that a tensor of some MiB can be on either side of a cut. */
const USUAL = 18 * MEBIBYTE;
const HEADER_MULTIPLE = 64;

function tensorBytes({ dtype, shape }) {
  return elementCount(shape) * ELEMENT_BYTES[dtype];
}

function groupBytes(group) {
  return group.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
}

/**
 * Cuts a list of groups where the running total comes nearest to equal shares. Up to 32 MiB stay one file;
 * a single group beyond 32 MiB is a file of its own size.
 * @param {object[]} groups
 * @returns {object[][]}
 */
export function splitGroups(groups) {
  const total = groups.reduce((sum, group) => sum + groupBytes(group), 0);
  const shards = [[]];
  if (total <= MOST - MEBIBYTE) return [groups]; /* room for the header */
  const share = total / Math.max(2, Math.round(total / USUAL));
  let size = 0;
  let before = 0;
  for (const group of groups) {
    const bytes = groupBytes(group);
    const isPastTheCut = before + size + bytes / 2 > shards.length * share;
    if (size > 0 && (size + bytes > MOST - MEBIBYTE || (isPastTheCut && shards.length * share < total))) {
      before += size;
      size = 0;
      shards.push([]);
    }
    shards.at(-1).push(group);
    size += bytes;
  }
  return shards;
}

/**
 * @param {object[]} groups one shard's
 * @param {string} [format] what the metadata calls it
 * @returns {{header: Uint8Array, dataBytes: number, bytes: number}} `bytes` is the whole file's
 */
export function layOut(groups, format = 'percept') {
  const entries = { __metadata__: { format } };
  let offset = 0;
  for (const tensor of groups.flatMap((group) => group.tensors)) {
    const bytes = tensorBytes(tensor);
    entries[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = JSON.stringify(entries);
  const padded = json.padEnd(Math.ceil((json.length + 8) / HEADER_MULTIPLE) * HEADER_MULTIPLE - 8, ' ');
  const header = new Uint8Array(8 + padded.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded.length), true);
  header.set(new TextEncoder().encode(padded), 8);
  return { header, dataBytes: offset, bytes: header.length + offset };
}

/** SHA-256 of a stream, of the whole and of each MiB. */
class PieceHasher {
  constructor() {
    this.whole = createHash('sha256');
    this.piece = createHash('sha256');
    this.filled = 0;
    this.pieces = [];
  }

  update(bytes) {
    this.whole.update(bytes);
    for (let start = 0; start < bytes.length;) {
      const part = bytes.subarray(start, start + PIECE - this.filled);
      this.piece.update(part);
      this.filled += part.length;
      start += part.length;
      if (this.filled === PIECE) this.closePiece();
    }
  }

  closePiece() {
    this.pieces.push(this.piece.digest('hex'));
    this.piece = createHash('sha256');
    this.filled = 0;
  }

  finish() {
    if (this.filled > 0) this.closePiece();
    return { sha256: this.whole.digest('hex'), pieces: this.pieces };
  }
}

/**
 * Turns what the system says about writing into a sentence.
 * @param {Error & {code?: string}} error
 * @param {string} path
 */
export function outputError(error, path) {
  if (error.code === 'ENOSPC') {
    return new ConvertError(OUTPUT, `The disk is full; free some space and convert again (${path}).`);
  }
  if (error.syscall) {
    return new ConvertError(OUTPUT, `${path} cannot be written (${error.code}); check the folder's permissions.`);
  }
  return error;
}

async function writeGroup(group, emit) {
  const parts = await group.produce();
  for (const [index, bytes] of parts.entries()) {
    const expected = tensorBytes(group.tensors[index]);
    if (bytes.length !== expected) {
      throw new ConvertError(OUTPUT, `${group.tensors[index].name} came out with ${bytes.length} bytes instead of `
        + `${expected}: a mistake in the converter; please report it.`);
    }
    await emit(bytes, group.tensors[index].name);
  }
}

async function writeShard(groups, outdir, prefix, onBytes) {
  const temporary = join(outdir, `${prefix}.part`);
  const hasher = new PieceHasher();
  const { header, bytes } = layOut(groups);
  let handle;
  try {
    handle = await open(temporary, 'wx');
    const emit = async (part, name) => {
      hasher.update(part);
      await handle.writeFile(part);
      onBytes(part.length, name);
    };
    await emit(header, prefix);
    for (const group of groups) await writeGroup(group, emit);
    await handle.sync();
    await handle.close();
    handle = null;
    const { sha256, pieces } = hasher.finish();
    const file = `${prefix}-${sha256.slice(0, 16)}.safetensors`;
    await rename(temporary, join(outdir, file));
    return { file, bytes, sha256, pieces };
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true });
    throw outputError(error, temporary);
  }
}

/**
 * @param {object[][]} shards from splitGroups
 * @param {string} outdir
 * @param {string} prefix `base` or a task's id
 * @param {{onBytes: (bytes: number, tensor: string) => void, onShard: (file: string) => void}} watch
 * @returns {Promise<object[]>} the manifest's `shards`
 */
export async function writeShards(shards, outdir, prefix, { onBytes, onShard }) {
  const written = [];
  for (const [index, groups] of shards.entries()) {
    const shard = await writeShard(groups, outdir, `${prefix}-${index + 1}`, onBytes);
    onShard(shard.file);
    written.push(shard);
  }
  return written;
}
