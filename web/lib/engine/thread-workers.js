/**
 * The scorer's side of the threads: the workers that compute beside the engine's own.
 *
 * They are started here, on the engine worker's demand: Firefox can lose a worker that is started by another worker while a
 * debugger watches, and some browsers cannot start one there at all. The engine's worker computes with those that are
 * there, so nothing depends on when, or whether, they come.
 */
import { Worker, byType, connect } from '../platform/workers.js';

/** @import {Hearing} from '../platform/workers.js' */
/** @import {FromThread} from './types.d.ts' */

/**
 * @typedef {object} Handlers
 * @property {() => void} onReady a thread is about to enter the engine
 * @property {(reason: string) => void} onDeath one has died in it, so that the tower would wait forever
 */

/** One thread's worker. */
class ThreadWorker {
  /**
   * starting: its file is on its way; idle: it listens; called: it has its work, and makes the engine; computing: it is in
   * the engine.
   * @type {'starting' | 'idle' | 'called' | 'computing' | 'ended'}
   */
  #state = 'starting';
  /** What it could not be given yet. @type {MessagePort | null} */
  #work = null;
  #worker;
  #onEnd;

  /**
   * @param {string} address of thread.js @param {Handlers & {onEnd: (thread: ThreadWorker) => void}} handlers
   * @throws where no further worker can be started
   */
  constructor(address, { onReady, onDeath, onEnd }) {
    this.#onEnd = onEnd;
    const hear = byType(/** @type {Hearing<FromThread>} */ ({
      listening: () => this.#become('idle'),
      ready: () => {
        this.#become('computing');
        onReady();
      },
      done: () => this.end(),
    }));
    this.#worker = connect(new Worker(new URL(address), { type: 'module' }), {
      onMessage: (message) => { if (this.#state !== 'ended') hear(message); },
      onFailure: (reason) => {
        if (this.#state === 'computing') onDeath(reason);
        this.end();
      },
    });
    this.#worker.keepAlive(false);
    this.#worker.post({ type: 'beThread' });
  }

  /** @param {MessagePort} work that gives it ThreadWork */
  take(work) {
    this.#work = work;
    this.#handOver();
  }

  /** Ends the worker wherever it is. */
  end() {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#work?.close();
    this.#worker.terminate();
    this.#onEnd(this);
  }

  /** @param {'idle' | 'called' | 'computing'} state */
  #become(state) {
    this.#state = state;
    this.#handOver();
  }

  #handOver() {
    const work = this.#work;
    if (this.#state !== 'idle' || work === null) return;
    this.#work = null;
    this.#become('called');
    this.#worker.post({ type: 'work', work }, [work]);
  }
}

/** All of them. */
export class ThreadWorkers {
  /** @type {Set<ThreadWorker>} */
  #threads = new Set();
  /** Those that nobody has asked for yet. @type {Set<ThreadWorker>} */
  #spare = new Set();
  #address;
  #handlers;

  /** @param {string} address of thread.js @param {Handlers} handlers */
  constructor(address, handlers) {
    this.#address = address;
    this.#handlers = handlers;
  }

  /** Starts workers before they are asked for: they take as long to come as the engine's own does. @param {number} count */
  prepare(count) {
    for (let index = 0; index < count; index += 1) {
      const thread = this.#begin();
      if (thread === null) return;
      this.#spare.add(thread);
    }
  }

  /** @param {MessagePort} work that gives a thread its ThreadWork */
  start(work) {
    const thread = this.#spare.values().next().value ?? this.#begin();
    if (thread === null) {
      work.close();
      return;
    }
    this.#spare.delete(thread);
    thread.take(work);
  }

  /** Ends those that nobody will ask for. */
  dismissSpare() {
    for (const thread of this.#spare) thread.end();
  }

  /** Ends the workers wherever they are. */
  terminate() {
    for (const thread of this.#threads) thread.end();
  }

  /** @returns {ThreadWorker | null} null where no further worker can be started: the engine then does without */
  #begin() {
    const onEnd = (/** @type {ThreadWorker} */ thread) => {
      this.#threads.delete(thread);
      this.#spare.delete(thread);
    };
    try {
      const thread = new ThreadWorker(this.#address, { ...this.#handlers, onEnd });
      this.#threads.add(thread);
      return thread;
    } catch {
      return null;
    }
  }
}
