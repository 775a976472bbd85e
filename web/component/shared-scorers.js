/**
 * One scorer for all elements of a page that name the same model: its weights are in memory once. The model goes
 * some time after its last element, so that an element that is moved or rendered anew finds it still there.
 */
import { Scorer } from '../lib/percept.js';

/** Milliseconds that a model without elements is kept. */
const KEPT = 3000;

/**
 * @import {LoadProgress} from '../lib/percept.js'
 * @typedef {{scorer: Promise<Scorer>, stop: AbortController, listeners: Set<(progress: LoadProgress) => void>,
 *   last: LoadProgress | null, leases: number, timer?: ReturnType<typeof setTimeout>}} Model
 */

/** By address. @type {Map<string, Model>} */
const models = new Map();

/**
 * @typedef {object} Lease
 * @property {Promise<Scorer>} scorer
 * @property {() => void} release gives it back; call it once
 *
 * @param {string} url absolute
 * @param {(progress: LoadProgress) => void} onProgress the last progress is told at once
 * @returns {Lease}
 */
export function leaseScorer(url, onProgress) {
  const model = models.get(url) ?? open(url);
  clearTimeout(model.timer);
  model.leases += 1;
  model.listeners.add(onProgress);
  if (model.last) onProgress(model.last);
  return {
    scorer: model.scorer,
    release() {
      model.listeners.delete(onProgress);
      model.leases -= 1;
      if (model.leases === 0) model.timer = setTimeout(() => close(url, model), KEPT);
    },
  };
}

/** @param {string} url @returns {Model} */
function open(url) {
  const stop = new AbortController();
  const onProgress = (/** @type {LoadProgress} */ progress) => {
    model.last = progress.phase === 'ready' ? null : progress;
    for (const listener of model.listeners) listener(progress);
  };
  /** @type {Model} */
  const model = { scorer: Scorer.load(url, { signal: stop.signal, onProgress }), stop, listeners: new Set(), last: null, leases: 0 };
  model.scorer.catch(() => forget(url, model)); // the next lease tries again
  models.set(url, model);
  return model;
}

/** @param {string} url @param {Model} model */
function close(url, model) {
  forget(url, model);
  model.stop.abort();
  model.scorer.then((scorer) => scorer.dispose(), () => {});
}

/** @param {string} url @param {Model} model */
function forget(url, model) {
  if (models.get(url) === model) models.delete(url);
}
