/** As much of IndexedDB, and of what tabs tell one another, as the page's shelf asks for: a disk that can be told to fail. */

class IDBRequest extends EventTarget {
  /** @param {() => unknown} work */
  constructor(work) {
    super();
    queueMicrotask(() => {
      try {
        this.result = work();
      } catch (error) {
        this.error = error;
      }
      this.dispatchEvent(new Event(this.error ? 'error' : 'success'));
    });
  }
}

class IDBTransaction extends EventTarget {
  constructor(disk, rooms) {
    super();
    this.disk = disk;
    this.objectStoreNames = [rooms].flat();
    /** What takes back what was written, the last first. @type {(() => void)[]} */
    this.back = [];
    this.isFailed = false;
    setTimeout(() => this.dispatchEvent(new Event(this.isFailed ? 'abort' : 'complete')));
  }

  objectStore(room) { return new IDBObjectStore(this, room); }
}

class IDBObjectStore {
  constructor(transaction, room) {
    this.transaction = transaction;
    this.disk = transaction.disk;
    this.room = room;
  }

  #read(range, what) {
    return new IDBRequest(() => {
      if (this.disk.fails(this.room)) throw new DOMException('on purpose', 'UnknownError');
      return this.disk.recordsIn(this.room).filter(([key]) => range === null || key[0] === range.first).map(what);
    });
  }

  getAllKeys(range) { return this.#read(range, ([key]) => key); }

  getAll(range) { return this.#read(range, ([, , value]) => structuredClone(value)); }

  #write(key, record) {
    return new IDBRequest(() => {
      const { transaction } = this;
      const id = JSON.stringify([this.room, ...key]);
      const before = this.disk.rows.get(id);
      if (record && this.disk.isFull(this.room)) {
        transaction.isFailed = true;
        for (const each of transaction.back.splice(0)) each();
      }
      if (transaction.isFailed) throw new DOMException('on purpose', 'QuotaExceededError');
      transaction.back.unshift(() => this.#set(id, before));
      this.#set(id, record);
    });
  }

  #set(id, record) {
    if (record) this.disk.rows.set(id, record);
    else this.disk.rows.delete(id);
  }

  put(value, key) { return this.#write(key, [key, this.room, structuredClone(value)]); }

  delete(key) { return this.#write(key, undefined); }

  clear() { return new IDBRequest(() => { for (const [key] of this.disk.recordsIn(this.room)) this.disk.rows.delete(JSON.stringify([this.room, ...key])); }); }
}

class IDBDatabase extends EventTarget {
  constructor(disk) {
    super();
    this.disk = disk;
  }

  transaction(rooms) { return new IDBTransaction(this.disk, rooms); }
}

class IDBKeyRange {
  static bound([first]) { return Object.assign(new IDBKeyRange(), { first }); }
}

class BroadcastChannel extends EventTarget {
  static all = [];

  constructor() {
    super();
    BroadcastChannel.all.push(this);
  }

  postMessage(data) {
    for (const each of BroadcastChannel.all) if (each !== this) each.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

/**
 * Gives this process such a disk, and no other tabs than those that are made from here on.
 * @returns {{rows: Map<string, [key: string[], room: string, value: unknown]>, recordsIn: (room: string) => any[], fails: (room: string) => boolean, isFull: (room: string) => boolean, closeTabs: () => void}}
 *   fails: asked at every reading of a room; assign it. isFull: whether one takes nothing more. closeTabs: those that are open hear nothing any more
 */
export function installDisk() {
  const rows = new Map();
  const recordsIn = (room) => [...rows].filter(([, [, of]]) => of === room).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const closeTabs = () => { BroadcastChannel.all = []; };
  const disk = { rows, recordsIn, fails: () => false, isFull: () => false, closeTabs };
  closeTabs();
  const open = () => new IDBRequest(() => new IDBDatabase(disk));
  Object.assign(globalThis, { BroadcastChannel, IDBCursor: class {}, IDBDatabase, IDBIndex: class {}, IDBKeyRange, IDBObjectStore, IDBRequest, IDBTransaction, indexedDB: { open } });
  return disk;
}
