/** From a waiting picture to its scores: what the queue does with each. */
import { PerceptError } from '../lib/errors.js';
import { identify, ownFile } from './identity.js';

/** @import {Item, LoadProgress, Result, Scorer, ScoreProgress} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoreMemory} from './score-memory.js' */
/** @import {Thumbnails} from './thumbnails.js' */

/** Milliseconds after which a picture's progress is worth showing: most are scored sooner, and drawing takes from that. */
const QUIET = 200;

/** What is said of files in other formats. */
const OTHERS = ['unsupported-here', 'unsupported-format'];

/** What makes pictures of such files here. @type {(string | undefined)[]} */
const MAKERS = ['libheif', 'preview'];

export class Scoring {
  #model;
  #pictures;
  #thumbnails;
  #memory;

  /** @param {{memory: ScoreMemory, model: ModelSession, pictures: Pictures, thumbnails: Thumbnails}} parts */
  constructor({ memory, model, pictures, thumbnails }) {
    this.#memory = memory;
    this.#model = model;
    this.#pictures = pictures;
    this.#thumbnails = thumbnails;
  }

  /**
   * @param {Item} item @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it shall come again, for its other tasks
   */
  async score(item, signal) {
    const hadFile = item.file !== null;
    await scoreItem(item, {
      scorer: () => this.#model.scorer, wanted: () => this.#wantedFor(item), memory: this.#memory, pictures: this.#pictures, thumbnails: this.#thumbnails, signal,
    });
    if (hadFile && item.file === null && !signal.aborted) return true; // it is made when all have what was remembered
    return item.state === 'scored' && !item.error && !signal.aborted && this.#lacksScores(item); // a sample's others, and tasks that came meanwhile
  }

  /** Whether a task that is on has not scored it, or its file is still to be made. @param {Item} item that was scored */
  isUnfinished(item) {
    return item.file === null || this.#lacksScores(item);
  }

  /** @param {Item} item */
  #lacksScores(item) {
    return this.#model.scoring.some(({ id }) => !item.scores?.[id]);
  }

  /** Samples get the task by which they are arranged first, so that all are soon there; the other tasks follow. @param {Item} item */
  #wantedFor(item) {
    const { leading, scoring } = this.#model;
    return item.sample && !item.scores && leading ? [leading.id] : scoring.map(({ id }) => id);
  }
}

/**
 * @param {Item} item of the page's pictures
 * @param {object} context
 * @param {() => Promise<Scorer>} context.scorer the one in use, once it is loaded
 * @param {() => string[]} context.wanted ids of the tasks that shall score it
 * @param {ScoreMemory} context.memory
 * @param {Pictures} context.pictures
 * @param {Thumbnails} context.thumbnails
 * @param {AbortSignal} context.signal
 */
