/** From a waiting picture to its scores: what the queue does with each. */

/**
 * @param {object} item of the store
 * @param {object} context
 * @param {() => Promise<import('../percept.js').Scorer>} context.scorer the one in use, once it is loaded
 * @param {() => string[]} context.wanted ids of the tasks that are switched on
 * @param {import('./store.js').Store} context.store
 * @param {import('./thumbnails.js').Thumbnails} context.thumbnails
 * @param {AbortSignal} context.signal
 */
export async function scoreItem(item, { scorer, wanted, store, thumbnails, signal }) {
  let views = 0;
  const onProgress = (progress) => {
    if (progress.phase === 'computing') views = progress.total;
    store.update(item, { progress });
  };
  try {
    const ready = await scorer();
    const tasks = wanted().filter((id) => !item.scores?.[id]);
    if (tasks.length === 0) {
      if (!item.scores) store.update(item, { state: 'cancelled', progress: null }); // all tasks are off: it can go on later
      return;
    }
    const result = await ready.score(item.file ?? item.url, { tasks, signal, onProgress });
    signal.throwIfAborted(); // meanwhile there may be another model
    const { decode, compute } = result.milliseconds;
    store.update(item, {
      state: 'scored',
      progress: null,
      error: null,
      scores: { ...item.scores, ...result.scores },
      facts: { ...result.picture, milliseconds: (item.facts?.milliseconds ?? 0) + decode + compute, perView: compute / views },
    });
    if (item.thumbnail === null) await thumbnails.begin(() => addThumbnail(item, { store, thumbnails }));
  } catch (error) {
    const without = error.code === 'aborted' || signal.aborted ? 'cancelled' : 'failed';
    const state = item.scores ? 'scored' : without; // what an earlier task gave is not lost
    store.update(item, { state, progress: null, error: { code: error.code ?? 'internal', message: error.message } });
  }
}

async function addThumbnail(item, { store, thumbnails }) {
  const blob = item.file ?? await fetch(item.url).then((response) => response.blob()).catch(() => null);
  if (blob === null) return;
  const { thumbnail, brightness } = await thumbnails.make(item, blob);
  if (store.get(item.id)) store.update(item, { thumbnail: thumbnail && URL.createObjectURL(thumbnail), brightness });
}
