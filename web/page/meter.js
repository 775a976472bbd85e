/** A score as people read it: a bar over the task's range, with the standard error around its end. */
import { bandOf } from './arrange.js';
import { element } from './element.js';
import { formatError, formatPercent, formatScore, localize, say } from './words.js';

/** The result in a few words: "0.81 on a scale from 0 to 1, clean". */
export function summaryOf(task, result) {
  const { output } = task;
  if (output.kind === 'score') {
    const [low, high] = output.to;
    const band = bandOf(output.bands, result.value);
    const words = say('score.ofRange', { value: formatScore(result.value, output.to), low, high });
    return band ? `${words}, ${localize(band.label)}` : words;
  }
  if (output.kind === 'classes') return `${result.label}, ${formatPercent(Math.max(...result.probabilities))}`;
  return say('score.embedding', { count: result.raw.length });
}

/** What stands in the place of a figure. */
export function figureOf({ output }, result) {
  if (output.kind === 'score') return formatScore(result.value, output.to);
  return output.kind === 'classes' ? result.label : say('score.embedding', { count: result.raw.length });
}

/** @param {object} task of kind score */
export function meterElement(task, { value, standardError }) {
  const [low, high] = task.output.to;
  const share = (number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const error = standardError ?? 0;
  const [from, until] = [share(value - error), share(value + error)].sort((a, b) => a - b);
  return element('div', {
    className: 'meter',
    role: 'meter',
    'aria-label': localize(task.title),
    'aria-valuemin': String(Math.min(low, high)),
    'aria-valuemax': String(Math.max(low, high)),
    'aria-valuenow': String(value),
    'aria-valuetext': summaryOf(task, { value }),
    style: { '--share': share(value), '--from': from, '--until': until },
  }, element('span', { className: 'fill' }), standardError === null ? null : element('span', {
    className: 'error', title: say('score.error', { error: formatError(standardError, task.output.to) }),
  }));
}
