/** Combined orders that the person made: the weights in use, and those that were saved by name, here or in another tab. The browser keeps them. */
import { keep, onKeptElsewhere, recall } from './kept.js';
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
    onKeptElsewhere('orders', () => {
      this.#orders = { ...this.#orders, saved: recall('orders')?.saved ?? {} }; // they would be written over
      this.#changed.tell();
    });
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
    const back = this.#put(name, this.weights);
    this.#history.did({ words: () => say('order.savedAs', { name }) }, back);
  }

  /** @param {string} name */
  forget(name) {
    const back = this.#put(name, undefined);
    this.#history.did({ words: () => say('order.forgot', { name }), shown: true }, back);
  }

  /** @param {string} name @param {Weights | undefined} weights undefined: it goes @returns {() => void} puts back what it was */
  #put(name, weights) {
    const { saved } = this.#orders;
    const { [name]: before, ...others } = saved;
    this.#set({ ...this.#orders, saved: weights ? { ...saved, [name]: weights } : others });
    return () => { this.#put(name, before); };
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