export async function scoreItem(item, { scorer, wanted, memory, pictures, thumbnails, signal }) {
  const start = performance.now();
  const isToBeMade = item.file === null; // it came again for that
  let views = 0;
  const onProgress = (/** @type {LoadProgress | ScoreProgress} */ progress) => {
    if (progress.phase === 'computing') views = progress.total;
    if (performance.now() - start > QUIET) pictures.update(item, { progress });
  };
  const illustrate = async () => {
    if (item.scores && item.brightness === null) await thumbnails.begin(() => addThumbnail(item, { pictures, thumbnails }));
  };
  try {
    const ready = await scorer();
    const missing = () => wanted().filter((id) => !item.scores?.[id]);
    if (memory.isOn && !item.sample) await remember(item, { memory, pictures, signal, wanted: missing() });
    const tasks = missing();
    if (item.file === null && (tasks.length > 0 || isToBeMade)) await makeReadable(item, pictures);
    if (tasks.length === 0) {
      await illustrate();
      if (!item.scores) pictures.update(item, { state: 'cancelled', progress: null }); // all tasks are off: it can go on later
      return;
    }
    const known = identify(item, pictures);
    known.catch(() => {}); // a file that cannot be read has the library's own sentence
    const result = await ready.score(originalOf(item), { tasks, signal, onProgress });
    await known;
    signal.throwIfAborted(); // meanwhile there may be another model
    const { decode, compute } = result.milliseconds;
    pictures.update(item, {
      state: 'scored',
      progress: null,
      error: null,
      scores: { ...item.scores, .../** @type {Record<string, Result>} */ (/** @type {unknown} */ (result.scores)) },
      facts: { ...result.picture, ...(item.madeBy && { decoder: item.madeBy }), milliseconds: (item.facts?.milliseconds ?? 0) + decode + compute, perView: compute / views, familiar: result.familiar },
    });
    if (wanted().every((id) => item.scores?.[id])) await illustrate(); // else it comes again
  } catch (cause) {
    const first = /** @type {PerceptError} */ (cause);
    const error = OTHERS.includes(first.code) && !item.original ? await makeReadable(item, pictures).catch((problem) => problemOf(problem, first)) : first;
    if (error === null) {
      await scoreItem(item, { scorer, wanted, memory, pictures, thumbnails, signal });
      return;
    }
    const without = error.code === 'aborted' || signal.aborted ? 'cancelled' : 'failed';
    const state = item.scores ? 'scored' : without; // what an earlier task gave is not lost
    pictures.update(item, { state, progress: null, error: { code: error.code ?? 'internal', message: error.message } });
  }
}

/**
 * Takes what was said of the same content before. Where that is of a picture that was made of the file, it is still to be made.
 * @param {Item} item @param {{memory: ScoreMemory, pictures: Pictures, signal: AbortSignal, wanted: string[]}} context
 */
async function remember(item, { memory, pictures, signal, wanted }) {
  const key = await identify(item, pictures).catch(() => null);
  const known = key === null ? null : await memory.recall(key, wanted);
  if (!known || signal.aborted) return;
  const small = known.small ?? null;
  const isMade = !item.original && MAKERS.includes(known.facts?.decoder);
  pictures.update(item, {
    ...known, ...(isMade && { original: item.file, file: null }), scores: { ...item.scores, ...known.scores }, state: 'scored', error: null, progress: null, thumbnail: item.thumbnail ?? (small && URL.createObjectURL(small)),
  });
}

/**
 * Of a file in another format the page may make a picture that can be read: its `file` from then on.
 * @param {Item} item @param {Pictures} pictures @returns {Promise<null>} @throws {Error} where it cannot
 */
async function makeReadable(item, pictures) {
  const original = /** @type {Blob} */ (ownFile(item));
  const { readable } = await import('./late.js');
  const made = await readable(original);
  if (!made) throw new PerceptError('unsupported-format', 'Nothing in this file can be shown as a picture.');
  pictures.update(item, { original, file: made.file, madeBy: made.decoder });
  return null;
}

/**
 * What is said of a file that nothing could be made of: the first error says more, but for a decoder that did not come, and for what
 * the page reads beside what the library does. On a tile there is little room.
 * @param {PerceptError} problem @param {PerceptError} first
 */
function problemOf(problem, first) {
  if (/** @type {string} */ (problem.code) === 'decoder-missing') return problem;
  if (first.code !== 'unsupported-format') return first;
  return new PerceptError(first.code, `${first.message} HEIC is read here, too.`);
}

/** Pictures that are scored have one; those that a session brought back have not. @param {Item} item */
export const originalOf = (item) => /** @type {Blob} */ (item.file);

/** @param {Item} item @param {{pictures: Pictures, thumbnails: Thumbnails}} context */
async function addThumbnail(item, { pictures, thumbnails }) {
  if (!item.facts) return; // another model came while it waited: it comes again
  const { thumbnail, brightness } = await thumbnails.make(item, originalOf(item));
  if (!pictures.get(item.id)) return;
  pictures.update(item, { thumbnail: item.thumbnail ?? (thumbnail && URL.createObjectURL(thumbnail)), small: thumbnail, brightness });
}
