/**
 * Traits that were taught or read from files, beside the model's own tasks: each in one of the tower's spare tasks. Memory in the
 * tower is never given back, so what a trait leaves is kept for the next: a trait that is taught again after each judgement needs
 * no more than two rooms.
 */
import { PerceptError } from '../errors.js';
import { checkRoomFor } from '../teach/both-sides.js';

/** @import {NumberedTask} from './types.d.ts' */
/** @import {Trait} from '../weights/types.d.ts' */
/** @import {Tower} from '../engine/tower.js' */
/** @typedef {{address: number, bytes: number}} Room */

export class TaughtTasks {
  #tower;
  /** The tower's tasks that nobody has. @type {number[]} */
  #spare;
  /** @type {Room[]} */
  #rooms = [];
  /** @type {Map<string, {task: NumberedTask, room: Room}>} */
  #taught = new Map();

  /** @param {Tower} tower @param {{first: number, count: number}} numbers of the tower's spare tasks */
  constructor(tower, { first, count }) {
    this.#tower = tower;
    this.#spare = Array.from({ length: count }, (_, at) => first + count - 1 - at);
  }

  /** In the order in which they came. @returns {NumberedTask[]} */
  get all() {
    return Array.from(this.#taught.values(), ({ task }) => task);
  }

  /**
   * Makes a trait a task, in place of one of the same id, which stays when this one is refused.
   * @param {Trait} trait
   * @throws {PerceptError} 'trait-invalid', 'too-many-traits', 'out-of-memory' and the codes of tensors
   */
  add({ task, tensors, data }) {
    checkRoomFor(this.#taught, task.id);
    const before = this.#taught.get(task.id);
    const room = this.#takeRoom(data.length);
    const number = /** @type {number} */ (this.#spare.pop());
    try {
      this.#bind(number, task, tensors, data, room);
    } catch (error) {
      this.#giveBack(number, room);
      throw error instanceof PerceptError && error.code === 'manifest-invalid' ? new PerceptError('trait-invalid', error.message, { cause: error }) : error;
    }
    this.#taught.delete(task.id);
    this.#taught.set(task.id, { task: { ...task, shards: [], number }, room });
    if (before) this.#giveBack(before.task.number, before.room);
  }

  /** @param {string} id of one that is there */
  remove(id) {
    const { task, room } = /** @type {{task: NumberedTask, room: Room}} */ (this.#taught.get(id));
    this.#taught.delete(id);
    this.#giveBack(task.number, room);
  }

  /** The number of a task that nobody has, empty, for the trainer, who leaves it empty: one is always kept for exchanges. */
  get spare() {
    return /** @type {number} */ (this.#spare.at(-1));
  }

  /** What adding a trait takes of the tower's memory. @param {number} bytes the trait's */
  newBytes(bytes) {
    return this.#rooms.some((room) => room.bytes >= bytes) ? 0 : bytes;
  }

  /** @param {number} number @param {Trait['task']} task @param {Trait['tensors']} tensors @param {Uint8Array} data @param {Room} room */
  #bind(number, task, tensors, data, room) {
    this.#tower.declareTask(number, task);
    this.#tower.write(room.address, data);
    for (const { begin, name, dtype, shape } of tensors) this.#tower.bind(number, { name, dtype, shape, address: room.address + begin });
    this.#tower.ready(number);
  }

  /** The smallest room that others left and that is large enough, or a new one. @param {number} bytes @returns {Room} */
  #takeRoom(bytes) {
    const fitting = this.#rooms.filter((room) => room.bytes >= bytes);
    if (fitting.length === 0) return { address: this.#tower.reserve(Math.max(bytes, 64)), bytes: Math.max(bytes, 64) };
    const smallest = fitting.reduce((least, room) => (room.bytes < least.bytes ? room : least));
    this.#rooms.splice(this.#rooms.indexOf(smallest), 1);
    return smallest;
  }

  /** @param {number} number @param {Room} room */
  #giveBack(number, room) {
    this.#tower.clearTask(number);
    this.#spare.push(number);
    this.#rooms.push(room);
  }
}
