/** Teaching, on the scorer's side: pictures are looked at one after the other, and traits keep their files. */
import { throwIfAborted } from './errors.js';

/** @import {CheckedLesson} from './teach/types.d.ts' */
/** @import {Source} from './model/types.d.ts' */
/** @import {TeachProgress, Trait} from './percept.js' */

/**
 * The lesson with the features of all pictures.
 * @param {CheckedLesson} lesson @param {(Source | null)[]} sources
 * @param {object} options
 * @param {AbortSignal} [options.signal]
 * @param {(progress: TeachProgress) => void} [options.onProgress]
 * @param {(source: Source) => Promise<Float32Array<ArrayBuffer>>} options.featuresOf
 * @returns {Promise<CheckedLesson>}
 */
export async function look(lesson, sources, { signal, onProgress, featuresOf }) {
  const pictures = lesson.pictures.slice();
  const missing = pictures.flatMap(({ features }, at) => (features ? [] : at));
  const start = performance.now();
  for (const [done, at] of missing.entries()) {
    throwIfAborted(signal);
    const secondsLeft = done > 0 ? (performance.now() - start) / 1000 / done * (missing.length - done) : null;
    onProgress?.({ phase: 'looking', done, total: missing.length, secondsLeft });
    pictures[at] = { ...pictures[at], features: await featuresOf(/** @type {Source} */ (sources[at])) };
  }
  return { ...lesson, pictures };
}

/** @param {Pick<Trait, 'task' | 'evidence'>} known @param {Uint8Array<ArrayBuffer>} file @returns {Trait} */
export function traitOf(known, file) {
  return { ...known, toFile: async () => file.slice() };
}
