/** The engine worker's side of the threads: asks its host for them, and knows when they have come. */
import { host } from '../platform/workers.js';

/** Milliseconds that loading waits for threads. */
const PATIENCE = 3000;

export class ThreadPool {
  #tower;
  #missing;
  /** @type {Promise<void>} */
  #allReady;
  /** @type {() => void} */
  #announce = () => {};

  /**
   * @param {WebAssembly.Module} module
   * @param {import('./tower.js').Tower} tower in shared memory, with its state allocated
   * @param {number} count the caller included
   */
  constructor(module, tower, count) {
    this.#tower = tower;
    this.#missing = count - 1;
    this.#allReady = new Promise((resolve) => {
      this.#announce = resolve;
    });
    for (let index = 1; index < count; index += 1) {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage({ module, seat: { ...tower.threadSeat(index), others: count - 1 } });
      host.post({ type: 'thread', work: port2 }, [port2]);
    }
  }

  /** Called for each thread that is about to enter the engine. */
  join() {
    this.#missing -= 1;
    if (this.#missing === 0) this.#announce();
  }

  /** Lets the threads go. */
  stop() {
    this.#tower.stopThreads();
  }

  /** Whether all threads have come. */
  get complete() {
    return this.#missing === 0;
  }

  /** Resolves when the threads have come, or when it is clear that they come late or never. */
  async settle() {
    let timer;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([this.#allReady, patience]);
    clearTimeout(timer);
  }
}
