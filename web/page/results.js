/** One task's result in full: bar, range, direction, words, error, standing, or the whole distribution. */
import { bandOf } from './arrange.js';
import { element } from '../ui/element.js';
import { givesClasses, givesScore } from '../ui/kinds.js';
import { figureOf, meterElement } from './meter.js';
import { standing } from './statistics.js';
import { formatError, formatPercent } from '../ui/formats.js';
import { localize, say, topicTitle } from './language.js';

/** @import {ClassesTask, Item, Result, ScoreTask, Task, Text} from './types.d.ts' */

/**
 * @param {Task} task from the manifest
 * @param {Result} result of scorer.score for it
 * @param {Item[]} items all pictures, among which it stands
 */
export function resultElement(task, result, items) {
  return element('section', { className: 'result', 'data-task': task.id },
    heading(task, result), ...bodyOf(task, result, items), aboutElement(task));
}

/** @param {Task} task @param {Result} result */
function heading(task, result) {
  const value = givesScore(task) ? String(result.value) : figureOf(task, result);
  const spread = !givesScore(task) || result.standardError === null ? null : element('span', {
    className: 'spread', title: say('score.errorMeans'), textContent: `± ${formatError(result.standardError, task.output.to)}`,
  });
  return element('div', { className: 'result-head' },
    element('h3', { textContent: localize(task.title) }), spread,
    element('data', { className: 'value', value, textContent: figureOf(task, result) }));
}

/** @param {Task} task @param {Result} result @param {Item[]} items */
function bodyOf(task, result, items) {
  if (givesScore(task)) return scoreBody(task, result, items);
  return givesClasses(task) ? [classesElement(task, result)] : [];
}

/** @param {ScoreTask} task @param {Result} result @param {Item[]} items */
function scoreBody(task, result, items) {
  const [low, high] = task.output.to;
  const band = bandOf(task.output.bands, result.value);
  const direction = task.about?.direction ? localize(task.about.direction) : '';
  const notes = [
    direction,
    result.standardError === null ? '' : say('score.error', { error: formatError(result.standardError, task.output.to) }),
    standingWords(task, result, items),
  ].filter(Boolean);
  return [
    meterElement(task, result),
    element('div', { className: 'scale' },
      element('span', { textContent: String(low) }),
      element('strong', { textContent: band ? localize(band.label) : '' }),
      element('span', { textContent: String(high) })),
    element('p', { className: 'notes', textContent: notes.join(' · ') }),
  ];
}

/** Among all that were scored: "3rd highest of 12". @param {ScoreTask} task @param {Result} result @param {Item[]} items */
function standingWords(task, { value }, items) {
  const values = items.flatMap((item) => item.scores?.[task.id]?.value ?? []).sort((a, b) => a - b);
  return values.length < 2 ? '' : say('score.standing', { rank: standing(values, value), count: values.length });
}

/** Every class, the most probable first. @param {ClassesTask} task @param {Result} result */
function classesElement(task, { label, probabilities }) {
  const rows = task.output.labels
    .map((name, at) => ({ name, share: probabilities[at] }))
    .sort((a, b) => b.share - a.share)
    .map(({ name, share }) => element('li', { className: name === label ? 'first' : '', style: { '--share': share } },
      element('span', { className: 'name', textContent: name }),
      element('span', { className: 'bar', 'aria-hidden': 'true' }),
      element('span', { className: 'share', textContent: formatPercent(share) })));
  return element('ol', { className: 'classes' }, ...rows);
}

/** What the model says of itself, by topic. @param {Record<string, Text>} [about] */
export function topicsElement(about) {
  return element('dl', { className: 'topics' }, ...Object.entries(about ?? {}).flatMap(([topic, text]) => [
    element('dt', { textContent: topicTitle(topic) }),
    element('dd', { textContent: localize(text) }),
  ]));
}

/** @param {Task} task */
function aboutElement({ about }) {
  if (Object.keys(about ?? {}).length === 0) return null;
  return element('details', { className: 'about' }, element('summary', { textContent: say('score.about') }), topicsElement(about));
}
