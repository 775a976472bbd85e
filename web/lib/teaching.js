/** Teaching, on the scorer's side: pictures are looked at one after the other, and traits keep their files. */
import { PerceptError, isOfPicture, throwIfAborted } from './errors.js';
import { copyToSend, pictureOf } from './sources.js';
import { judgedIn } from './teach/both-sides.js';
import { viewsOf } from './weights/manifest.js';

/** @import {CheckedLesson} from './teach/types.d.ts' */
/** @import {NeedsRequest, PictureRequest, Source} from './model/types.d.ts' */
/** @import {Lesson, Taught, TeachProgress, Trait} from './percept.js' */
/** @import {TaughtResult} from './model/types.d.ts' */

/** Numbers of the others. @param {CheckedLesson} lesson */
export function unjudged(lesson) {
  const judged = judgedIn(lesson);
  return lesson.pictures.flatMap((_, at) => (judged.has(at) ? [] : at));
}

/** What a picture is read from; why it cannot be; or nothing, where it will not be. @typedef {Source | PerceptError | null} LessonSource */

/**
 * Of each picture of a lesson. What is wrong with one that nobody judged is told in its turn.
 * @param {Lesson['pictures']} given @param {CheckedLesson} lesson that was made of them
 * @returns {LessonSource[]} copies, of pixels
 * @throws {PerceptError} with the picture's number, where a judged one cannot be read; 'bad-argument'
 */
export function sourcesOf(given, lesson) {
  const judged = judgedIn(lesson);
  return given.map(({ source }, at) => {
    const { name, features } = lesson.pictures[at];
    if (!source || (features && lesson.depth === 0)) return null;
    try {
      return pictureOf(source);
    } catch (error) {
      const told = aboutPicture(error, { name, picture: at });
      if (judged.has(at)) throw told;
      return /** @type {PerceptError} */ (error);
    }
  });
}

/** A picture to be sent, of which the lesson keeps its own copy. @param {LessonSource} source not null @throws {PerceptError} that it is */
export function toSend(source) {
  if (source instanceof PerceptError) throw source;
  return copyToSend(/** @type {Source} */ (source));
}

/** keep: the picture's number, where its views are kept; ahead: where it is being read. @typedef {{keep?: number, ahead: Promise<PictureRequest | null> | null}} Looking */

/**
 * What could be read of a lesson.
 * @typedef {object} Seen
 * @property {CheckedLesson} lesson of those pictures alone, all with features
 * @property {number[]} places of its pictures in the lesson that was given
 * @property {Taught['unread']} unread the others, which nobody judged
 */

/**
 * Looks at a lesson's pictures. Where it goes deeper, the worker keeps the views of all that are judged, too. One that nobody judged
 * and that cannot be read costs only itself.
 * @param {CheckedLesson} lesson @param {LessonSource[]} sources
 * @param {object} options
 * @param {AbortSignal} [options.signal]
 * @param {(progress: TeachProgress) => void} [options.onProgress]
 * @param {(source: Source) => Promise<PictureRequest | null>} options.readAhead
 * @param {(source: Source, how: Looking) => Promise<Float32Array<ArrayBuffer>>} options.featuresOf
 * @param {(source: Source, how: Looking & {keep: number}) => Promise<void>} options.keepViews of a picture whose features are known
 * @returns {Promise<Seen>}
 * @throws {PerceptError} with its number, where a judged one cannot be read
 */
