/** Tasks by what they give, and pictures' results with them. Pure. */

/** @import {ClassesTask, Item, Result, ScoreTask, Task} from '../page/types.d.ts' */

/** @type {(task: Task) => task is ScoreTask} */
export const givesScore = (task) => task.output.kind === 'score';

/** @type {(task: Task) => task is ClassesTask} */
export const givesClasses = (task) => task.output.kind === 'classes';

/** Those that people can judge. @param {Task[]} tasks */
export const judgeable = (tasks) => tasks.filter(({ output }) => output.kind !== 'embedding');

/**
 * What a picture has of these tasks.
 * @param {Pick<Item, 'scores'>} item @param {Task[]} tasks
 * @returns {[Task, Result][]}
 */
export function resultsOf({ scores }, tasks) {
  return tasks.flatMap((task) => (scores?.[task.id] ? [/** @type {[Task, Result]} */ ([task, scores[task.id]])] : []));
}
