/**
 * The part of the page's address behind '#', which says where the person is: `#tab=teach&sort=high`. Going to a place adds an
 * entry to the browser's history, so that Back leads out of it; how things are arranged there does not.
 */

/** @typedef {Record<string, string>} Values those that are not there, or empty, are as at first */

export class Address {
  /** By these two entries of the history are different places; the rest goes along. */
  #places;
  /** @type {Values} */
  #values;
  /** Which entry of ours this is. */
  #index = history.state?.percept ?? 0;
  /** @type {(values: Values, isForeign: boolean) => void} */
  #hear = () => {};

  /** @param {string[]} places names of values */
  constructor(places) {
    this.#places = places;
    this.#values = valuesHere();
    addEventListener('popstate', ({ state }) => this.#follow(state?.percept));
  }

  /** @param {string} name */
  get(name) {
    return this.#values[name] ?? '';
  }

  /** @param {(values: Values, isForeign: boolean) => void} listener hears of each move through the history; foreign: to an address that somebody gave */
  onMove(listener) {
    this.#hear = listener;
  }

  /** Goes to another place. @param {Values} change */
  go(change) {
    if (!this.#take(change)) return;
    this.#index += 1;
    history.pushState({ percept: this.#index }, '', this.#text);
  }

  /** The same place, seen otherwise. @param {Values} change */
  note(change) {
    if (this.#take(change)) history.replaceState({ percept: this.#index }, '', this.#text);
  }

  /** @param {Values} change @returns {boolean} whether anything is different */
  #take(change) {
    const before = this.#text;
    this.#values = { ...this.#values, ...change };
    return this.#text !== before;
  }

  get #text() {
    const given = Object.entries(this.#values).filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
    return location.pathname + location.search + (given.length > 0 ? `#${new URLSearchParams(given)}` : '');
  }

  /** @param {number | undefined} index of the entry that was moved to; none of one that is not ours */
  #follow(index) {
    const here = valuesHere();
    if (index === undefined) {
      this.#values = here;
      history.replaceState({ percept: this.#index }, '', this.#text);
      this.#hear(here, true);
      return;
    }
    const isBack = index < this.#index;
    const isSame = this.#places.every((name) => (here[name] ?? '') === this.get(name));
    this.#index = index;
    this.#take(Object.fromEntries(this.#places.map((name) => [name, here[name] ?? ''])));
    history.replaceState({ percept: index }, '', this.#text);
    if (isSame && isBack) history.back(); // a place that was left otherwise, by its own button
    else this.#hear(this.#values, false);
  }
}

/** @returns {Values} */
const valuesHere = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
