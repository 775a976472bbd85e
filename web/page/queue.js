/** The pictures that wait to be scored: one after the other, the user's before the samples. */

/** Behind all others: entries that come again. */
const AGAIN = -1;

/** How many of the last times the forecast is made of. */
const REMEMBERED = 12;

/**
 * @typedef {{done: number, total: number, remaining: number | null}} QueueState of the run since the queue was last
 *   empty; remaining in milliseconds, null until one picture is done
 */

/** @template Entry */
export class Queue {
  #work;
  #onChange;
  #onDone;
  #now;
  /** @type {{entry: Entry, priority: number}[]} */
  #waiting = [];
  /** @type {{entry: Entry, controller: AbortController} | null} */
  #running = null;
  #done = 0;
  /** @type {number[]} */
  #times = [];

  /**
   * @param {(entry: Entry, signal: AbortSignal) => Promise<boolean | void>} work never rejects; resolves to true for an entry
   *   that shall come again, after all others
   * @param {{onChange?: (state: QueueState) => void, onDone?: (entry: Entry) => void, now?: () => number}} [options]
   *   onDone follows each piece of work
   */
  constructor(work, { onChange = () => {}, onDone = () => {}, now = () => performance.now() } = {}) {
    this.#work = work;
    this.#onChange = onChange;
    this.#onDone = onDone;
    this.#now = now;
  }

  /** @returns {QueueState} */
  get state() {
    const left = this.#waiting.length + (this.#running ? 1 : 0);
    const mean = this.#times.reduce((sum, time) => sum + time, 0) / this.#times.length;
    return { done: this.#done, total: this.#done + left, remaining: this.#times.length > 0 ? mean * left : null };
  }

  /** Entries are scored in their order, but after all those of a higher priority. @param {Entry[]} entries */
  add(entries, priority = 0) {
    const after = this.#waiting.findIndex((other) => other.priority < priority);
    const rows = entries.map((entry) => ({ entry, priority }));
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, ...rows);
    this.#onChange(this.state);
    if (!this.#running) this.#run();
  }

  /** Takes entries out, and stops the one that is being worked on if it is among them. @param {Entry[]} entries */
  remove(entries) {
    const gone = new Set(entries);
    if (this.#running && gone.has(this.#running.entry)) this.#running.controller.abort();
    const left = this.#waiting.filter(({ entry }) => !gone.has(entry));
    if (left.length === this.#waiting.length) return;
    this.#waiting = left;
    this.#onChange(this.state);
  }

  /** Stops everything. @returns {Entry[]} the entries that were not finished */
  cancel() {
    const left = this.#waiting.splice(0).map(({ entry }) => entry);
    if (this.#running) {
      left.unshift(this.#running.entry);
      this.#running.controller.abort();
    }
    return left;
  }

  async #run() {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { entry } = next;
      const controller = new AbortController();
      this.#running = { entry, controller };
      const start = this.#now();
      if (await this.#work(entry, controller.signal) === true) this.add([entry], AGAIN);
      this.#onDone(entry);
      const comesAgain = this.#waiting.some((row) => row.entry === entry);
      if (!controller.signal.aborted && !comesAgain) {
        this.#done += 1;
        this.#times = [...this.#times, this.#now() - start].slice(-REMEMBERED);
      }
      this.#running = null;
      this.#onChange(this.state);
    }
    this.#done = 0;
    this.#times = [];
    this.#onChange(this.state);
  }
}
