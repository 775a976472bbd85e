/** Results from a stranger's file, held against the tasks of the model. Pure. */
import { formOf } from '../lib/shared/kinds.js';

/** @import {Imported, Item, Result, Task} from './types.d.ts' */

/**
 * What of a file's results is of these tasks: another model may have others, or others of the same name.
 * @param {Imported} imported @param {Task[]} tasks
 * @returns {Pick<Item, 'state' | 'scores' | 'error'>}
 */
export function fit({ scores, error }, tasks) {
  /** @type {Record<string, Result>} */
  const known = {};
  for (const task of tasks) {
    const result = scores[task.id];
    if (isResult(result, task)) known[task.id] = result;
  }
  if (Object.keys(known).length > 0) return { state: 'scored', scores: known, error: null };
  return { state: 'failed', scores: null, error };
}

/**
 * Whether a result from a stranger's file is one of this task.
 * @param {unknown} read @param {Task} task
 * @returns {read is Result}
 */
function isResult(read, { output }) {
  const result = /** @type {Partial<Result> | null | undefined} */ (read);
  if (!Array.isArray(result?.views) || !result.views.every((view) => Array.isArray(view) && view.every(Number.isFinite))) return false;
  return formOf({ output }).isResult(output, result);
}
