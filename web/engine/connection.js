import { onAbort } from '../abort.js';
import { PerceptError, fromPlainError } from '../errors.js';
import { Worker, askToPersist, connect } from '../platform.js';
import { ThreadWorkers } from './threads.js';

/** Milliseconds that the workers get to end by themselves. */
const GRACE = 1000;

/** The scorer's end of its worker: calls become promises, and a dead worker rejects them all. */
export class Connection {
  #worker;
  #threads;
  #calls = new Map();
  #nextId = 1;
  #failure = null;
  /** Whether the worker has ever spoken. */
  #isReady = false;
  #ready;
  #announceReady;

  /** @param {number} threads that the engine will want, its own worker included */
  constructor(threads) {
    this.#ready = new Promise((resolve) => {
      this.#announceReady = resolve;
    });
    this.#worker = connect(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), {
      onMessage: (message) => this.#receive(message),
      onFailure: (reason) => this.#die(reason),
    });
    this.#threads = new ThreadWorkers({
      onReady: (index) => this.#worker.post({ threadReady: index }),
      onDeath: (reason) => this.#die(reason),
    });
    this.#threads.prepare(threads - 1);
  }

  /** To be called when the engine has asked for all threads that it wants. */
  dismissSpareThreads() {
    this.#threads.dismissWaiting();
  }

  /** Whether calls can still be made. */
  get alive() {
    return this.#failure === null;
  }

  /**
   * Settles when the worker has answered. `signal` only asks the worker to stop: the promise still waits for
   * its word, since it takes no other call before. What `onProgress` throws stops the worker in the same way,
   * and is what the call rejects with.
   */
  async call(name, request, { signal, onProgress }) {
    await this.#ready;
    if (this.#failure) throw this.#failure;
    const id = this.#nextId;
    this.#nextId += 1;
    const abort = () => this.#worker.post({ abort: id });
    let thrown;
    const tell = (progress) => {
      if (thrown) return;
      try {
        onProgress?.(progress);
      } catch (error) {
        thrown = { error };
        abort();
      }
    };
    let stopWaiting;
    try {
      const result = await new Promise((resolve, reject) => {
        this.#calls.set(id, { resolve, reject, tell });
        this.#worker.keepAlive(true);
        this.#worker.post({ id, call: name, request });
        stopWaiting = onAbort(signal, abort);
      });
      if (thrown) throw thrown.error;
      return result;
    } catch (failure) {
      throw thrown && failure.code === 'aborted' ? thrown.error : failure;
    } finally {
      stopWaiting?.();
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#worker.keepAlive(false);
    }
  }

  #receive({ ready, thread, persist, ended, id, progress, result, error, broken }) {
    if (ready) {
      this.#isReady = true;
      this.#announceReady();
    }
    if (thread && this.alive) this.#threads.start(thread);
    if (persist) askToPersist();
    if (ended) this.#worker.terminate();
    const call = this.#calls.get(id);
    if (!call) return;
    if (progress) call.tell(progress);
    else if (!error) call.resolve(result);
    else if (broken) this.end(fromPlainError(error));
    else call.reject(fromPlainError(error));
  }

  #die(reason) {
    this.end(this.#isReady
      ? new PerceptError('worker-died', `The worker that computes has died: ${reason}. The next score starts a new one.`)
      : new PerceptError('engine-unreachable', `The engine's worker did not start: ${reason}. Is the folder engine/ served beside percept.js, both from the page's own origin, and does the page's policy allow workers?`));
  }

  /**
   * Rejects the calls in flight with `failure` and ends the worker. It is asked to let its threads go first:
   * browsers take seconds to end a worker that waits inside of the engine.
   */
  end(failure) {
    if (this.#failure) return;
    this.#failure = failure;
    this.#announceReady();
    for (const { reject } of this.#calls.values()) reject(failure);
    this.#worker.post({ end: true });
    this.#threads.dismissWaiting();
    const deadline = setTimeout(() => {
      this.#worker.terminate();
      this.#threads.terminate();
    }, GRACE);
    deadline.unref?.(); // only in Node, which need not wait for it
  }
}
