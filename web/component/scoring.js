/** One picture and what becomes of it: empty, scoring, then scored or failed. */
import { orAborted } from '../lib/abort.js';
import { applyLimits } from './limits.js';

/** @import {PerceptError, ScoreResult, Task} from '../lib/percept.js' */
/** @import {Result} from '../ui/types.d.ts' */
/** @import {AppliedLimit, Held, ScoringHost, State} from './types.d.ts' */

/** @implements {Held} */
export class Scoring {
  #host;
  /** Cancels the scoring that runs. @type {AbortController | null} */
  #running = null;
  /** The model's, once it is there. @type {Task[]} */
  #tasks = [];

  /** Below it a picture is unlike those that the model learnt from; NaN where the model does not tell. */
  #threshold = NaN;

  /** @type {State} */
  state = 'empty';
  /** @type {File | Blob | null} */
  picture = null;
  /** @type {ScoreResult | null} */
  result = null;
  /** @type {PerceptError | null} */
  error = null;
  /** @type {AppliedLimit[]} */
  limits = [];

  /** @param {ScoringHost} host */
  constructor(host) {
    this.#host = host;
  }

  get scores() {
    return /** @type {Record<string, Result>} */ (/** @type {unknown} */ (this.result?.scores ?? {}));
  }

  get scoredTasks() {
    return Object.keys(this.scores).flatMap((id) => this.#tasks.filter((task) => task.id === id));
  }

  get isRefused() {
    return this.limits.some(({ broken }) => broken);
  }

  get isUnfamiliar() {
    return Number(this.result?.familiar) < this.#threshold;
  }

  /** Takes a picture, which `run` scores. @param {File | Blob} picture */
  hold(picture) {
    this.picture = picture;
  }

  /**
   * Scores the picture, from the beginning where that is being done already.
   * @returns {Promise<ScoreResult>}
   * @throws {PerceptError} as Scorer.score; 'aborted' when something else came first
   */
  async run() {
    this.#running?.abort();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    this.#enter('scoring');
    try {
      const { scorer, result } = await this.#ask(signal);
      this.#tasks = scorer.tasks;
      this.#threshold = scorer.manifest.familiarity?.threshold ?? NaN;
      const limits = applyLimits(this.#host.limits(), scorer.tasks, /** @type {Record<string, Result>} */ (/** @type {unknown} */ (result.scores)));
      this.#enter('scored', { result, limits });
      this.#host.onScored(result);
      return result;
    } catch (error) {
      if (!signal.aborted) this.fail(/** @type {PerceptError} */ (error));
      throw error;
    } finally {
      if (this.#running === running) { // else another has begun, which has the scorer now
        this.#running = null;
        this.#host.onEnd();
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const picture = /** @type {File | Blob} */ (this.picture);
    const scorer = await orAborted(this.#host.scorer(), signal);
    const tasks = this.#host.tasks();
    const result = await scorer.score(picture, {
      ...(tasks.length > 0 && { tasks }), signal,
      onProgress: (progress) => {
        if (!signal.aborted) this.#host.onProgress(progress);
      },
    });
    return { scorer, result };
  }

  /** Stops what runs; the state stays. */
  stop() {
    this.#running?.abort();
  }

  /** Lets go of the picture and of what is being done with it. */
  clear() {
    this.stop();
    this.picture = null;
    this.#enter('empty');
  }

  /** Back to the beginning, where there is no picture. */
  reset() {
    this.#enter('empty');
  }

  /** @param {PerceptError} error */
  fail(error) {
    this.#enter('failed', { error });
    this.#host.onFailed(error);
  }

  /** A limit came, went or changed: the scores are the same, but they may be refused now. */
  renewLimits() {
    try {
      this.limits = applyLimits(this.#host.limits(), this.#tasks, this.scores);
    } catch (error) {
      this.fail(/** @type {PerceptError} */ (error));
      return;
    }
    this.#host.onLimits();
  }

  /** @param {State} state @param {Partial<Pick<Held, 'result' | 'error' | 'limits'>>} [outcome] */
  #enter(state, { result = null, error = null, limits = [] } = {}) {
    Object.assign(this, { state, result, error, limits });
    this.#host.onState();
  }
}
