/** Scoring a picture: its views, forward passes over them, and the heads that read what these leave. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { kindOf } from '../kinds.js';
import { embed, runHead } from './embeddings.js';
import { planPasses } from './plan.js';
import { readPicture } from './read-picture.js';

/** @import {AnyResult, Call, HeadResult, LoadedModel, Pass, ScoreRequest, Scored, Task, Views} from './types.d.ts' */
/** @typedef {{scores: Record<string, AnyResult>, embedding?: number[], familiar?: number}} Results */

/**
 * @param {LoadedModel} model @param {ScoreRequest} request @param {Call} call
 * @returns {Promise<Omit<Scored, 'engine'>>}
 */
export async function score({ tower, tasks: all, pictures, sizes, familiarity }, { tasks: ids, scores, embedding, ...asked }, call) {
  const start = performance.now();
  const tasks = all.select(ids);
  if (tasks.length === 0) throw new PerceptError('bad-argument', 'tasks names no task.');
  if (scores) await all.load(tasks, call);
  throwIfAborted(call.signal);
  const { recipes, passes } = scores
    ? planPasses(tasks, embedding, familiarity?.preprocess)
    : planPasses([{ ...tasks[0], adapter: false }], true);
  if (!scores) Object.assign(passes[0], { tasks: [], views: 'first' });
  const loaded = performance.now();
  const { picture, milliseconds: decode } = await readPicture(pictures, asked, recipes, call);
  const decoded = performance.now();
  const results = await runPasses({ tower, sizes, familiarity }, passes, picture.views, call);
  const end = performance.now();
  return /** @type {Omit<Scored, 'engine'>} */ ({
    ...(scores && { scores: Object.fromEntries(tasks.map(({ id }) => [id, results.scores[id]])) }),
    ...(embedding && { embedding: results.embedding }),
    ...(results.familiar !== undefined && { familiar: results.familiar }),
    picture: { width: picture.width, height: picture.height, decoder: picture.decoder, damaged: picture.damaged },
    milliseconds: { load: loaded - start, decode, compute: end - decoded },
  });
}

/**
 * @param {Pick<LoadedModel, 'tower' | 'sizes' | 'familiarity'>} model
 * @param {Pass[]} passes @param {Views[]} views of each recipe @param {Call} call
 */
async function runPasses(model, passes, views, { signal, onProgress }) {
  /** @type {Results} */
  const results = { scores: {} };
  const counts = passes.map((pass) => (pass.views === 'all' ? views[pass.recipe].count : 1));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const [at, pass] of passes.entries()) {
    const { bytes } = views[pass.recipe];
    await runPass(model, pass, { bytes, count: counts[at] }, results, async (done) => {
      onProgress({ phase: 'computing', done: before + done, total });
      await breathe();
      throwIfAborted(signal);
    });
    before += counts[at];
  }
  return results;
}

/**
 * One forward over all views, then the heads that read its embeddings, which the next pass overwrites.
 * @param {Pick<LoadedModel, 'tower' | 'sizes' | 'familiarity'>} model
 * @param {Pass} pass @param {Views} views @param {Results} results filled
 * @param {(done: number) => Promise<void>} afterBatch
 */
async function runPass({ tower, sizes, familiarity }, pass, { bytes, count }, results, afterBatch) {
  const viewBytes = sizes.image * sizes.image * 3;
  await embed(tower, {
    adapter: pass.adapter,
    preprocess: pass.preprocess,
    count,
    bytesOf: (start, end) => bytes.subarray(start * viewBytes, end * viewBytes),
    slotOf: (view) => view,
  }, afterBatch);
  if (pass.embedding || pass.familiar) {
    const first = tower.embeddings(sizes.embedding || sizes.width);
    if (pass.embedding) results.embedding = Array.from(first);
    if (pass.familiar) results.familiar = familiarity?.known.of(first);
  }
  const slots = Array.from({ length: count }, (_, view) => view);
  for (const task of pass.tasks) results.scores[task.id] = describeResult(task, runHead(tower, task.number, slots));
}

/**
 * What the caller gets: what the task's kind makes of the output rule's numbers, and all that they came from.
 * @param {Pick<Task, 'output'>} task @param {HeadResult} outputs
 * @returns {AnyResult}
 */
function describeResult({ output }, { raw, result, views }) {
  return { ...kindOf({ output }).describe(output, result), raw, views };
}
