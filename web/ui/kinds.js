/** How each kind of output is drawn and said. What a kind means is in lib. */
import { classes } from './kinds/classes.js';
import { embedding } from './kinds/embedding.js';
import { score } from './kinds/score.js';

/** @import {Task} from '../lib/percept.js' */
/** @import {Drawing, Result} from './types.d.ts' */

/** @type {Record<Task['output']['kind'], Drawing<any>>} */
const DRAWINGS = { score, classes, embedding };

/** @param {Task} task @returns {Drawing} */
export const drawingOf = (task) => DRAWINGS[task.output.kind];

/**
 * What a picture has of these tasks.
 * @param {{scores: Record<string, Result> | null}} item @param {Task[]} tasks
 * @returns {[Task, Result][]}
 */
export function resultsOf({ scores }, tasks) {
  return tasks.flatMap((task) => (scores?.[task.id] ? [/** @type {[Task, Result]} */ ([task, scores[task.id]])] : []));
}
