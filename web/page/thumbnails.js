/** The page's end of the worker that makes small pictures. */
import { connect } from '../lib/platform/workers.js';

/** @import {Facts, Item} from './types.d.ts' */
/** @typedef {{thumbnail: Blob | null, brightness: number | null}} Thumbnail null where the browser cannot */

export class Thumbnails {
  /** @type {ReturnType<typeof connect> | null} */
  #worker = null;
  /** @type {Map<number, (made: Thumbnail) => void>} */
  #waiting = new Map();
  #last = Promise.resolve();

  /** Starts the worker, so that nothing need be fetched when the first picture comes. */
  prepare() {
    this.#worker ??= this.#start();
    return this.#worker;
  }

  #start() {
    return connect(new Worker(new URL('./picture-worker.js', import.meta.url), { type: 'module' }), {
      onMessage: (answer) => this.#settle(answer),
      onFailure: () => this.#fail(),
    });
  }

  /**
   * Begins `work` when the one before has ended: the next picture is scored meanwhile, but no more than two are held.
   * @param {() => Promise<void>} work
   */
  async begin(work) {
    const before = this.#last;
    this.#last = before.then(work).catch(() => {}); // a picture without a small one harms no other
    await before;
  }

  /**
   * @param {Item} item the engine must have decoded it
   * @param {Blob} blob
   * @returns {Promise<Thumbnail>}
   */
  make({ id, facts }, blob) {
    const { width, height } = /** @type {Facts} */ (facts);
    const worker = this.prepare();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      worker.post({ id, task: 'shrink', blob, width, height });
    });
  }

  /** @param {Thumbnail & {id: number}} answer */
  #settle({ id, thumbnail, brightness }) {
    this.#waiting.get(id)?.({ thumbnail, brightness });
    this.#waiting.delete(id);
  }

  /** The next picture starts another worker. */
  #fail() {
    this.#worker?.terminate();
    this.#worker = null;
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, thumbnail: null, brightness: null });
  }
}
