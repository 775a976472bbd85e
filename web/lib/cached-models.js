/** The models that this browser keeps for this origin. */
import { PerceptError, messageOf } from './errors.js';
import { resolveLocation } from './platform/locations.js';
import { deleteModel, listModels } from './weights/catalog.js';

/** @import {CachedModel} from './percept.js' */

/**
 * The models that this browser keeps for this origin, the last used one first.
 * @returns {Promise<CachedModel[]>} url: model.json's;
 *   bytes: on this device, of `total`. Empty where nothing can be kept, and in Node.
 */
export async function listCachedModels() {
  return stored(listModels());
}

/**
 * Deletes a model from this device, but for shards that another one needs. A scorer that is loaded goes on.
 * @param {string | URL} url the model's folder or its model.json
 * @returns {Promise<boolean>} whether it was there
 */
export async function deleteCachedModel(url) {
  const location = resolveLocation(url);
  return stored(deleteModel(location));
}

/** @template T @param {Promise<T>} step @returns {Promise<T>} */
function stored(step) {
  return step.catch((cause) => {
    throw new PerceptError('storage', `The browser does not let this page use what it keeps on this device: ${messageOf(cause)} Try again, or delete this site's data in the browser's settings.`, { cause });
  });
}
