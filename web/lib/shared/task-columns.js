/** A task's columns in a table of results. Pure. */
import { formOf } from './kinds.js';

/** @import {Classes, HeadOutputs, Score, Task} from '../percept.js' */
/** @typedef {{scores?: Record<string, Score | Classes | HeadOutputs> | null}} Scored */

/**
 * @param {Pick<Task, 'id' | 'output'>} task @param {{views?: boolean}} [wanted] views: also the outputs for each view, where the kind tells them
 * @returns {[name: string, value: (item: Scored) => string | number | null | undefined][]} undefined without a result
 */
export function taskColumns({ id, output }, { views = false } = {}) {
  const { columns, tellsViews } = formOf({ output });
  const all = columns(output);
  if (views && tellsViews) all.push(['.views', (/** @type {HeadOutputs} */ result) => result.views.map((view) => view.join(' ')).join(';')]);
  return all.map(([suffix, cell]) => [`${id}${suffix}`, ({ scores }) => (scores?.[id] ? cell(scores[id]) : undefined)]);
}
