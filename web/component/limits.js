/**
 * What a form asks of the scores, and what it gets. It asks by the attributes `min-TASK` and `max-TASK`, in units of the task's value. Attribute
 * names have no capitals, so a task is found by its id in lower case.
 */
import { PerceptError } from '../lib/errors.js';
import { kindOf } from '../lib/kinds.js';

/** @import {Task} from '../lib/percept.js' */
/** @import {Result} from '../ui/types.d.ts' */
/** @import {AppliedLimit, Limit} from './types.d.ts' */

const LIMIT = /^(min|max)-(.+)$/;

/**
 * The limits that an element's attributes state.
 * @param {Element} element
 * @returns {Limit[]}
 * @throws {PerceptError} 'bad-argument' for what is no number: nothing may pass such a limit
 */
export function limitsOf(element) {
  return element.getAttributeNames().filter((attribute) => LIMIT.test(attribute)).map((attribute) => {
    const [, bound, id] = /** @type {RegExpExecArray & {1: Limit['bound']}} */ (LIMIT.exec(attribute));
    const text = (element.getAttribute(attribute) ?? '').trim();
    if (text === '' || !Number.isFinite(Number(text))) {
      throw new PerceptError('bad-argument', `The attribute ${attribute} is not a number: '${text}'.`);
    }
    return { attribute, bound, id, limit: Number(text) };
  });
}

/**
 * The task that a limit is about.
 * @param {Limit} limit @param {Task[]} tasks @param {Record<string, unknown>} scores
 */
function taskOf({ attribute, id }, tasks, scores) {
  const task = tasks.find((each) => each.id.toLowerCase() === id && Object.hasOwn(scores, each.id));
  if (!task) {
    throw new PerceptError('unknown-task', `The attribute ${attribute} is about a task that is not scored. Scored are: ${Object.keys(scores).join(', ')}.`);
  }
  if (kindOf(task).answers !== 'number') {
    throw new PerceptError('bad-argument', `The attribute ${attribute} is about a task that gives no single number.`);
  }
  return task;
}

/**
 * The limits as they apply to scores, in the tasks' order.
 * @param {Limit[]} limits
 * @param {Task[]} tasks the model's
 * @param {Record<string, Result>} scores of scorer.score
 * @returns {AppliedLimit[]}
 * @throws {PerceptError} 'unknown-task' or 'bad-argument': a limit that cannot be checked must not pass for kept
 */
export function applyLimits(limits, tasks, scores) {
  const applied = limits.map((stated) => {
    const task = taskOf(stated, tasks, scores);
    const value = Number(kindOf(task).answer(scores[task.id]));
    const { bound, limit } = stated;
    return { task, bound, limit, broken: bound === 'min' ? !(value >= limit) : !(value <= limit) };
  });
  return applied.sort((a, b) => tasks.indexOf(a.task) - tasks.indexOf(b.task));
}

/**
 * The number of each task, or the label; tasks that give embeddings have neither.
 * @param {Task[]} tasks @param {Record<string, Result>} scores of these tasks
 * @returns {Record<string, number | string>}
 */
export function plainScores(tasks, scores) {
  return Object.fromEntries(tasks.flatMap((task) => {
    const answer = kindOf(task).answer(scores[task.id]);
    return answer === null ? [] : [[task.id, answer]];
  }));
}
