/**
 * What a form asks of the scores: the attributes `min-TASK` and `max-TASK`, in units of the task's value. Attribute
 * names have no capitals, so a task is found by its id in lower case.
 */
import { PerceptError } from '../errors.js';

const LIMIT = /^(min|max)-(.+)$/;

/**
 * The limits that an element's attributes state.
 * @param {Element} element
 * @returns {{attribute: string, bound: 'min' | 'max', id: string, limit: number}[]}
 * @throws {PerceptError} 'bad-argument' for what is no number: nothing may pass such a limit
 */
export function limitsOf(element) {
  const stated = element.getAttributeNames().map((attribute) => [attribute, ...(LIMIT.exec(attribute) ?? [])]);
  return stated.filter(([, found]) => found).map(([attribute, , bound, id]) => {
    const text = element.getAttribute(attribute).trim();
    if (text === '' || !Number.isFinite(Number(text))) {
      throw new PerceptError('bad-argument', `The attribute ${attribute} is not a number: '${text}'.`);
    }
    return { attribute, bound, id, limit: Number(text) };
  });
}

/** The task that a limit is about. */
function taskOf({ attribute, id }, tasks, scores) {
  const task = tasks.find((each) => each.id.toLowerCase() === id && Object.hasOwn(scores, each.id));
  if (!task) {
    throw new PerceptError('unknown-task', `The attribute ${attribute} is about a task that is not scored. Scored are: ${Object.keys(scores).join(', ')}.`);
  }
  if (task.output.kind !== 'score') {
    throw new PerceptError('bad-argument', `The attribute ${attribute} is about a task that gives no single number.`);
  }
  return task;
}

/**
 * The limits as they apply to scores, in the tasks' order.
 * @param {ReturnType<typeof limitsOf>} limits
 * @param {import('../percept.js').Task[]} tasks the model's
 * @param {Record<string, any>} scores of scorer.score
 * @returns {{task: import('../percept.js').Task, range: [number, number], bound: 'min' | 'max', limit: number, broken: boolean}[]}
 * @throws {PerceptError} 'unknown-task' or 'bad-argument': a limit that cannot be checked must not pass for kept
 */
export function applyLimits(limits, tasks, scores) {
  const applied = limits.map((stated) => {
    const task = taskOf(stated, tasks, scores);
    const { value } = scores[task.id];
    const { bound, limit } = stated;
    return { task, range: task.output.to, bound, limit, broken: bound === 'min' ? !(value >= limit) : !(value <= limit) };
  });
  return applied.sort((a, b) => tasks.indexOf(a.task) - tasks.indexOf(b.task));
}
