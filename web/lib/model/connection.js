import { onAbort } from '../abort.js';
import { ThreadWorkers } from '../engine/thread-workers.js';
import { PerceptError, fromPlainError } from '../errors.js';
import { askToPersist } from '../platform/machine.js';
import { Worker, byType, connect } from '../platform/workers.js';
import { ownedBy } from './owned.js';

/** @import {Call, Calls, FromWorker, Progress, ToWorker} from './types.d.ts' */
/** @import {Assets} from '../platform/assets.js' */
/** @import {Hearing} from '../platform/workers.js' */

/** Milliseconds that the workers get to end by themselves. */
const GRACE = 1000;

/** A call that waits for the worker's answer. */
class PendingCall {
  /** @type {(answer: any) => void} */
  #resolve = () => {};
  /** @type {(failure: unknown) => void} */
  #reject = () => {};
  #onProgress;
  #onPart;
  #abort;
  /** What the caller's onProgress or onPart threw. @type {{error: unknown} | null} */
  #thrown = null;

  /** @param {Pick<Partial<Call>, 'onProgress' | 'onPart'>} callbacks @param {() => void} abort asks the worker to stop */
  constructor({ onProgress, onPart }, abort) {
    this.#onProgress = onProgress;
    this.#onPart = onPart;
    this.#abort = abort;
    /** @type {Promise<any>} */
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** @param {Progress} progress */
  tell(progress) {
    this.#guarded(() => this.#onProgress?.(progress));
  }

  /** A finished part. @param {string} name @param {Uint8Array<ArrayBuffer>} bytes */
  hand(name, bytes) {
    this.#guarded(() => this.#onPart?.(name, bytes));
  }

  /** @param {() => void} callback the caller's */
  #guarded(callback) {
    if (this.#thrown) return;
    try {
      callback();
    } catch (error) {
      this.#thrown = { error };
      this.#abort();
    }
  }

  /** @param {unknown} result */
  succeed(result) {
    if (this.#thrown) this.#reject(this.#thrown.error);
    else this.#resolve(result);
  }

  /** @param {PerceptError} failure */
  fail(failure) {
    this.#reject(this.#thrown && failure.code === 'aborted' ? this.#thrown.error : failure);
  }
}

/** The scorer's end of its worker: calls become promises, and a dead worker rejects them all. */
export class Connection {
  #worker;
  #threads;
  /** @type {Map<number, PendingCall>} */
  #calls = new Map();
  #nextId = 1;
  /** starting: it has not said a word. @type {'starting' | 'alive' | PerceptError} why it ended */
  #state = 'starting';

  /** @param {number} threads that the engine will want, its own worker included @param {Assets} assets */
  constructor(threads, assets) {
    const hear = byType(/** @type {Hearing<FromWorker>} */ ({
      thread: ({ work }) => { if (this.alive) this.#threads.start(work); },
      persist: askToPersist,
      progress: ({ id, progress }) => this.#calls.get(id)?.tell(progress),
      part: ({ id, name, bytes }) => this.#calls.get(id)?.hand(name, bytes),
      result: ({ id, result }) => this.#calls.get(id)?.succeed(result),
      error: ({ id, error, broken }) => {
        if (broken) this.end(fromPlainError(error));
        else this.#calls.get(id)?.fail(fromPlainError(error));
      },
      ended: () => this.#worker.terminate(),
    }));
    this.#worker = connect(new Worker(new URL(assets['worker.js']), { type: 'module' }), {
      onMessage: (message) => {
        if (this.#state === 'starting') this.#state = 'alive';
        hear(message);
      },
      onFailure: (reason) => this.#die(reason),
    });
    this.#threads = new ThreadWorkers(assets['thread.js'], {
      onReady: () => this.#post({ type: 'threadReady' }),
      onDeath: (reason) => this.#die(reason),
    });
    this.#threads.prepare(threads - 1);
  }

  /** To be called when the engine has asked for all threads that it wants. */
  dismissSpareThreads() {
    this.#threads.dismissSpare();
  }

  /** Whether calls can still be made. */
  get alive() {
    return !(this.#state instanceof PerceptError);
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
  async call(name, request, { signal, onProgress, onPart }) {
    if (this.#state instanceof PerceptError) throw this.#state;
    const id = this.#nextId;
    this.#nextId += 1;
    const abort = () => this.#post({ type: 'abort', id });
    const call = new PendingCall({ onProgress, onPart }, abort);
    this.#calls.set(id, call);
    this.#worker.keepAlive(true);
    let stopWaiting = () => {};
    try {
      this.#post(/** @type {ToWorker} */ ({ type: 'call', id, name, request }), ownedBy(request));
      stopWaiting = onAbort(signal, abort);
      return await call.answer;
    } finally {
      stopWaiting();
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#worker.keepAlive(false);
    }
  }

  /** @param {ToWorker} message @param {Transferable[]} [owned] what goes over without a copy */
  #post(message, owned) {
    this.#worker.post(message, owned);
  }

  /** @param {string} reason */
  #die(reason) {
    this.end(this.#state === 'starting'
      ? new PerceptError('engine-unreachable', `The engine's worker did not start: ${reason}. Is the folder engine/ served beside percept.js, both from the page's own origin, and does the page's policy allow workers?`)
      : new PerceptError('worker-died', `The worker that computes has died: ${reason}. The next score starts a new one.`));
  }

  /**
   * Rejects the calls in flight with `failure` and ends the worker. It is asked to let its threads go first:
   * browsers take seconds to end a worker that waits inside of the engine.
   * @param {PerceptError} failure
   */
  end(failure) {
    if (!this.alive) return;
    this.#state = failure;
    for (const call of this.#calls.values()) call.fail(failure);
    this.#post({ type: 'end' });
    this.#threads.dismissSpare();
    const deadline = setTimeout(() => {
      this.#worker.terminate();
      this.#threads.terminate();
    }, GRACE);
    /** @type {{unref?: () => void}} */ (/** @type {unknown} */ (deadline)).unref?.(); // only in Node, which need not wait for it
  }
}
