/** What scoring and explaining share: views become embeddings, which stay in the engine, and heads read them there. */

/** @import {HeadResult, Owner, Preprocess, Slots} from './types.d.ts' */
/** @import {Tower} from '../engine/tower.js' */

/**
 * Computes embeddings, batch by batch.
 * @param {Tower} tower
 * @param {object} job
 * @param {Owner} job.adapter
 * @param {Preprocess} job.preprocess
 * @param {number} job.count of views
 * @param {(start: number, end: number) => Uint8Array} job.bytesOf views start to end - 1, in 8-bit RGB
 * @param {(view: number) => number} job.slotOf where a view's embedding goes; a batch's are neighbours
 * @param {(done: number) => Promise<void>} afterBatch done: how many of the views are
 */
export async function embed(tower, { adapter, preprocess, count, bytesOf, slotOf }, afterBatch) {
  const { batch } = tower;
  tower.setNormalization(preprocess.mean, preprocess.std);
  for (let start = 0; start < count; start += batch) {
    const end = Math.min(start + batch, count);
    tower.forward(adapter, bytesOf(start, end), { first: slotOf(start), count: end - start });
    await afterBatch(end);
  }
}

/**
 * A task's head on a picture's embeddings.
 * @param {Tower} tower @param {number} task
 * @param {number[]} slots of its views, in their order
 * @returns {HeadResult}
 */
export function runHead(tower, task, slots) {
  tower.beginTask(task);
  const views = neighbours(slots, tower.batch).flatMap((each) => tower.head(task, each));
  return { ...tower.finishTask(task), views };
}

/**
 * Cuts a list of slots into stretches of neighbours.
 * @param {number[]} slots @param {number} most in a stretch
 */
function neighbours(slots, most) {
  /** @type {Slots[]} */
  const stretches = [];
  for (const slot of slots) {
    const last = stretches.at(-1);
    if (last && slot === last.first + last.count && last.count < most) last.count += 1;
    else stretches.push({ first: slot, count: 1 });
  }
  return stretches;
}
