/** From a waiting picture to its scores: what the queue does with each. */

/** @import {Item, LoadProgress, PerceptError, Result, Scorer, ScoreProgress} from './types.d.ts' */

/** Milliseconds after which a picture's progress is worth showing: most are scored sooner, and drawing takes from that. */
const QUIET = 200;

/**
 * @param {Item} item of the store
 * @param {object} context
 * @param {() => Promise<Scorer>} context.scorer the one in use, once it is loaded
 * @param {() => string[]} context.wanted ids of the tasks that are switched on
 * @param {import('./pictures.js').Store} context.store
 * @param {import('./thumbnails.js').Thumbnails} context.thumbnails
 * @param {AbortSignal} context.signal
 */
export async function scoreItem(item, { scorer, wanted, store, thumbnails, signal }) {
  const start = performance.now();
  let views = 0;
  const onProgress = (/** @type {LoadProgress | ScoreProgress} */ progress) => {
    if (progress.phase === 'computing') views = progress.total;
    if (performance.now() - start > QUIET) store.update(item, { progress });
  };
  const illustrate = async () => {
    if (item.scores && item.brightness === null) await thumbnails.begin(() => addThumbnail(item, { store, thumbnails }));
  };
  try {
    const ready = await scorer();
    const tasks = wanted().filter((id) => !item.scores?.[id]);
    if (tasks.length === 0) {
      await illustrate();
      if (!item.scores) store.update(item, { state: 'cancelled', progress: null }); // all tasks are off: it can go on later
      return;
    }
    const result = await ready.score(originalOf(item), { tasks, signal, onProgress });
    signal.throwIfAborted(); // meanwhile there may be another model
    const { decode, compute } = result.milliseconds;
    store.update(item, {
      state: 'scored',
      progress: null,
      error: null,
      scores: { ...item.scores, .../** @type {Record<string, Result>} */ (result.scores) },
      facts: { ...result.picture, milliseconds: (item.facts?.milliseconds ?? 0) + decode + compute, perView: compute / views },
    });
    if (wanted().every((id) => item.scores?.[id])) await illustrate(); // else it comes again
  } catch (cause) {
    const error = /** @type {PerceptError} */ (cause);
    const without = error.code === 'aborted' || signal.aborted ? 'cancelled' : 'failed';
    const state = item.scores ? 'scored' : without; // what an earlier task gave is not lost
    store.update(item, { state, progress: null, error: { code: error.code ?? 'internal', message: error.message } });
  }
}

/** Pictures that are scored have one; those that a session brought back have not. @param {Item} item */
export const originalOf = (item) => /** @type {Blob} */ (item.file);

/**
 * @param {Item} item
 * @param {{store: import('./pictures.js').Store, thumbnails: import('./thumbnails.js').Thumbnails}} context
 */
async function addThumbnail(item, { store, thumbnails }) {
  const { thumbnail, brightness } = await thumbnails.make(item, originalOf(item));
  if (!store.get(item.id)) return;
  store.update(item, { thumbnail: item.thumbnail ?? (thumbnail && URL.createObjectURL(thumbnail)), brightness });
}
