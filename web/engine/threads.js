import { PerceptError } from '../errors.js';
import { Worker, connect } from '../platform.js';

/** The workers that compute beside the caller: each sits in the engine until the tower stops its threads. */
export class ThreadPool {
  #workers = [];

  /**
   * Resolves when every thread is about to enter the engine.
   * @param {WebAssembly.Module} module
   * @param {Tower} tower in shared memory, with its state allocated
   * @param {number} threads the caller counted
   */
  static async start(module, tower, threads) {
    const pool = new ThreadPool();
    try {
      await Promise.all(Array.from({ length: threads - 1 }, (_, at) => pool.#startOne(module, tower.threadSeat(at + 1))));
    } catch (error) {
      pool.end();
      throw error;
    }
    return pool;
  }

  #startOne(module, seat) {
    return new Promise((resolve, reject) => {
      const worker = connect(new Worker(new URL('./thread.js', import.meta.url), { type: 'module' }), {
        onMessage: resolve,
        onFailure: (reason) => reject(new PerceptError('threads-failed', `A thread could not start: ${reason}.`)),
      });
      this.#workers.push(worker);
      worker.post({ module, seat });
    });
  }

  /** Ends the workers, wherever they are. */
  end() {
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }
}
