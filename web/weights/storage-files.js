/** Shards and records as files of the origin's private file system. Reading and writing need a worker. */

const FOLDER = 'percept';

/** @returns {Promise<import('./storage.js').Backend>} */
export async function openFileStorage() {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  const folder = (name) => root.getDirectoryHandle(name, { create: true });
  return new FileStorage(await folder('shards'), await folder('seals'), await folder('records'));
}

class FileStorage {
  kind = 'files';
  #shards;
  #seals;
  #records;

  constructor(shards, seals, records) {
    this.#shards = shards;
    this.#seals = seals;
    this.#records = records;
  }

  async openFile(name) {
    return new SyncFile(await (await this.#shards.getFileHandle(name, { create: true })).createSyncAccessHandle());
  }

  files() {
    return collect(this.#shards, async (handle) => (await handle.getFile()).size);
  }

  async removeFile(name) {
    await this.#shards.removeEntry(name);
    await this.#seals.removeEntry(name).catch(() => {}); // it may never have had one
  }

  async readSeal(name) {
    const handle = await this.#seals.getFileHandle(name).catch(() => null);
    return handle === null ? '' : (await handle.getFile()).text();
  }

  writeSeal(name, text) {
    return writeText(this.#seals, name, text);
  }

  writeRecord(name, text) {
    return writeText(this.#records, name, text);
  }

  records() {
    return collect(this.#records, async (handle) => (await handle.getFile()).text());
  }

  removeRecord(name) {
    return this.#records.removeEntry(name);
  }
}

class SyncFile {
  #handle;

  constructor(handle) {
    this.#handle = handle;
    this.length = handle.getSize();
  }

  read(offset, target) {
    if (this.#handle.read(target, { at: offset }) !== target.length) throw new Error('The file is shorter than it was.');
  }

  write(offset, bytes) {
    const written = this.#handle.write(bytes, { at: offset });
    this.length = offset + written;
    if (written < bytes.length) throw new DOMException('The device is full.', 'QuotaExceededError');
  }

  truncate(length) {
    this.#handle.truncate(length);
    this.length = length;
  }

  close() {
    this.#handle.close();
  }
}

async function writeText(folder, name, text) {
  const file = new SyncFile(await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle());
  try {
    file.truncate(0);
    file.write(0, new TextEncoder().encode(text));
  } finally {
    file.close();
  }
}

/** What `read` makes of each file, by name; a file that is gone or held by another tab is left out. */
async function collect(folder, read) {
  const names = [];
  for await (const [name, handle] of folder.entries()) names.push([name, handle]);
  const values = await Promise.all(names.map(([, handle]) => read(handle).catch(() => null)));
  return new Map(names.map(([name], at) => [name, values[at]]).filter(([, value]) => value !== null));
}
