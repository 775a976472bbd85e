import { Worker, connect } from '../platform.js';

/** Milliseconds that loading waits for threads: a browser that is slow to start them must not hold up a score. */
const PATIENCE = 3000;

/**
 * The workers that compute beside the caller: each sits in the engine until the tower stops its threads. Until
 * all of them are there the caller computes alone, so nothing waits for them longer than is worth it.
 */
export class ThreadPool {
  #tower;
  #threads = [];
  #ending = false;
  #complete = false;
  #started;

  /**
   * @param {WebAssembly.Module} module
   * @param {Tower} tower in shared memory, with its state allocated
   * @param {number} count the caller included
   */
  constructor(module, tower, count) {
    this.#tower = tower;
    this.#started = this.#startAll(module, count).catch(() => {});
  }

  /** Whether all threads have come. */
  get complete() {
    return this.#complete;
  }

  /** One after the other: Firefox now and then loses workers that a worker starts at once. */
  async #startAll(module, count) {
    for (let index = 1; index < count && !this.#ending; index += 1) {
      const thread = startThread(module, this.#tower.threadSeat(index));
      this.#threads.push(thread);
      await thread.ready;
    }
    this.#complete = !this.#ending;
  }

  /** Resolves when the threads have come, or when it is clear that they come late or never. */
  async settle() {
    let timer;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([this.#started, patience]);
    clearTimeout(timer);
  }

  /** Lets the threads leave the engine, and ends their workers. */
  async end() {
    this.#ending = true;
    this.#tower.stopThreads();
    await this.#started;
    await Promise.all(this.#threads.map(async ({ worker, done }) => {
      await done;
      worker.terminate();
    }));
  }
}

/** @returns {{worker: object, ready: Promise<void>, done: Promise<void>}} done: it has left, or never entered */
function startThread(module, seat) {
  const hear = { loaded: () => worker.post({ module, seat }) };
  const ready = new Promise((resolve, reject) => Object.assign(hear, { ready: resolve, failed: reject }));
  const done = new Promise((resolve) => Object.assign(hear, { done: resolve }));
  const worker = connect(new Worker(new URL('./thread.js', import.meta.url), { type: 'module' }), {
    onMessage: (word) => hear[word](),
    onFailure: (reason) => {
      hear.failed(new Error(reason));
      hear.done();
    },
  });
  return { worker, ready, done };
}
