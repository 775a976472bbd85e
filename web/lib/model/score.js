/** Scoring a picture: its views, forward passes over them, and the heads that read what these leave. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { kindOf } from '../kinds.js';
import { embed, runHead } from './embeddings.js';
import { groupPasses, planPasses } from './plan.js';
import { readPicture } from './read-picture.js';

/** @import {AnyResult, Call, HeadResult, LoadedModel, Owner, Pass, ScoreRequest, Scored, Shared, Task, Views} from './types.d.ts' */
/** @typedef {{scores: Record<string, AnyResult>, shared: Shared, embedding?: number[], familiar?: number}} Results */

/** What is known when all passes have run. @type {any} */
const LATER = undefined;

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
    ? planPasses(tasks, embedding ? tasks[0].preprocess : null, familiarity?.preprocess)
    : planPasses([], tasks[0].preprocess);
  const loaded = performance.now();
  const { picture, milliseconds: decode } = await readPicture(pictures, asked, recipes, call);
  const decoded = performance.now();
  const results = await runPasses({ tower, sizes, familiarity }, passes, picture.views, call);
  const end = performance.now();
  return /** @type {Omit<Scored, 'engine'>} */ ({
    ...(scores && { scores: Object.fromEntries(tasks.map(({ id }) => [id, results.scores[id]])), shared: results.shared }),
    ...(embedding && { embedding: results.embedding }),
    ...(results.familiar !== undefined && { familiar: Math.min(picture.width, picture.height) < (familiarity?.smallest ?? 0) ? 0 : results.familiar }),
    picture: { width: picture.width, height: picture.height, decoder: picture.decoder, damaged: picture.damaged },
    milliseconds: { load: loaded - start, decode, compute: end - decoded },
  });
}

/**
 * @param {Pick<LoadedModel, 'tower' | 'sizes' | 'familiarity'>} model
 * @param {Pass[]} passes @param {Views[]} views of each recipe @param {Call} call
 */
async function runPasses(model, passes, views, { signal, onProgress }) {
  const { tower, sizes } = model;
  const countOf = (/** @type {Pass} */ pass) => (pass.views === 'all' ? views[pass.recipe].count : 1);
  const total = passes.reduce((sum, pass) => sum + countOf(pass), 0);
  const before = tower.blocksComputed;
  /** @type {Results} */
  const results = { scores: {}, shared: LATER };
  let done = 0;
  for (const group of groupPasses(passes, (adapter) => tower.firstAdapted(adapter))) {
    const branches = group.map((pass) => ({ pass, adapter: pass.adapter, count: countOf(pass) }));
    await runGroup(model, branches, views[group[0].recipe].bytes, results, async (count) => {
      done += count;
      onProgress({ phase: 'computing', done, total });
      await breathe();
      throwIfAborted(signal);
    });
  }
  const asked = passes.flatMap((pass) => [...pass.tasks.map(() => countOf(pass)), ...(pass.embedding ? [1] : []), ...(pass.familiar ? [1] : [])]);
  const alone = asked.reduce((sum, count) => sum + count, 0);
  results.shared = {
    views: { computed: views.reduce((sum, { count }) => sum + count, 0), alone },
    blocks: { computed: tower.blocksComputed - before, alone: alone * sizes.layers },
  };
  return results;
}

/**
 * Forward passes over the same views, then the heads that read what each left.
 * @param {Pick<LoadedModel, 'tower' | 'sizes' | 'familiarity'>} model
 * @param {{pass: Pass, adapter: Owner, count: number}[]} branches @param {Uint8Array} bytes of the views @param {Results} results filled
 * @param {(count: number) => Promise<void>} afterBatch
 */
async function runGroup({ tower, sizes, familiarity }, branches, bytes, results, afterBatch) {
  const viewBytes = sizes.image * sizes.image * 3;
  const width = sizes.embedding || sizes.width;
  const embeddings = branches.map(({ count }) => new Float32Array(count * width));
  await embed(tower, {
    branches,
    preprocess: branches[0].pass.preprocess,
    bytesOf: (start, end) => bytes.subarray(start * viewBytes, end * viewBytes),
    slotOf: (view) => view % tower.batch,
  }, async ({ end, count, branch }) => {
    embeddings[branch].set(tower.embeddings(count * width), (end - count) * width);
    await afterBatch(count);
  });
  for (const [at, { pass, count }] of branches.entries()) {
    const first = embeddings[at].subarray(0, width);
    if (pass.embedding) results.embedding = Array.from(first);
    if (pass.familiar) results.familiar = familiarity?.known.of(first);
    tower.putEmbeddings(embeddings[at]);
    const slots = Array.from({ length: count }, (_, view) => view);
    for (const task of pass.tasks) results.scores[task.id] = describeResult(task, runHead(tower, task.number, slots));
  }
}

/**
 * What the caller gets: what the task's kind makes of the output rule's numbers, and all that they came from.
 * @param {Pick<Task, 'output'>} task @param {HeadResult} outputs
 * @returns {AnyResult}
 */
function describeResult({ output }, { raw, result, views }) {
  return { ...kindOf({ output }).describe(output, result), raw, views };
}
