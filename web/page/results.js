/** One task's result, with what the number means. */
import { element } from './element.js';
import { formatError, formatScore, localize, topicTitle, words } from './words.js';

const RENDERERS = { score: scoreElement, classes: classesElement, embedding: embeddingElement };
const SUMMARIES = {
  score: ({ output }, { value }) => words.ofRange(formatScore(value, output.to), ...output.to),
  classes: (task, { label, probabilities }) => `${label}, ${words.percent(Math.max(...probabilities))}`,
  embedding: (task, { raw }) => words.embedding(raw.length),
};

/** @param {object} task from the manifest @param {object} result of scorer.score for it */
export function resultElement(task, result) {
  return element('section', { className: 'result', 'data-task': task.id },
    ...RENDERERS[task.output.kind](task, result), aboutElement(task));
}

/** The result in a sentence, for screen readers. */
export function resultSummary(task, result) {
  return `${localize(task.title)} ${SUMMARIES[task.output.kind](task, result)}`;
}

function heading(task, ...figures) {
  return element('div', { className: 'result-head' }, element('h4', { textContent: localize(task.title) }), ...figures);
}

function scoreElement(task, { value, standardError }) {
  const { to, bands } = task.output;
  const [low, high] = to;
  const share = (number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  const error = standardError ?? 0;
  const figure = element('data', { className: 'value', value: String(value), textContent: formatScore(value, to) });
  const spread = standardError === null ? null : element('span', {
    className: 'spread', title: words.standardError, textContent: words.plusMinus(formatError(standardError, to)),
  });
  const [from, until] = [share(value - error), share(value + error)].sort((a, b) => a - b);
  const meter = element('div', {
    className: 'meter',
    role: 'meter',
    'aria-label': localize(task.title),
    'aria-valuemin': String(Math.min(low, high)),
    'aria-valuemax': String(Math.max(low, high)),
    'aria-valuenow': String(value),
    'aria-valuetext': SUMMARIES.score(task, { value }),
    style: { '--share': share(value), '--from': from, '--until': until },
  }, element('span', { className: 'fill' }), element('span', { className: 'error' }));
  const direction = task.about?.direction ? localize(task.about.direction) : '';
  const scale = element('div', { className: 'scale' },
    element('span', { textContent: String(low) }),
    element('span', { textContent: bandOf(bands, value) ?? direction }),
    element('span', { textContent: String(high) }));
  return [heading(task, spread, figure), meter, scale];
}

/** The words for where a value lies, if the manifest has any. */
function bandOf(bands, value) {
  const band = bands?.find(({ upTo }) => upTo === undefined || value <= upTo);
  return band && localize(band.label);
}

function classesElement(task, { label, probabilities }) {
  const rows = task.output.labels
    .map((name, at) => ({ name, share: probabilities[at] }))
    .sort((a, b) => b.share - a.share)
    .map(({ name, share }) => element('li', { className: name === label ? 'first' : '', style: { '--share': share } },
      element('span', { className: 'name', textContent: name }),
      element('span', { className: 'bar', 'aria-hidden': 'true' }),
      element('span', { className: 'share', textContent: words.percent(share) })));
  const figure = element('span', { className: 'value', textContent: label });
  return [heading(task, figure), element('ol', { className: 'classes' }, ...rows)];
}

function embeddingElement(task, { raw }) {
  return [heading(task, element('span', { className: 'value', textContent: words.embedding(raw.length) }))];
}

function aboutElement({ about }) {
  const topics = Object.entries(about ?? {});
  if (topics.length === 0) return null;
  return element('details', { className: 'about' },
    element('summary', { textContent: words.about }),
    element('dl', {}, ...topics.flatMap(([topic, text]) => [
      element('dt', { textContent: topicTitle(topic) }),
      element('dd', { textContent: localize(text) }),
    ])));
}
