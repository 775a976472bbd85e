/** Teaching, on the scorer's side: pictures are looked at one after the other, and traits keep their files. */
import { PerceptError, isOfPicture, throwIfAborted } from './errors.js';
import { judgedIn } from './teach/both-sides.js';
import { viewsOf } from './weights/manifest.js';

/** @import {CheckedLesson} from './teach/types.d.ts' */
/** @import {Needs, NeedsRequest, PictureRequest, Source} from './model/types.d.ts' */
/** @import {TeachingNeeds, TeachProgress, Trait} from './percept.js' */

/** Numbers of the others. @param {CheckedLesson} lesson */
export function unjudged(lesson) {
  const judged = judgedIn(lesson);
  return lesson.pictures.flatMap((_, at) => (judged.has(at) ? [] : at));
}

/** keep: the picture's number, where its views are kept; ahead: where it is being read. @typedef {{keep?: number, ahead: Promise<PictureRequest | null> | null}} Looking */

/**
 * The lesson with the features of all pictures. Where it goes deeper, the worker keeps the views of all that are judged, too.
 * @param {CheckedLesson} lesson @param {(Source | null)[]} sources
 * @param {object} options
 * @param {AbortSignal} [options.signal]
 * @param {(progress: TeachProgress) => void} [options.onProgress]
 * @param {(source: Source) => Promise<PictureRequest | null>} options.readAhead
 * @param {(source: Source, how: Looking) => Promise<Float32Array<ArrayBuffer>>} options.featuresOf
 * @param {(source: Source, how: Looking & {keep: number}) => Promise<void>} options.keepViews of a picture whose features are known
 * @returns {Promise<CheckedLesson>}
 */
export async function look(lesson, sources, { signal, onProgress, readAhead, featuresOf, keepViews }) {
  const pictures = lesson.pictures.slice();
  const kept = lesson.depth > 0 ? judgedIn(lesson) : new Set();
  const missing = looksOf(lesson);
  const start = performance.now();
  /** @type {Promise<PictureRequest | null> | null} */
  let ahead = null;
  for (const [done, at] of missing.entries()) {
    throwIfAborted(signal);
    const secondsLeft = done > 0 ? (performance.now() - start) / 1000 / done * (missing.length - done) : null;
    onProgress?.({ phase: 'looking', done, total: missing.length, secondsLeft });
    const [source, read] = [/** @type {Source} */ (sources[at]), ahead];
    ahead = done + 1 < missing.length ? readAhead(/** @type {Source} */ (sources[missing[done + 1]])) : null;
    ahead?.catch(() => {}); // its turn will tell
    try {
      if (pictures[at].features) await keepViews(source, { keep: at, ahead: read });
      else pictures[at] = { ...pictures[at], features: await featuresOf(source, { keep: kept.has(at) ? at : undefined, ahead: read }) };
    } catch (error) {
      throw naming(error, pictures[at].name);
    }
  }
  return { ...lesson, pictures };
}

/** Says which picture it was. @param {unknown} error @param {string} name */
export function naming(error, name) {
  if (!isOfPicture(error)) return error;
  return new PerceptError(error.code, `${name}: ${error.message}`, { cause: error });
}

/** The pictures that are looked at: those without features, and all judged ones where it goes deeper. @param {CheckedLesson} lesson */
function looksOf(lesson) {
  const kept = lesson.depth > 0 ? judgedIn(lesson) : new Set();
  return lesson.pictures.flatMap(({ features }, at) => (features && !kept.has(at) ? [] : at));
}

/** What the worker must know to say what a lesson takes. @param {CheckedLesson} lesson @returns {NeedsRequest} */
export function needsOf(lesson) {
  const { size: pictures } = judgedIn(lesson);
  return {
    depth: lesson.depth,
    rank: lesson.rank,
    outputs: lesson.classes?.length ?? 1,
    isPairs: lesson.pairs !== null,
    judgements: lesson.pairs?.length ?? pictures,
    pictures,
    views: viewsOf(lesson),
    looks: lesson.pictures.filter(({ features }) => !features).length,
    folds: lesson.folds,
    epochs: lesson.epochs,
  };
}

/** @param {Needs} needs @returns {TeachingNeeds} */
export function describeNeeds({ fits, ...needs }) {
  const reason = `Teaching this deep takes ${Math.ceil(needs.bytes / 2 ** 20)} MiB beside the model, more than there is. Teach fewer blocks or pictures, or the head alone.`;
  return { ...needs, fits, ...(!fits && { reason }) };
}

/** @param {Pick<Trait, 'task' | 'evidence'>} known @param {Uint8Array<ArrayBuffer>} file @returns {Trait} */
export function traitOf(known, file) {
  return { ...known, toFile: async () => file.slice() };
}
