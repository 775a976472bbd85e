/** A score as people read it: a bar over the task's range, with the standard error around its end. */
import { bandOf } from './arrange.js';
import { element } from '../ui/element.js';
import { givesClasses, givesScore } from '../ui/kinds.js';
import { formatError, formatPercent, formatScore } from '../ui/formats.js';
import { localize, say } from './language.js';

/** @import {Result, ScoreTask, Task} from './types.d.ts' */

/** The result in a few words: "0.81 on a scale from 0 to 1, clean". @param {Task} task @param {Result} result */
export function summaryOf(task, result) {
  if (givesScore(task)) return scoreSummary(task, result.value);
  if (givesClasses(task)) return `${result.label}, ${formatPercent(Math.max(...result.probabilities))}`;
  return say('score.embedding', { count: result.raw.length });
}

/** @param {ScoreTask} task @param {number} value */
function scoreSummary({ output: { to, bands } }, value) {
  const [low, high] = to;
  const band = bandOf(bands, value);
  const words = say('score.ofRange', { value: formatScore(value, to), low, high });
  return band ? `${words}, ${localize(band.label)}` : words;
}

/** What stands in the place of a figure. @param {Task} task @param {Result} result */
export function figureOf(task, result) {
  if (givesScore(task)) return formatScore(result.value, task.output.to);
  return givesClasses(task) ? result.label : say('score.embedding', { count: result.raw.length });
}

/** @param {ScoreTask} task @param {{value: number, standardError: number | null}} result */
export function meterElement(task, { value, standardError }) {
  const [low, high] = task.output.to;
  const share = (/** @type {number} */ number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const error = standardError ?? 0;
  const [from, until] = [share(value - error), share(value + error)].sort((a, b) => a - b);
  return element('div', {
    className: 'meter',
    role: 'meter',
    'aria-label': localize(task.title),
    'aria-valuemin': String(Math.min(low, high)),
    'aria-valuemax': String(Math.max(low, high)),
    'aria-valuenow': String(value),
    'aria-valuetext': scoreSummary(task, value),
    style: { '--share': share(value), '--from': from, '--until': until },
  }, element('span', { className: 'fill' }), standardError === null ? null : element('span', {
    className: 'error', title: say('score.error', { error: formatError(standardError, task.output.to) }),
  }));
}
