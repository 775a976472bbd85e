/** One runtime in a worker of its own, and the threads that Percept asks its page for. */

export class RuntimeSession {
  #worker = null;
  #threads = null;
  #calls = new Map();

  /** Begins anew, in an empty worker. */
  start() {
    this.close();
    this.#worker = new Worker(new URL('worker.js', import.meta.url));
    this.#worker.onmessage = ({ data: { id, result, error, type, work } }) => {
      if (type === 'thread') {
        this.#startThread(work);
        return;
      }
      const { resolve, reject } = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) reject(new Error(error));
      else resolve(result);
    };
    this.#worker.onerror = (event) => this.#fail(event.message ?? 'the worker failed');
  }

  #fail(reason) {
    for (const { reject } of this.#calls.values()) reject(new Error(reason));
    this.#calls.clear();
  }

  async #startThread(work) {
    const worker = this.#worker;
    const { ThreadWorkers } = await import('/lib/engine/thread-workers.js');
    if (worker !== this.#worker) return; // it was ended meanwhile
    this.#threads ??= new ThreadWorkers(new URL('/lib/engine/thread.js', location.href).href, {
      onReady: () => worker.postMessage({ type: 'threadReady' }),
      onDeath: (reason) => this.#fail(`a thread died: ${reason}`),
    });
    this.#threads.start(work);
  }

  /** One of worker.js's methods. */
  call(method, ...args) {
    return new Promise((resolve, reject) => {
      const id = Math.random();
      if (this.#worker === null) throw new Error('the worker was ended');
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args });
    });
  }

  /** A new worker, the runtime in it, the first embeddings, code and weights fetched on the way: {milliseconds, embeddings}. */
  async loadAnew(options, views) {
    const begin = performance.now();
    this.start();
    await this.call('load', options);
    await this.call('prepare', views);
    const { embeddings } = await this.call('run');
    return { milliseconds: performance.now() - begin, embeddings };
  }

  /** Ends the worker and its threads; what waits for them is told so. */
  close() {
    this.#worker?.terminate();
    this.#threads?.terminate();
    [this.#worker, this.#threads] = [null, null];
    this.#fail('the worker was ended');
  }
}
