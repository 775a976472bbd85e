import { onAbort } from '../abort.js';
import { PerceptError, fromPlainError } from '../errors.js';
import { Worker, askToPersist, connect } from '../platform.js';
import { ThreadWorkers } from '../engine/threads.js';

/** @import {Call, Calls, FromWorker, LoadProgress, ScoreProgress, ToWorker} from './types.d.ts' */
/**
 * @typedef {object} Waiting for the worker's word
 * @property {(answer: any) => void} resolve @property {(failure: unknown) => void} reject
 * @property {(progress: LoadProgress | ScoreProgress) => void} tell
 */

/** Milliseconds that the workers get to end by themselves. */
const GRACE = 1000;

/** The scorer's end of its worker: calls become promises, and a dead worker rejects them all. */
export class Connection {
  #worker;
  #threads;
  /** @type {Map<number | undefined, Waiting>} */
  #calls = new Map();
  #nextId = 1;
  /** @type {PerceptError | null} */
  #failure = null;
  /** Whether the worker has ever spoken. */
  #hasSpoken = false;

  /** @param {number} threads that the engine will want, its own worker included */
  constructor(threads) {
    this.#worker = connect(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), {
      onMessage: (message) => this.#receive(message),
      onFailure: (reason) => this.#die(reason),
    });
    this.#threads = new ThreadWorkers({
      onReady: (index) => this.#post({ threadReady: index }),
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
   * Settles when the worker has answered, which hears what was said before it had come. `signal` only asks the worker
   * to stop: the promise still waits for its word, since it takes no other call before. What `onProgress` throws stops
   * the worker in the same way, and is what the call rejects with.
   * @template {keyof Calls} Name
   * @param {Name} name
   * @param {Calls[Name]['request']} request
   * @param {Partial<Call>} options
   * @returns {Promise<Calls[Name]['answer']>}
   */
  async call(name, request, { signal, onProgress }) {
    if (this.#failure) throw this.#failure;
    const id = this.#nextId;
    this.#nextId += 1;
    const abort = () => this.#post({ abort: id });
    /** @type {{error: unknown} | undefined} */
    let thrown;
    /** @type {Waiting['tell']} */
    const tell = (progress) => {
      if (thrown) return;
      try {
        onProgress?.(progress);
      } catch (error) {
        thrown = { error };
        abort();
      }
    };
    /** @type {(() => void) | undefined} */
    let stopWaiting;
    try {
      const result = await new Promise((resolve, reject) => {
        this.#calls.set(id, { resolve, reject, tell });
        this.#worker.keepAlive(true);
        this.#post({ id, call: name, request }, ownedBy(request));
        stopWaiting = onAbort(signal, abort);
      });
      if (thrown) throw thrown.error;
      return result;
    } catch (failure) {
      throw thrown && failure instanceof PerceptError && failure.code === 'aborted' ? thrown.error : failure;
    } finally {
      stopWaiting?.();
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#worker.keepAlive(false);
    }
  }

  /** @param {Partial<ToWorker>} message @param {Transferable[]} [owned] what goes over without a copy */
  #post(message, owned) {
    this.#worker.post(message, owned);
  }

  /** @param {FromWorker} message */
  #receive({ thread, persist, ended, id, progress, result, error, broken }) {
    this.#hasSpoken = true;
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

  /** @param {string} reason */
  #die(reason) {
    this.end(this.#hasSpoken
      ? new PerceptError('worker-died', `The worker that computes has died: ${reason}. The next score starts a new one.`)
      : new PerceptError('engine-unreachable', `The engine's worker did not start: ${reason}. Is the folder engine/ served beside percept.js, both from the page's own origin, and does the page's policy allow workers?`));
  }

  /**
   * Rejects the calls in flight with `failure` and ends the worker. It is asked to let its threads go first:
   * browsers take seconds to end a worker that waits inside of the engine.
   * @param {PerceptError} failure
   */
  end(failure) {
    if (this.#failure) return;
    this.#failure = failure;
    for (const { reject } of this.#calls.values()) reject(failure);
    this.#post({ end: true });
    this.#threads.dismissWaiting();
    const deadline = setTimeout(() => {
      this.#worker.terminate();
      this.#threads.terminate();
    }, GRACE);
    /** @type {{unref?: () => void}} */ (/** @type {unknown} */ (deadline)).unref?.(); // only in Node, which need not wait for it
  }
}

/** Pixels are the scorer's own copy already. @param {Calls[keyof Calls]['request']} request @returns {Transferable[]} */
function ownedBy(request) {
  const source = 'source' in request ? request.source : null;
  return source && typeof source === 'object' && 'data' in source ? [source.data.buffer] : [];
}
