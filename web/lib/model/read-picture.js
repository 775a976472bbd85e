/** A picture's views: those that another worker has made already, or from the picture itself. */
import { PictureReader } from '../engine/picture.js';
import { useAssets } from '../platform/assets.js';
import { fetched } from './fetch-picture.js';
import { equal } from './recipes.js';

/** @import {Call, Calls, PictureRequest, Preprocess, ReadViews} from './types.d.ts' */
/** @typedef {Pick<PictureReader, 'read'>} Pictures */

/**
 * @param {Pictures} pictures @param {PictureRequest} request @param {Preprocess[]} recipes @param {Call} call
 * @returns {Promise<ReadViews>}
 */
export async function readPicture(pictures, { source, ahead }, recipes, call) {
  call.onProgress({ phase: 'decoding', done: 0, total: 0 });
  if (ahead && equal(ahead.recipes, recipes)) return ahead; // else a task has come or gone since
  const start = performance.now();
  const picture = await pictures.read(await fetched(source, call), recipes, call.signal);
  return { picture, milliseconds: performance.now() - start };
}

/** In the worker that reads ahead: several files may be on their way, but one picture is decoded at a time. */
export class AheadReader {
  /** @type {Promise<Pictures> | null} */
  #pictures = null;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #load;

  /** @param {(signal: undefined, maximumPixels?: number) => Promise<Pictures>} load */
  constructor(load = PictureReader.load) {
    this.#load = load;
  }

  /** @param {Calls['read']['request']} request @param {Call} call @returns {Promise<ReadViews>} */
  async read({ source, recipes, assets, maximumPixels }, call) {
    useAssets(assets);
    const start = performance.now();
    const file = await fetched(source, call);
    const fetching = performance.now() - start;
    this.#pictures ??= this.#load(undefined, maximumPixels);
    const pictures = await this.#pictures.catch((error) => {
      this.#pictures = null; // the next picture asks again
      throw error;
    });
    const reading = this.#last.then(() => readPicture(pictures, { source: file }, recipes, call));
    this.#last = reading.catch(() => {});
    const { picture, milliseconds } = await reading;
    return { picture, milliseconds: fetching + milliseconds };
  }
}
