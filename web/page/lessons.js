/** The traits that are being taught here: what they are called, and how they are judged. Kept by the browser. */
import { freeName } from './free-name.js';
import { Listeners } from './listeners.js';

/**
 * @import {TaughtHere} from './types.d.ts'
 * @import {History} from './history.js'
 * @import {Shelf} from './shelf.js'
 */

const LONGEST_ID = 40;

export class Lessons {
  #shelf;
  #history;
  /** @type {Map<string, TaughtHere>} */
  #all = new Map();
  /** Ids of those that were removed, and come back when that is undone. @type {Set<string>} */
  #removed = new Set();
  #listeners = new Listeners();

  /** @param {Pick<Shelf, 'isUnread' | 'onElsewhere' | 'read' | 'write'>} shelf @param {History} history */
  constructor(shelf, history) {
    this.#shelf = shelf;
    this.#history = history;
    shelf.onElsewhere((rooms) => rooms.includes('lessons') && this.load());
  }

  /** Reads what the browser kept; what it does not give stays as it is here. */
  async load() {
    const kept = await this.#shelf.read('lessons');
    if (!this.#shelf.isUnread('lessons')) this.#all = new Map(kept.map(([[id], lesson]) => [id, { ...lesson, id }]));
    this.#listeners.tell();
  }

  /** @returns {TaughtHere[]} */
  get all() {
    return [...this.#all.values()];
  }

  /** Those that no new one may have. @returns {string[]} */
  get takenIds() {
    return [...this.#all.keys(), ...this.#removed];
  }

  /** @param {string} id */
  get(id) {
    return this.#all.get(id) ?? null;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {Omit<TaughtHere, 'id' | 'group' | 'equalGroups'>} lesson @param {string[]} taken ids of other tasks @returns {TaughtHere} */
  add(lesson, taken) {
    const made = { ...lesson, id: freeId(lesson.title, [...taken, ...this.takenIds]), group: null, equalGroups: false };
    this.#set(made.id, made);
    return made;
  }

  /** @param {string} id @param {Partial<TaughtHere>} change */
  change(id, change) {
    const before = /** @type {TaughtHere} */ (this.#all.get(id));
    this.#set(id, { ...before, ...change });
  }

  /** Also of a trait that came as a file, which only has an id to keep free. @param {string} id @param {() => string} words what is undone */
  remove(id, words) {
    const before = this.#all.get(id);
    this.#removed.add(id);
    if (before) this.#set(id, undefined);
    const free = () => this.#removed.delete(id);
    this.#history.did({ words, shown: true }, () => {
      free();
      if (before) this.#set(id, before);
    }, free);
  }

  /** @param {string} id @param {TaughtHere | undefined} lesson */
  #set(id, lesson) {
    if (lesson) this.#all.set(id, lesson);
    else this.#all.delete(id);
    this.#shelf.write([{ room: 'lessons', key: [id], value: lesson }]);
    this.#listeners.tell();
  }
}

/** A task's id made of its title, which no other has, nor every object: letters, digits and dashes. @param {string} title @param {string[]} taken */
export function freeId(title, taken) {
  const plain = title.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, LONGEST_ID) || 'trait';
  return freeName([...taken, 'constructor'], (at) => (at === 1 ? plain : `${plain}-${at}`));
}
