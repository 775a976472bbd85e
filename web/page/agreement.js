/** How well the model and people agree: figures with intervals, the plot, bias by group, and the raters' own agreement. */
import { GROUPINGS } from './arrange.js';
import { element } from '../ui/element.js';
import { groupName } from './gallery.js';
import { givesScore } from '../ui/kinds.js';
import { agreementOfRaters } from './labels.js';
import { scatterElement } from './scatter.js';
import { LEAST_FOR_INTERVAL, biasByGroup, bootstrapInterval, shareInterval, spearman } from './statistics.js';
import { digitsFor, formatPercent, formatSigned } from '../ui/formats.js';
import { say } from './language.js';

/** @import {Interval, Item, Pair, ScoreTask, Task} from './types.d.ts' */

/** @param {Pair<number>[]} rows */
const spearmanOf = (rows) => spearman(rows.map(({ model }) => model), rows.map(({ people }) => people));

/** @typedef {{figure: number | null, interval: Interval | null}} Figures */

/**
 * @param {Pair[]} pairs @param {boolean} isScore
 * @returns {Figures} Spearman's correlation for scores, the share of
 *   equal answers for classes
 */
export function agreementFigures(pairs, isScore) {
  if (isScore) {
    const numbers = /** @type {Pair<number>[]} */ (pairs);
    return { figure: spearmanOf(numbers), interval: bootstrapInterval(numbers, spearmanOf) };
  }
  const hits = pairs.filter(({ model, people }) => model === people).length;
  return { figure: pairs.length > 0 ? hits / pairs.length : null, interval: shareInterval(hits, pairs.length) };
}

/** "0.71, 95 % interval 0.52 to 0.84" @param {Figures} figures @param {boolean} isScore */
export function agreementWords({ figure, interval }, isScore) {
  if (figure === null) return say('agreement.none');
  const format = isScore ? (/** @type {number} */ value) => value.toFixed(2) : formatPercent;
  return interval
    ? say('agreement.figure', { value: format(figure), low: format(interval[0]), high: format(interval[1]) })
    : say('agreement.few', { value: format(figure), least: LEAST_FOR_INTERVAL });
}

/**
 * @param {Task} task
 * @param {import('./judgements.js').Judgements} judgements
 * @param {Item[]} items
 */
export function agreementElement(task, judgements, items) {
  const isScore = givesScore(task);
  const pairs = judgements.pairs(task, items);
  if (pairs.length === 0) return element('p', { className: 'state', textContent: say('agreement.start') });
  const ceiling = agreementOfRaters(judgements.labels(task.id), isScore);
  const agreed = judgements.agreedCount(task.id);
  const numbers = /** @type {Pair<number>[]} */ (pairs); // where they are scores
  const figures = [
    [say(isScore ? 'agreement.spearman' : 'agreement.same'), agreementWords(agreementFigures(pairs, isScore), isScore)],
    [say('agreement.pictures'), say('agreement.count', { count: pairs.length })],
    [say('agreement.ceiling'), ceiling === null ? say('agreement.noCeiling') : say(isScore ? 'agreement.ceilingScore' : 'agreement.ceilingClass', { value: isScore ? ceiling.value.toFixed(2) : formatPercent(ceiling.value), count: ceiling.raters })],
  ];
  return element('div', { className: 'agreement' },
    element('dl', { className: 'figures' }, ...figures.flatMap(([name, words]) => [element('dt', { textContent: name }), element('dd', { textContent: words })])),
    agreed > 0 ? element('p', { className: 'notice', textContent: say('agreement.agreedWarning', { count: agreed }) }) : null,
    isScore ? element('div', { className: 'plots' },
      scatterElement(numbers.map(({ item, ...both }) => ({ ...both, name: item.name })), task.output.to),
      element('div', {}, ...GROUPED_BY.map((grouping) => biasElement(grouping, numbers, task)))) : null);
}

const GROUPED_BY = /** @type {const} */ (['folder', 'orientation', 'brightness']);

/**
 * A table: how far the model lies above or below people in each group.
 * @param {typeof GROUPED_BY[number]} grouping @param {Pair<number>[]} pairs @param {ScoreTask} task
 */
function biasElement(grouping, pairs, task) {
  const digits = digitsFor(task.output.to);
  const named = pairs.map(({ item, model, people }) => ({ model, people, group: groupName(grouping, GROUPINGS[grouping](item) ?? null) }));
  const head = element('tr', {}, ...[say(`group.by.${grouping}`), say('bias.pictures'), say('bias.difference'), say('bias.interval')].map((textContent) => element('th', { scope: 'col', textContent })));
  const rows = biasByGroup(named).map(({ group, count, difference, interval }) => element('tr', {},
    element('th', { scope: 'row', textContent: group }),
    element('td', { textContent: String(count) }),
    element('td', { textContent: formatSigned(difference, digits) }),
    element('td', { textContent: interval ? say('bias.range', { low: formatSigned(interval[0], digits), high: formatSigned(interval[1], digits) }) : say('bias.few') })));
  return element('div', { className: 'table' }, element('table', {}, element('caption', { textContent: say('bias.title', { group: say(`group.by.${grouping}`) }) }), element('thead', {}, head), element('tbody', {}, ...rows)));
}
