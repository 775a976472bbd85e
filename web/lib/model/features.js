/** What teaching reads of a picture: the mean of its views' embeddings on the bare base, each divided by its length. */
import { throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { BASE } from '../engine/tower.js';
import { embed } from './embeddings.js';
import { readPicture } from './read-picture.js';

/** @import {Call, LoadedModel, Views, ViewsRequest} from './types.d.ts' */

/**
 * The views of a picture, for those whose features are known.
 * @param {LoadedModel} model @param {ViewsRequest} request @param {Call} call
 * @returns {Promise<Views>}
 */
export async function viewsOf({ pictures }, { preprocess, ...asked }, call) {
  throwIfAborted(call.signal);
  const { picture: { views: [views] } } = await readPicture(pictures, asked, [preprocess], call);
  return views;
}

/**
 * @param {LoadedModel} model @param {ViewsRequest} request @param {Call} call
 * @returns {Promise<{features: Float32Array<ArrayBuffer>, views: Views}>} features: [embedding || width]
 */
export async function featuresOf(model, request, call) {
  const { tower, sizes } = model;
  const { preprocess } = request;
  const views = await viewsOf(model, request, call);
  const viewBytes = sizes.image * sizes.image * 3;
  const width = sizes.embedding || sizes.width;
  const sum = new Float64Array(width);
  await embed(tower, {
    branches: [{ adapter: BASE, count: views.count }],
    preprocess,
    bytesOf: (start, end) => views.bytes.subarray(start * viewBytes, end * viewBytes),
    slotOf: (view) => view % tower.batch,
  }, async ({ end: done, count }) => {
    const embeddings = tower.embeddings(count * width);
    for (let start = 0; start < embeddings.length; start += width) addDirection(sum, embeddings.subarray(start, start + width));
    call.onProgress({ phase: 'computing', done, total: views.count });
    await breathe();
    throwIfAborted(call.signal);
  });
  return { features: Float32Array.from(sum, (value) => value / views.count), views };
}

/** sum += x / ‖x‖; what has no length adds nothing. @param {Float64Array} sum @param {Float32Array} embedding */
function addDirection(sum, embedding) {
  const length = Math.sqrt(embedding.reduce((squares, value) => squares + value * value, 0));
  if (length === 0) return;
  for (let i = 0; i < sum.length; i += 1) sum[i] += embedding[i] / length;
}
