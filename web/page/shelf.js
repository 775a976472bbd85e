/**
 * What people made on this page and the browser keeps for it, in IndexedDB: rooms of records, each by its key. What the
 * browser does not take is tried again with the next record, and lives at least as long as the page is open.
 */
import { openDB } from 'idb';
import { groupBy } from '../lib/shared/statistics.js';
import { Listeners } from './listeners.js';

/**
 * @import {IDBPDatabase, IDBPObjectStore} from 'idb'
 * @typedef {'judgements' | 'lessons' | 'traits' | 'features' | 'ratings' | 'pictures' | 'keys' | 'order' | 'looks' | 'results'} Room
 * @typedef {{name: string, rooms: Room[]}} Place
 * @typedef {string[]} Key
 * @typedef {{room: Room, key: Key, value: unknown}} Edit value: what structured cloning carries; undefined deletes
 */

const VERSION = 2;

/** So many edits are given to the browser in one task of the page's thread: thousands take longer than a frame. */
const AT_ONCE = 200;

/** What nobody can make again: where the browser does not give it, it may be there all the same. @type {Set<Room>} */
const PRECIOUS = new Set(['judgements', 'lessons', 'traits', 'ratings', 'pictures', 'order']);

/** Whether it is said that a room is not kept: without an order pictures are kept all the same. @param {Room} room */
const isTold = (room) => PRECIOUS.has(room) && room !== 'order';

/** It is asked for again after so many milliseconds: another tab may have closed the database. */
const AGAIN_AFTER = [100, 1000];

/** What people said and taught. @type {Place} */
export const MADE = { name: 'percept', rooms: ['judgements', 'lessons', 'traits', 'features', 'ratings'] };
/** Their pictures and what is known of them: large, and apart, so that a lack of room harms nothing else. @type {Place} */
export const SESSION = { name: 'percept-session', rooms: ['pictures', 'keys', 'order', 'looks', 'results'] };

export class Shelf {
  #place;
  /** @type {Promise<IDBPDatabase> | null} */
  #database = null;
  /** What is not written yet. @type {Map<string, Edit>} */
  #pending = new Map();
  #writing = Promise.resolve();
  /** Rooms that the browser did not give. @type {Set<Room>} */
  #unread = new Set();
  #isKept = true;
  #changed = new Listeners();
  /** @type {Listeners<[Room[]]>} */
  #elsewhere = new Listeners();
  #tabs;

  /** @param {Place} place */
  constructor(place) {
    this.#place = place;
    this.#tabs = globalThis.BroadcastChannel ? new BroadcastChannel(`${place.name}-shelf`) : null;
    this.#tabs?.addEventListener('message', ({ data }) => this.#elsewhere.tell(data));
  }

  /** Whether all is there when the page is opened again, as far as the browser says. */
  get isKept() {
    return this.#isKept;
  }

  /** Whether the browser failed to give what nobody can make again: it stays as it is there, and the visit goes on in memory. @param {Room} room */
  isUnread(room) {
    return this.#unread.has(room);
  }

  /** @param {() => void} listener hears when `isKept` changes */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {(rooms: Room[]) => void} listener hears when another tab has written */
  onElsewhere(listener) {
    this.#elsewhere.add(listener);
  }

