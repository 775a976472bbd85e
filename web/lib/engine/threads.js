/**
 * The workers that compute beside the engine's own: each sits in the engine until the tower stops its threads.
 *
 * They are started by the scorer's side, on the engine worker's demand: Firefox can lose a worker that is
 * started by another worker while a debugger watches, and some browsers cannot start one there at all. The engine's
 * worker computes with those that are there, so nothing depends on when, or whether, they come.
 */
import { Worker, connect, host } from '../platform.js';

/** @import {Thread, ThreadOrder} from './types.d.ts' */

/** Milliseconds that loading waits for threads. */
const PATIENCE = 3000;

/** The scorer's side: owns the workers. */
export class ThreadWorkers {
  /** @type {Set<ReturnType<typeof connect>>} */
  #workers = new Set();
  /** Those that nobody has asked for yet. @type {Thread[]} */
  #waiting = [];
  #onReady;
  #onDeath;

  /**
   * @param {{onReady: (index: number) => void, onDeath: (reason: string) => void}} handlers
   *   onReady: a thread is about to enter the engine; onDeath: one has died in it, so that the tower would wait forever
   */
  constructor({ onReady, onDeath }) {
    this.#onReady = onReady;
    this.#onDeath = onDeath;
  }

  /** Starts workers before they are asked for: they take as long to come as the engine's own does. @param {number} count */
  prepare(count) {
    for (let index = 0; index < count; index += 1) {
      const thread = this.#begin();
      if (thread === null) return;
      this.#waiting.push(thread);
    }
  }

  /** @param {ThreadOrder} order */
  start(order) {
    const thread = this.#waiting.pop() ?? this.#begin();
    if (thread === null) order.work.close();
    else thread.take(order);
  }

  /** Ends those that nobody will ask for. */
  dismissWaiting() {
    for (const thread of this.#waiting.splice(0)) thread.leave();
  }

  /** @returns {Thread | null} null where no further worker can be started: the engine then does without */
  #begin() {
    let loaded = false;
    let entered = false;
    /** @type {ThreadOrder | null} */
    let order = null;
    let isSent = false;
    const leave = () => {
      if (!isSent) order?.work.close();
      this.#workers.delete(worker);
      this.#waiting = this.#waiting.filter((each) => each !== thread);
      worker.terminate();
    };
    const goToWork = () => {
      if (!loaded || order === null) return;
      isSent = true;
      worker.post(order.work, [order.work]);
    };
    const hear = {
      loaded: () => {
        loaded = true;
        goToWork();
      },
      ready: () => {
        entered = true;
        if (order !== null) this.#onReady(order.index);
      },
      done: leave,
    };
    let started;
    try {
      started = new Worker(new URL('./thread.js', import.meta.url), { type: 'module' });
    } catch {
      return null;
    }
    const worker = connect(started, {
      onMessage: (/** @type {keyof typeof hear} */ word) => hear[word](),
      onFailure: (reason) => {
        if (entered && this.#workers.has(worker)) this.#onDeath(reason);
        leave();
      },
    });
    worker.keepAlive(false);
    this.#workers.add(worker);
    /** @type {Thread} */
    const thread = {
      take: (given) => {
        order = given;
        goToWork();
      },
      leave,
    };
    return thread;
  }

  /** Ends the workers wherever they are. */
  terminate() {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.clear();
    this.#waiting = [];
  }
}

/** The engine worker's side: asks for the threads and knows when they have come. */
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
      host.post({ thread: { work: port2, index } }, [port2]);
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
