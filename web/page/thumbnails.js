/** The page's end of the worker that makes small pictures. */
import { connect } from '../platform.js';

export class Thumbnails {
  #worker = null;
  #waiting = new Map();
  #last = Promise.resolve();

  /** The worker is started at once, so that nothing need be fetched later, when there may be no network. */
  constructor() {
    this.#start();
  }

  #start() {
    this.#worker = connect(new Worker(new URL('./thumbnail-worker.js', import.meta.url), { type: 'module' }), {
      onMessage: (answer) => this.#settle(answer),
      onFailure: () => this.#fail(),
    });
  }

  /** Begins `work` when the one before has ended: the next picture is scored meanwhile, but no more than two are held. */
  async begin(work) {
    await this.#last;
    this.#last = work();
  }

  /**
   * @param {object} item of the store; the engine must have decoded it
   * @param {Blob} blob
   * @returns {Promise<{thumbnail: Blob | null, brightness: number | null}>} null where the browser cannot
   */
  make({ id, facts }, blob) {
    if (this.#worker === null) this.#start();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.post({ id, blob, width: facts.width, height: facts.height });
    });
  }

  #settle({ id, thumbnail, brightness }) {
    this.#waiting.get(id)?.({ thumbnail, brightness });
    this.#waiting.delete(id);
  }

  /** The next picture starts another worker. */
  #fail() {
    this.#worker.terminate();
    this.#worker = null;
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, thumbnail: null, brightness: null });
  }
}
