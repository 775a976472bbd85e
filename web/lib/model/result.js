/** What a task's result looks like to the caller, by the kind of its output. */

/** @import {AnyResult, HeadResult, Task} from './types.d.ts' */

/** @param {Task['output']} output @param {HeadResult} outputs @returns {AnyResult} */
export function describeResult(output, { raw, result, views }) {
  if (output.kind === 'score') {
    const [value, standardError] = result;
    return { value, raw, standardError: Number.isNaN(standardError) ? null : standardError, views };
  }
  if (output.kind === 'classes') {
    return { label: output.labels[result.indexOf(Math.max(...result))], probabilities: result, raw, views };
  }
  return { raw, views };
}
