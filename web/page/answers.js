/** Tasks by what they answer: a number or a label, which people can judge, or a vector, which nobody can. Pure. */
import { kindOf } from '../lib/kinds.js';

/** @import {ScoreTask, Task} from './types.d.ts' */

/** @type {(task: Task) => task is ScoreTask} */
export const answersNumber = (task) => kindOf(task).answers === 'number';

/** Those that people can judge. @param {Task[]} tasks */
export const judgeable = (tasks) => tasks.filter((task) => kindOf(task).answers !== 'vector');
