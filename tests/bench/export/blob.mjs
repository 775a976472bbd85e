/**
 * Bytes that are made when they are written: exported files hold gigabytes, of which one tensor at a time is in
 * memory.
 *
 * @typedef {{length: number, make: () => Promise<Uint8Array> | Uint8Array}} Blob
 */
import { open } from 'node:fs/promises';

/** @param {ArrayBufferView} array @returns {Uint8Array} its bytes */
export function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** @param {ArrayBufferView} array @returns {Blob} bytes that exist already */
export function blobOf(array) {
  return { length: array.byteLength, make: () => bytesOf(array) };
}

/** @param {Blob[]} blobs */
export function totalLength(blobs) {
  return blobs.reduce((sum, { length }) => sum + length, 0);
}

/** @param {string} path @param {Blob[]} blobs one after the other */
export async function writeBlobs(path, blobs) {
  const file = await open(path, 'w');
  try {
    for (const { length, make } of blobs) {
      const bytes = await make();
      if (bytes.length !== length) throw new Error(`${path}: ${bytes.length} bytes were made where ${length} were announced.`);
      await file.writeFile(bytes);
    }
  } finally {
    await file.close();
  }
}
