/** Where an element has its scorer from: the page gave it one, or it shares that of its `src`. */
import { resolveLocation } from '../lib/platform/locations.js';
import { leaseScorer } from './shared-scorers.js';

/** @import {LoadProgress, Scorer} from '../lib/percept.js' */
/** @import {Lease} from './shared-scorers.js' */

export class ScorerSource {
  #onProgress;
  /** @type {Lease | null} */
  #lease = null;

  /** The page's own. @type {Scorer | null} */
  given = null;
  /** Of the model that is shared, while it loads. @type {LoadProgress | null} */
  progress = null;

  /** @param {(progress: LoadProgress) => void} onProgress */
  constructor(onProgress) {
    this.#onProgress = onProgress;
  }

  /**
   * @param {string} src the model's address @param {string[]} traits addresses of trait files
   * @returns {Promise<Scorer>}
   */
  async open(src, traits) {
    if (this.given) return this.given;
    this.#lease ??= this.#borrow(src, traits);
    return this.#lease.scorer;
  }

  /** @param {string} src @param {string[]} traits */
  #borrow(src, traits) {
    const lease = leaseScorer({ url: resolveLocation(src), traits: traits.map(resolveLocation) }, (progress) => {
      this.progress = progress.phase === 'ready' ? null : progress;
      this.#onProgress(progress);
    });
    lease.scorer.catch(() => {
      if (this.#lease === lease) this.close();
    });
    return lease;
  }

  /** Gives a shared scorer back; call it as often as you like. */
  close() {
    this.#lease?.release();
    this.#lease = null;
    this.progress = null;
  }
}
