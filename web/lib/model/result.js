/** What a task's result looks like to the caller: what its kind makes of the output rule's numbers, and all that they came from. */
import { kindOf } from '../kinds.js';

/** @import {AnyResult, HeadResult, Task} from './types.d.ts' */

/** @param {Pick<Task, 'output'>} task @param {HeadResult} outputs @returns {AnyResult} */
export function describeResult({ output }, { raw, result, views }) {
  return { ...kindOf({ output }).describe(output, result), raw, views };
}