export async function look(lesson, sources, { signal, onProgress, readAhead, featuresOf, keepViews }) {
  const pictures = lesson.pictures.slice();
  const judged = judgedIn(lesson);
  const missing = looksOf(lesson);
  /** @type {Seen['unread']} */
  const unread = [];
  const start = performance.now();
  /** @type {Promise<PictureRequest | null> | null} */
  let ahead = null;
  for (const [done, at] of missing.entries()) {
    throwIfAborted(signal);
    const secondsLeft = done > 0 ? (performance.now() - start) / 1000 / done * (missing.length - done) : null;
    onProgress?.({ phase: 'looking', done, total: missing.length, secondsLeft });
    const read = ahead;
    ahead = done + 1 < missing.length ? readAhead(/** @type {Source} */ (sources[missing[done + 1]])) : null;
    ahead?.catch(() => {}); // its turn will tell
    const keep = at - unread.length; // its place among those that can be read: all before it were looked at, or need not be
    try {
      const source = toSend(sources[at]);
      if (pictures[at].features) await keepViews(source, { keep, ahead: read });
      else pictures[at] = { ...pictures[at], features: await featuresOf(source, { keep: lesson.depth > 0 && judged.has(at) ? keep : undefined, ahead: read }) };
    } catch (error) {
      const told = aboutPicture(error, { name: pictures[at].name, picture: at });
      if (judged.has(at)) throw told;
      unread.push({ picture: at, error: told });
    }
  }
  return withoutUnread({ ...lesson, pictures }, unread);
}

/**
 * The error of a picture, with its name and number.
 * @param {unknown} error @param {{name: string, picture: number}} which
 * @throws what is no fault of a picture's
 */
export function aboutPicture(error, { name, picture }) {
  if (!isOfPicture(error)) throw error;
  return new PerceptError(error.code, `${name}: ${error.message}`, { cause: error, picture });
}

/** @param {CheckedLesson} lesson @param {Seen['unread']} unread @returns {Seen} */
function withoutUnread(lesson, unread) {
  const isUnread = new Set(unread.map(({ picture }) => picture));
  const places = [...lesson.pictures.keys()].filter((at) => !isUnread.has(at));
  const placeOf = new Map(places.map((at, place) => [at, place]));
  const among = (/** @type {number} */ at) => /** @type {number} */ (placeOf.get(at));
  return {
    lesson: {
      ...lesson,
      pictures: places.map((at) => lesson.pictures[at]),
      labels: lesson.labels && lesson.labels.map((label) => ({ ...label, picture: among(label.picture) })),
      pairs: lesson.pairs && lesson.pairs.map((pair) => ({ ...pair, better: among(pair.better), worse: among(pair.worse) })),
    },
    places,
    unread,
  };
}

/**
 * Of each picture that was given: null where it could not be read.
 * @template Value
 * @param {Value[]} values of those that could be @param {Seen} seen
 * @returns {(Value | null)[]}
 */
function ofAll(values, { places, unread }) {
  const all = new Array(places.length + unread.length).fill(null);
  places.forEach((at, place) => { all[at] = values[place]; });
  return all;
}

/** What is known of the pictures, by their numbers in the lesson that was given. @param {Pick<TaughtResult, 'predictions' | 'heldOut' | 'uncertainty' | 'next'>} known @param {Seen} seen */
export function asGiven({ predictions, heldOut, uncertainty, next }, seen) {
  const { places } = seen;
  return {
    predictions: ofAll(predictions, seen),
    heldOut: ofAll(heldOut, seen),
    uncertainty: ofAll(uncertainty, seen),
    next: { pictures: next.pictures.map((at) => places[at]), pairs: next.pairs.map((pair) => /** @type {[number, number]} */ (pair.map((at) => places[at]))) },
    unread: seen.unread,
  };
}

/** Hears the same of what is told meanwhile. @param {((progress: any) => void) | undefined} onProgress @param {Seen} seen */
export const tellingAsGiven = (onProgress, seen) => onProgress && ((/** @type {any} */ progress) => {
  onProgress(progress.predictions ? { ...progress, predictions: ofAll(progress.predictions, seen) } : progress);
});

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

/** @param {Pick<Trait, 'task' | 'evidence'>} known @param {Uint8Array<ArrayBuffer>} file @returns {Trait} */
export function traitOf(known, file) {
  return { ...known, toFile: async () => file.slice() };
}
