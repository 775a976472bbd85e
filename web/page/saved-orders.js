/** Combined orders that the person made: the weights in use, and those that were saved by name. The browser keeps them. */
import { keep, recall } from './kept.js';
import { say } from './language.js';
import { Listeners } from './listeners.js';

/** @import {History} from './history.js' */
/** @import {Weights} from './combined-order.js' */
/** @typedef {{weights: Weights, saved: Record<string, Weights>}} Orders */

export class SavedOrders {
  #history;
  #changed = new Listeners();
  /** @type {Orders} */
  #orders = { weights: {}, saved: {}, ...recall('orders') };

  /** @param {History} history */
  constructor(history) {
    this.#history = history;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  get weights() {
    return this.#orders.weights;
  }

  get names() {
    return Object.keys(this.#orders.saved);
  }

  /** The name of the weights in use, '' where they were not saved. */
  get name() {
    return this.names.find((name) => areSame(this.#orders.saved[name], this.weights)) ?? '';
  }

  /** @param {string} task @param {number} weight */
  weigh(task, weight) {
    this.#set({ ...this.#orders, weights: { ...this.weights, [task]: weight } });
  }

  /** @param {string} name */
  use(name) {
    this.#set({ ...this.#orders, weights: this.#orders.saved[name] ?? {} });
  }

  /** @param {string} name */
  save(name) {
    const before = this.#orders;
    this.#set({ ...before, saved: { ...before.saved, [name]: before.weights } });
    this.#history.did({ words: () => say('order.savedAs', { name }) }, () => this.#set({ ...this.#orders, saved: before.saved }));
  }

  /** @param {string} name */
  forget(name) {
    const before = this.#orders;
    const { [name]: _, ...saved } = before.saved;
    this.#set({ ...before, saved });
    this.#history.did({ words: () => say('order.forgot', { name }), shown: true }, () => this.#set({ ...this.#orders, saved: before.saved }));
  }

  /** @param {Orders} orders */
  #set(orders) {
    this.#orders = orders;
    keep('orders', orders);
    this.#changed.tell();
  }
}

/** @param {Weights} a @param {Weights} b weights of 0 do not count */
function areSame(a, b) {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((task) => (a[task] ?? 0) === (b[task] ?? 0));
}