  /**
   * @param {Room} room @param {string} [first] of the keys: all of them by default
   * @returns {Promise<[Key, any][]>} what is there, and what waits to be written: that alone where the browser does not give the room
   */
  async read(room, first) {
    const found = new Map((await this.#stored(room, first)).map(([key, value]) => [JSON.stringify(key), /** @type {[Key, any]} */ ([key, value])]));
    for (const edit of this.#pending.values()) {
      if (edit.room !== room || (first !== undefined && edit.key[0] !== first)) continue;
      if (edit.value === undefined) found.delete(JSON.stringify(edit.key));
      else found.set(JSON.stringify(edit.key), [edit.key, edit.value]);
    }
    return [...found.values()];
  }

  /** @param {Edit[]} edits @returns {Promise<void>} once they are written, or refused, as `isKept` says */
  write(edits) {
    for (const edit of edits) this.#pending.set(JSON.stringify([edit.room, ...edit.key]), edit);
    this.#writing = this.#writing.then(() => this.#writePending());
    return this.#writing;
  }

  /** Tries no longer to write what the browser did not take. */
  giveUp() {
    this.#pending.clear();
  }

  /** Deletes everything. @returns {Promise<void>} */
  clear() {
    this.giveUp();
    this.#writing = this.#writing.then(async () => {
      try {
        const { name: _, rooms } = this.#place;
        const transaction = (await this.#open()).transaction(rooms, 'readwrite');
        await Promise.all([...rooms.map((room) => transaction.objectStore(room).clear()), transaction.done]);
        this.#unread.clear();
        this.#tell(true);
      } catch {
        this.#tell(false);
      }
    });
    return this.#writing;
  }

  /** @param {Room} room @param {string} [first] @returns {Promise<[Key, any][]>} */
  async #stored(room, first) {
    const pauses = PRECIOUS.has(room) && globalThis.indexedDB ? AGAIN_AFTER : [];
    for (const pause of [...pauses, null]) {
      try {
        return await this.#given(room, first);
      } catch {
        if (pause !== null) await new Promise((resolve) => { setTimeout(resolve, pause); });
      }
    }
    if (PRECIOUS.has(room)) this.#unread.add(room);
    this.#tell(false);
    return [];
  }

  /** @param {Room} room @param {string} [first] @returns {Promise<[Key, any][]>} */
  async #given(room, first) {
    const range = first === undefined ? null : IDBKeyRange.bound([first], [first, []]); // a list lies behind every text
    const { store } = (await this.#open()).transaction(room);
    const [keys, values] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
    return keys.map((key, at) => [/** @type {Key} */ (key), values[at]]);
  }

  /** Into what was not read nothing is written: it would be written over. Without the judgements what is made of them would be deleted. @param {Edit} edit */
  #isOpen({ room }) {
    return !this.#unread.has(room) && !this.#unread.has('judgements');
  }

  /** Each room by itself: large records that there is no room for shall not keep small ones from being written. */
  async #writePending() {
    const all = groupBy([...this.#pending.values()].filter((edit) => this.#isOpen(edit)), ({ room }) => room);
    /** @type {Room[]} */
    const written = [];
    const left = [...this.#unread];
    for (const [room, edits] of all) (await this.#isWritten(room, edits) ? written : left).push(room);
    if (all.size > 0) this.#tell(!left.some(isTold));
    if (written.length > 0) this.#tabs?.postMessage(written);
  }

  /** @param {Room} room @param {Edit[]} edits of it @returns {Promise<boolean>} whether the browser took them, all or none */
  async #isWritten(room, edits) {
    try {
      const transaction = (await this.#open()).transaction(room, 'readwrite');
      const { done, store } = transaction;
      done.catch(() => {}); // the edit that it failed by tells
      for (let at = 0; at < edits.length; at += AT_ONCE) await Promise.all(edits.slice(at, at + AT_ONCE).map((edit) => giveTo(store, edit)));
      await done;
    } catch {
      return false;
    }
    const taken = new Set(edits);
    for (const [id, edit] of this.#pending) if (taken.has(edit)) this.#pending.delete(id);
    return true;
  }

  /** One that the browser closed, or never gave, is asked for again. */
  #open() {
    if (!globalThis.indexedDB) throw new Error('no IndexedDB');
    const { name, rooms } = this.#place;
    this.#database ??= openDB(name, VERSION, {
      upgrade(database) {
        for (const room of rooms) if (!database.objectStoreNames.contains(room)) database.createObjectStore(room);
      },
      blocking: (_current, _wanted, event) => { // a newer page, or a deletion, waits
        /** @type {IDBDatabase} */ (event.target).close();
        this.#database = null;
      },
      terminated: () => { this.#database = null; },
    });
    this.#database.catch(() => { this.#database = null; });
    return this.#database;
  }

  /** @param {boolean} isKept */
  #tell(isKept) {
    if (isKept === this.#isKept) return;
    this.#isKept = isKept;
    this.#changed.tell();
  }
}

/** @param {Pick<IDBPObjectStore<any, any, any, 'readwrite'>, 'delete' | 'put'>} store @param {Edit} edit @returns {Promise<unknown>} */
const giveTo = (store, { key, value }) => (value === undefined ? store.delete(key) : store.put(value, key));
