/** What a task's result looks like to the caller: what its kind makes of the numbers, and the numbers. */
import { kindOf } from '../kinds.js';

/** @import {AnyResult, HeadResult, Task} from './types.d.ts' */

/** @param {Task['output']} output @param {HeadResult} outputs @returns {AnyResult} */
export function describeResult(output, { raw, result, views }) {
  return { ...kindOf({ output }).describe(output, result), raw, views };
}
