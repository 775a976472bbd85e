/** What scoring and explaining share: views become embeddings, which stay in the engine, and heads read them there. */

/** @import {HeadResult, Owner, Preprocess, Slots} from './types.d.ts' */
/** @import {Tower} from '../engine/tower.js' */

/**
 * Computes embeddings, batch by batch: of the first branch for all views, and of each other for as many as it wants, going on from
 * what it has in common with the one before.
 * @param {Tower} tower
 * @param {object} job
 * @param {{adapter: Owner, count: number}[]} job.branches in the order of the first blocks that their adapters change
 * @param {Preprocess} job.preprocess
 * @param {(start: number, end: number) => Uint8Array} job.bytesOf views start to end - 1, in 8-bit RGB
 * @param {(view: number) => number} job.slotOf where a view's embedding goes; a batch's are neighbours
 * @param {(done: {end: number, count: number, branch: number}) => Promise<void>} afterBatch count: the views before `end` that are new
 */
export async function embed(tower, { branches, preprocess, bytesOf, slotOf }, afterBatch) {
  tower.setNormalization(preprocess.mean, preprocess.std);
  for (let start = 0; start < branches[0].count; start += tower.batch) {
    for (const [branch, { adapter, count: all }] of branches.entries()) {
      const end = Math.min(start + tower.batch, all);
      if (end <= start) break;
      const slots = { first: slotOf(start), count: end - start };
      if (branch === 0) tower.forward(adapter, bytesOf(start, end), slots);
      else tower.forwardOn(adapter, slots);
      await afterBatch({ end, count: slots.count, branch });
    }
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
