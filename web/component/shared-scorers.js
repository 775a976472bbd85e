/**
 * One scorer for all elements of a page that name the same model and the same traits: its weights are in memory once. The model goes
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

/** Addresses, absolute: of a model, and of trait files that it is to have. @typedef {{url: string, traits: string[]}} Wanted */

/** By all its addresses. @type {Map<string, Model>} */
const models = new Map();

/**
 * @typedef {object} Lease
 * @property {Promise<Scorer>} scorer
 * @property {() => void} release gives it back; call it once
 *
 * @param {Wanted} wanted
 * @param {(progress: LoadProgress) => void} onProgress the last progress is told at once
 * @returns {Lease}
 */
export function leaseScorer(wanted, onProgress) {
  const key = [wanted.url, ...wanted.traits].join(' ');
  const model = models.get(key) ?? open(key, wanted);
  clearTimeout(model.timer);
  model.leases += 1;
  model.listeners.add(onProgress);
  if (model.last) onProgress(model.last);
  return {
    scorer: model.scorer,
    release() {
      model.listeners.delete(onProgress);
      model.leases -= 1;
      if (model.leases === 0) model.timer = setTimeout(() => close(key, model), KEPT);
    },
  };
}

/** @param {Wanted} wanted @param {{signal: AbortSignal, onProgress: (progress: LoadProgress) => void}} options */
async function load({ url, traits }, options) {
  const scorer = await Scorer.load(url, options);
  try {
    for (const trait of traits) await scorer.addTask(trait);
    return scorer;
  } catch (error) {
    scorer.dispose();
    throw error;
  }
}

/** @param {string} key @param {Wanted} wanted @returns {Model} */
function open(key, wanted) {
  const stop = new AbortController();
  const onProgress = (/** @type {LoadProgress} */ progress) => {
    model.last = progress.phase === 'ready' ? null : progress;
    for (const listener of model.listeners) listener(progress);
  };
  /** @type {Model} */
  const model = { scorer: load(wanted, { signal: stop.signal, onProgress }), stop, listeners: new Set(), last: null, leases: 0 };
  model.scorer.catch(() => forget(key, model)); // the next lease tries again
  models.set(key, model);
  return model;
}

/** @param {string} key @param {Model} model */
function close(key, model) {
  forget(key, model);
  model.stop.abort();
  model.scorer.then((scorer) => scorer.dispose(), () => {});
}

/** @param {string} key @param {Model} model */
function forget(key, model) {
  if (models.get(key) === model) models.delete(key);
}
