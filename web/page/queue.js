/** The pictures that wait to be scored: in their order, a few at once, the user's before the samples. */

/** Behind all others: entries that come again. */
const AGAIN = -1;

/** How many of the last times the forecast is made of. */
const REMEMBERED = 12;

/**
 * @typedef {{done: number, total: number, remaining: number | null}} QueueState of the run since the queue was last
 *   empty: entries, each counted once however often it comes; remaining in milliseconds, null until one piece of work is done
 */

/** @template Entry */
export class Queue {
  #work;
  #onChange;
  #onDone;
  #now;
  /** @type {{entry: Entry, priority: number}[]} */
  #waiting = [];
  /** @type {{entry: Entry, controller: AbortController}[]} */
  #running = [];
  #atOnce;
  /** How many pieces of work are left of each entry. @type {Map<Entry, number>} */
  #left = new Map();
  /** Those of which none is left. @type {Set<Entry>} */
  #done = new Set();
  /** When the last one was done, or the first began. */
  #since = 0;
  /** From one to the next. @type {number[]} */
  #times = [];

  /**
   * @param {(entry: Entry, signal: AbortSignal) => Promise<boolean | void>} work never rejects; resolves to true for an entry
   *   that shall come again, after all others
   * @param {{onChange?: (state: QueueState) => void, onDone?: (entry: Entry) => void, now?: () => number, atOnce?: number}} [options]
   *   onDone follows each piece of work; atOnce: pieces that are begun before the first of them ends
   */
  constructor(work, { onChange = () => {}, onDone = () => {}, now = () => performance.now(), atOnce = 1 } = {}) {
    this.#work = work;
    this.#atOnce = atOnce;
    this.#onChange = onChange;
    this.#onDone = onDone;
    this.#now = now;
  }

  get state() {
    return this.#stateFrom(this.#done.size, this.#left.size, this.#waiting.length + this.#running.length);
  }

  /** As if there were these entries alone: it looks at each one. @param {(entry: Entry) => boolean} isCounted @returns {QueueState} */
  stateOf(isCounted) {
    const countOf = (/** @type {Iterable<Entry>} */ entries) => [...entries].filter(isCounted).length;
    return this.#stateFrom(countOf(this.#done), countOf(this.#left.keys()), countOf([...this.#waiting, ...this.#running].map(({ entry }) => entry)));
  }

  /** @param {number} done entries @param {number} left entries @param {number} pieces of work that are left @returns {QueueState} */
  #stateFrom(done, left, pieces) {
    const mean = this.#times.reduce((sum, time) => sum + time, 0) / this.#times.length;
    return { done, total: done + left, remaining: this.#times.length > 0 ? mean * pieces : null };
  }

  /** Entries are scored in their order, but after all those of a higher priority. @param {Entry[]} entries */
  add(entries, priority = 0) {
    const after = this.#waiting.findIndex((other) => other.priority < priority);
    const rows = entries.map((entry) => ({ entry, priority }));
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, ...rows);
    for (const entry of entries) {
      this.#left.set(entry, (this.#left.get(entry) ?? 0) + 1);
      this.#done.delete(entry);
    }
    this.#onChange(this.state);
    this.#begin();
  }

  /** Takes entries out, and stops those of them that are being worked on. @param {Entry[]} entries */
  remove(entries) {
    const gone = new Set(entries);
    for (const { entry, controller } of this.#running) if (gone.has(entry)) controller.abort();
    const left = this.#waiting.filter(({ entry }) => !gone.has(entry));
    if (left.length === this.#waiting.length) return;
    for (const { entry } of this.#waiting) if (gone.has(entry)) this.#leave(entry);
    this.#waiting = left;
    this.#onChange(this.state);
  }

  /** Stops everything. @returns {Entry[]} the entries that were not finished */
  cancel() {
    const left = this.#waiting.splice(0).map(({ entry }) => entry);
    for (const entry of left) this.#leave(entry);
    for (const { controller } of this.#running) controller.abort();
    return [...this.#running.map(({ entry }) => entry), ...left];
  }

  #begin() {
    if (this.#running.length === 0) this.#since = this.#now();
    while (this.#running.length < this.#atOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#run(next.entry);
    }
  }

  /** @param {Entry} entry */
  async #run(entry) {
    const running = { entry, controller: new AbortController() };
    this.#running.push(running);
    if (await this.#work(entry, running.controller.signal) === true) this.add([entry], AGAIN);
    this.#onDone(entry);
    this.#leave(entry);
    if (!running.controller.signal.aborted && !this.#left.has(entry)) this.#count(entry);
    this.#running.splice(this.#running.indexOf(running), 1);
    this.#onChange(this.state);
    this.#begin();
    if (this.#running.length === 0) this.#end();
  }

  /** One piece of an entry's work less. @param {Entry} entry */
  #leave(entry) {
    const pieces = /** @type {number} */ (this.#left.get(entry)) - 1;
    if (pieces > 0) this.#left.set(entry, pieces);
    else this.#left.delete(entry);
  }

  #end() {
    this.#done.clear();
    this.#times = [];
    this.#onChange(this.state);
  }

  /** @param {Entry} entry of which nothing is left */
  #count(entry) {
    const now = this.#now();
    this.#done.add(entry);
    this.#times = [...this.#times, now - this.#since].slice(-REMEMBERED);
    this.#since = now;
  }
}
