/** A task's result as elements: a number is shown with its scale, its words, its error and the limit that it has to keep. */
import { element } from '../ui/element.js';
import { formatError, formatScore, formatShare, localize } from './words.js';

/** More classes than this say nothing at a glance. */
const MOST_CLASSES = 8;

/** @import {Task} from '../lib/percept.js' */
/** @import {ClassesTask, Reading, Renderer, Result, ScoreTask, Summary, Words} from './types.d.ts' */

/** @param {Task} task from the manifest @param {Result} result of scorer.score for it @param {Reading} reading */
export function resultElement(task, result, reading) {
  const limits = reading.limits.filter((each) => each.task === task);
  const broken = limits.some((each) => each.broken);
  const render = /** @type {(task: Task, result: Result, reading: Reading) => (HTMLElement | null)[]} */ (RENDERERS[task.output.kind]);
  return element('section', {
    className: broken ? 'result broken' : 'result', part: broken ? 'result broken' : 'result', 'data-task': task.id,
  }, ...render(task, result, { ...reading, limits }));
}

/** The result in a few words, for screen readers. @param {Task} task @param {Result} result @param {Reading} reading */
export function resultSummary(task, result, { words, language }) {
  const summarize = /** @type {(task: Task, result: Result, words: Words) => string} */ (SUMMARIES[task.output.kind]);
  return words.summary(localize(task.title, language), summarize(task, result, words));
}

/** @type {{score: Summary<ScoreTask>, classes: Summary<ClassesTask>, embedding: Summary<Task>}} */
const SUMMARIES = {
  score: ({ output }, { value }, words) => words.ofRange(formatScore(value, output.to), ...output.to),
  classes: (task, { label, probabilities }) => `${label}, ${formatShare(Math.max(...probabilities))}`,
  embedding: (task, { raw }, words) => words.numbers(raw.length),
};

/** @type {{score: Renderer<ScoreTask>, classes: Renderer<ClassesTask>, embedding: Renderer<Task>}} */
const RENDERERS = {
  score: scoreElements,
  classes: classesElements,
  embedding: (task, { raw }, { words, language }) => [
    heading(task, language, element('span', { className: 'value', part: 'value', textContent: words.numbers(raw.length) })),
  ],
};

/** @param {Task} task @param {string} language @param {...(HTMLElement | null)} figures */
function heading(task, language, ...figures) {
  return element('div', { className: 'head' },
    element('span', { className: 'title', part: 'label', textContent: localize(task.title, language) }), ...figures);
}

/** @type {Renderer<ScoreTask>} */
function scoreElements(task, { value, standardError }, { words, language, limits }) {
  const { to, bands } = task.output;
  const [low, high] = to;
  const share = (/** @type {number} */ number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const text = formatScore(value, to, limits.find(({ broken }) => broken)?.limit);
  const kept = limits.filter(({ broken }) => !broken); // of the others the message speaks
  const error = standardError ?? 0;
  const [from, until] = [share(value - error), share(value + error)].sort((a, b) => a - b);
  const meter = element('div', {
    className: 'meter',
    part: 'meter',
    role: 'meter',
    'aria-label': localize(task.title, language),
    'aria-valuemin': String(Math.min(low, high)),
    'aria-valuemax': String(Math.max(low, high)),
    'aria-valuenow': String(value),
    'aria-valuetext': words.ofRange(text, low, high),
    style: { '--share': share(value), '--from': from, '--until': until },
  },
  element('span', { className: 'fill', part: 'meter-fill' }),
  standardError === null ? null : element('span', { className: 'error' }),
  ...limits.map(({ limit }) => element('span', { className: 'limit', part: 'limit', style: { '--at': share(limit) } })));
  return [
    heading(task, language,
      standardError === null ? null : element('span', { className: 'spread', title: words.standardError, textContent: formatError(standardError, to) }),
      element('data', { className: 'value', part: 'value', value: String(value), textContent: text })),
    meter,
    element('div', { className: 'scale', 'aria-hidden': 'true' },
      element('span', { textContent: String(low) }),
      element('span', { className: 'band', textContent: bandOf(bands, value, language) }),
      element('span', { textContent: String(high) })),
    kept.length === 0 ? null : element('p', { className: 'asked', part: 'asked', textContent: kept.map(({ bound, limit }) => (bound === 'min' ? words.atLeast(limit) : words.atMost(limit))).join(' · ') }),
  ];
}

/**
 * The words for where a value lies, if the manifest has any.
 * @param {ScoreTask['output']['bands']} bands @param {number} value @param {string} language
 */
function bandOf(bands, value, language) {
  const band = bands?.find(({ upTo }) => upTo === undefined || value <= upTo);
  return band ? localize(band.label, language) : '';
}

/** @type {Renderer<ClassesTask>} */
function classesElements(task, { label, probabilities }, { language }) {
  const rows = task.output.labels
    .map((name, at) => ({ name, share: probabilities[at] }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_CLASSES)
    .map(({ name, share }) => element('li', { className: name === label ? 'first' : '', style: { '--share': share } },
      element('span', { className: 'name', textContent: name }),
      element('span', { className: 'bar', part: 'meter' }),
      element('span', { className: 'share', textContent: formatShare(share) })));
  return [
    heading(task, language, element('span', { className: 'value', part: 'value', textContent: label })),
    element('ol', { className: 'classes' }, ...rows),
  ];
}
