/** Shards and records as files of the origin's private file system. Reading and writing need a worker. */
import { openInTime } from './storage-patience.js';

/** @import {Backend, BackendFile, Bytes} from './types.d.ts' */

const FOLDER = 'percept';

/** @returns {Promise<Backend>} */
export function openFileStorage() {
  return openInTime(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
    const open = (/** @type {string} */ name) => root.getDirectoryHandle(name, { create: true });
    const [shards, seals, records] = await Promise.all(['shards', 'seals', 'records'].map(open));
    return new FileStorage({ shards, seals, records });
  });
}

/** @implements {Backend} */
class FileStorage {
  kind = /** @type {const} */ ('files');
  #folders;

  /** @param {Record<'shards' | 'seals' | 'records', FileSystemDirectoryHandle>} folders */
  constructor(folders) {
    this.#folders = folders;
  }

  /** @param {string} name */
  async openFile(name) {
    return openSync(this.#folders.shards, name);
  }

  files() {
    return collect(this.#folders.shards, async (handle) => (await handle.getFile()).size);
  }

  /** @param {string} name */
  async removeFile(name) {
    await this.#folders.shards.removeEntry(name);
    await this.#folders.seals.removeEntry(name).catch(() => {}); // it may never have had one
  }

  /** @param {string} name */
  async readSeal(name) {
    const handle = await this.#folders.seals.getFileHandle(name).catch(() => null);
    return handle === null ? '' : (await handle.getFile()).text();
  }

  /** @param {string} name @param {string} text */
  writeSeal(name, text) {
    return writeText(this.#folders.seals, name, text);
  }

  /** @param {string} name @param {string} text */
  writeRecord(name, text) {
    return writeText(this.#folders.records, name, text);
  }

  records() {
    return collect(this.#folders.records, async (handle) => (await handle.getFile()).text());
  }

  /** @param {string} name */
  removeRecord(name) {
    return this.#folders.records.removeEntry(name);
  }
}

/** @implements {BackendFile} */
class SyncFile {
  #handle;

  /** @param {FileSystemSyncAccessHandle} handle */
  constructor(handle) {
    this.#handle = handle;
    this.length = handle.getSize();
  }

  /** @param {number} offset @param {Bytes} target */
  read(offset, target) {
    if (this.#handle.read(target, { at: offset }) !== target.length) throw new Error('The file is shorter than it was.');
  }

  /** @param {number} offset @param {Bytes} bytes */
  write(offset, bytes) {
    const written = this.#handle.write(bytes, { at: offset });
    this.length = offset + written;
    if (written < bytes.length) throw new DOMException('The device is full.', 'QuotaExceededError');
  }

  /** @param {number} length */
  truncate(length) {
    this.#handle.truncate(length);
    this.length = length;
  }

  close() {
    this.#handle.close();
  }
}

/** An existing file, or a new one. @param {FileSystemDirectoryHandle} folder @param {string} name */
async function openSync(folder, name) {
  const handle = await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  try {
    return new SyncFile(handle);
  } catch (error) {
    handle.close(); // or nobody could open it any more
    throw error;
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {string} text */
async function writeText(folder, name, text) {
  const file = await openSync(folder, name);
  try {
    file.truncate(0);
    file.write(0, new TextEncoder().encode(text));
  } finally {
    file.close();
  }
}

/**
 * What `read` makes of each file, by name; a file that is gone or held by another tab is left out.
 * @template Value
 * @param {FileSystemDirectoryHandle} folder
 * @param {(handle: FileSystemFileHandle) => Promise<Value>} read
 * @returns {Promise<Map<string, Value>>}
 */
async function collect(folder, read) {
  const names = [];
  for await (const [name, handle] of folder.entries()) names.push(/** @type {const} */ ([name, /** @type {FileSystemFileHandle} */ (handle)]));
  const values = await Promise.all(names.map(([, handle]) => read(handle).catch(() => null)));
  return new Map(names.flatMap(([name], at) => {
    const value = values[at];
    return value === null ? [] : [[name, value]];
  }));
}
