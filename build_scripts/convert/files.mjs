/** Reading parts of files, with sentences for what can go wrong. */
import { open, readFile, stat } from 'node:fs/promises';
import { parseJson as parseShallowJson } from '../../web/lib/weights/json.js';
import { ConvertError, BAD_FILE, NOT_FOUND } from './errors.mjs';

/** A JSON file beside weights is small; anything larger is not one. */
const JSON_LIMIT = 64 << 20;

/**
 * @param {string} path
 * @returns {Promise<import('node:fs').Stats | null>} null where nothing is
 */
export async function statIfThere(path) {
  try {
    return await stat(path);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw unreadable(path, error);
  }
}

function unreadable(path, { code }) {
  return new ConvertError(NOT_FOUND, `${path} cannot be read (${code}); check its permissions.`);
}

/**
 * A file opened for reading at given offsets. Every read is checked against the file's size.
 */
export class RandomAccessFile {
  constructor(path, handle, size) {
    this.path = path;
    this.handle = handle;
    this.size = size;
  }

  /** @param {string} path */
  static async open(path) {
    const stats = await statIfThere(path);
    if (!stats?.isFile()) throw new ConvertError(NOT_FOUND, `${path} is not a file; check the path in the recipe.`);
    const handle = await open(path, 'r').catch((error) => { throw unreadable(path, error); });
    return new RandomAccessFile(path, handle, stats.size);
  }

  /**
   * @param {number} offset
   * @param {number} length
   * @returns {Promise<Uint8Array>} a new array that begins at offset 0 of its own buffer
   */
  async read(offset, length) {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new ConvertError(BAD_FILE, `${this.path} is cut short: ${length} bytes at ${offset} are asked for, `
        + `and the file has ${this.size}; download it again.`);
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.handle.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
      if (bytesRead === 0) throw new ConvertError(BAD_FILE, `${this.path} became shorter while it was read.`);
      done += bytesRead;
    }
    return bytes;
  }

  async close() {
    await this.handle.close();
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} label what they are, for the message
 * @returns {unknown} nested as deep as web/lib/weights/json.js allows
 */
export function parseJson(bytes, label) {
  try {
    return parseShallowJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ConvertError(BAD_FILE, `${label} is not valid JSON: ${error.message}`);
  }
}

/**
 * @param {string} path
 * @returns {Promise<unknown>}
 */
export async function readJson(path) {
  const stats = await statIfThere(path);
  if (!stats?.isFile()) throw new ConvertError(NOT_FOUND, `${path} does not exist; check the path.`);
  if (stats.size > JSON_LIMIT) throw new ConvertError(BAD_FILE, `${path} has ${stats.size} bytes: too large for JSON.`);
  return parseJson(await readFile(path).catch((error) => { throw unreadable(path, error); }), path);
}
