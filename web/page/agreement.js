/** How well the model and people agree: figures with intervals, the plot, bias by group, and the raters' own agreement. */
import { kindOf } from '../lib/kinds.js';
import { LEAST_FOR_INTERVAL, LEAST_LABELS, commonest, groupBy, mean, shareInterval, spearman } from '../lib/shared/statistics.js';
import { biasOfGroups, independentHits, independentRanks } from '../lib/teach/evidence.js';
import { TWICE, rankInterval } from '../lib/teach/intervals.js';
import { digitsFor, formatCorrelation, formatPercent, formatSigned } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { answersNumber } from './answers.js';
import { GROUPED_BY, GROUPINGS } from './arrange.js';
import { betweenRaters } from './between-raters.js';
import { groupName } from './group-name.js';
import { agreementOfRaters, sharedCount } from './labels.js';
import { learn, say, together } from './language.js';
import { LATE } from './late-strings.js';
import { scatterTemplate } from './scatter.js';
import { tableTemplate } from './table.js';
import { figureOf, figureWords, unknownWords } from './teach-meter.js';

learn(LATE);

/** @import {Interval, Pair, PanelParts, ScoreTask, Task} from './types.d.ts' */
/** @import {Judgements} from './judgements.js' */
/** @import {NearCopies} from './near-copies.js' */

/** @typedef {{figure: number | null, interval: Interval | null, chance: number}} Figures null where there is too little to say; chance: what guessing would have */

/**
 * What people and a task said of the same pictures.
 * @template {number | string} [Answer=any]
 * @typedef {object} Compared
 * @property {Pair<Answer>[]} pairs @property {number[]} clusters of each: those that are nearly the same share a number
 * @property {boolean} isTaught the judgements taught what they are compared with, each other pictures' fit
 */

/** @typedef {PanelParts & {copies: NearCopies}} AgreementParts */

/**
 * @typedef {object} Measure
 * @property {string} name of the figure @property {string} ceiling what is said of the raters' own agreement
 * @property {(compared: Compared) => Figures} figures
 * @property {(figure: number) => string} format
 */

/** By what a task answers. @type {Record<string, Measure>} */
const MEASURES = {
  number: {
    name: 'agreement.spearman',
    ceiling: 'agreement.ceilingScore',
    figures({ pairs, clusters, isTaught }) {
      const [model, people] = [pairs.map((pair) => pair.model), pairs.map((pair) => pair.people)];
      const figure = spearman(model, people);
      const isKnown = figure !== null && pairs.length >= LEAST_FOR_INTERVAL;
      return { figure, interval: isKnown ? rankInterval(figure, independentRanks(model, people, clusters), isTaught ? TWICE : undefined) : null, chance: 0 };
    },
    format: formatCorrelation,
  },
  label: {
    name: 'agreement.same',
    ceiling: 'agreement.ceilingClass',
    figures({ pairs, clusters, isTaught }) {
      if (pairs.length === 0) return { figure: null, interval: null, chance: 0 };
      const hits = pairs.map(({ model, people }) => Number(model === people));
      const [figure, independent] = [mean(hits), independentHits(hits, clusters) / (isTaught ? TWICE : 1)];
      return { figure, interval: shareInterval(figure * independent, independent), chance: commonest(pairs.map(({ people }) => people)).share };
    },
    format: formatPercent,
  },
};

/** @param {Task} task @param {AgreementParts} parts @returns {Compared} of the pictures that are shown */
export function comparedBy(task, { copies, judgements, pictures, traits }) {
  const pairs = judgements.pairs(task, pictures.shown, traits.unseen(task));
  return { pairs, clusters: copies.clustersOf(pairs.map(({ item }) => item)), isTaught: traits.isTaught(task) };
}

/** @param {Task} task @param {Compared} compared @returns {Figures} */
export const agreementOf = (task, compared) => measureOf(task).figures(compared);

/** @param {Task} task @param {number} figure */
export const agreementText = (task, figure) => measureOf(task).format(figure);

/** @param {Task} task that people can judge */
const measureOf = (task) => MEASURES[kindOf(task).answers];

/** "0.71, 95 % interval 0.52 to 0.84" @param {Task} task @param {Figures} figures */
export function agreementWords(task, { figure, interval }) {
  const { format } = measureOf(task);
  if (figure === null) return say('agreement.none');
  return interval
    ? say('agreement.figure', { value: format(figure), low: format(interval[0]), high: format(interval[1]) })
    : say('agreement.few', { value: format(figure), least: LEAST_FOR_INTERVAL });
}

/** What an agreement with a taught trait is of; '' for the model's own tasks. @param {Task} task @param {PanelParts['traits']} traits */
function learntWords(task, traits) {
  const trait = traits.get(task.id);
  if (!trait) return '';
  if (traits.isTaught(task)) return together(say('agreement.unseen'), answersNumber(task) ? say('agreement.unseenOrder') : '');
  const { evidence } = trait;
  const figure = figureOf(evidence);
  return say('agreement.fromFile', { count: evidence.pictures, words: figure ? figureWords(figure) : unknownWords(evidence) });
}

/** Scores that came with a file may be another model's. @param {Pair<unknown>[]} pairs */
function importedWords(pairs) {
  const count = pairs.filter(({ item }) => item.imported).length;
  return count === 0 ? '' : say('agreement.imported', { count });
}

/** Those that are nearly the same as others. @param {number[]} clusters @param {NearCopies} copies */
function copiesWords(clusters, copies) {
  if (copies.isLooking) return say('agreement.looking');
  const count = [...groupBy(clusters, (one) => one).values()].reduce((sum, own) => sum + (own.length > 1 ? own.length : 0), 0);
  return count === 0 ? '' : say('agreement.copies', { count });
}

/** What must be known beside an agreement. @param {Task} task @param {Compared} compared @param {AgreementParts} parts @returns {string[]} sentences */
export function cautionsOf(task, { pairs, clusters }, { copies, judgements, traits }) {
  if (pairs.length === 0) return [];
  const agreed = judgements.agreedCount(task.id);
  return [learntWords(task, traits), importedWords(pairs), copiesWords(clusters, copies), agreed > 0 ? say('agreement.agreedWarning', { count: agreed }) : ''].filter((words) => words !== '');
}

/** @param {Task} task @param {AgreementParts} parts */
export function agreementTemplate(task, parts) {
  const { judgements } = parts;
  const compared = comparedBy(task, parts);
  const { pairs } = compared;
  if (pairs.length === 0) return html`<p class="state">${say('agreement.start')}</p>`;
  return html`
    <div class="agreement">
      <dl class="figures">
        <dt>${say(measureOf(task).name)}</dt><dd>${agreementWords(task, agreementOf(task, compared))}</dd>
        <dt>${say('agreement.pictures')}</dt><dd>${say('agreement.count', { count: pairs.length })}</dd>
        <dt>${say('agreement.ceiling')}</dt><dd>${ceilingWords(task, judgements)}</dd>
      </dl>
      ${cautionsOf(task, compared, parts).map((words) => html`<p class="notice">${words}</p>`)}
      ${answersNumber(task) ? plotsTemplate(task, compared, judgements.raters(task.id).length) : nothing}
    </div>`;
}

/** How well people agree with one another. @param {Task} task @param {Judgements} judgements */
function ceilingWords(task, judgements) {
  const [labels, areNumbers] = [judgements.labels(task.id), answersNumber(task)];
  const shared = sharedCount(labels, areNumbers);
  if (shared < LEAST_LABELS) return say('agreement.noCeiling', { shared, least: LEAST_LABELS });
  const among = agreementOfRaters(labels, areNumbers);
  if (among === null) return say('agreement.none');
  const chance = areNumbers ? 0 : commonest(labels.map(({ label }) => label)).share;
  return say(measureOf(task).ceiling, { count: among.raters, shared, ...betweenRaters(among.value, { shared, chance, areNumbers }) });
}

/** @param {ScoreTask} task @param {Compared<number>} compared @param {number} raters */
function plotsTemplate(task, { pairs, clusters }, raters) {
  return html`
    <div class="plots">
      ${scatterTemplate(pairs.map(({ item, ...both }) => ({ ...both, name: item.name })), { range: task.output.to, raters })}
      <div>${GROUPED_BY.map((grouping) => biasTemplate(grouping, { pairs, clusters, raters, task }))}</div>
    </div>`;
}

/**
 * A table: how far the model lies above or below people in each group, the largest first.
 * @param {typeof GROUPED_BY[number]} grouping @param {{pairs: Pair<number>[], clusters: number[], raters: number, task: ScoreTask}} judged
 */
function biasTemplate(grouping, { pairs, clusters, raters, task }) {
  const signed = (/** @type {number} */ difference) => formatSigned(difference, digitsFor(task.output.to));
  const named = pairs.map(({ item, model, people }, picture) => (
    { group: groupName(grouping, GROUPINGS[grouping](item) ?? null), picture, clusters: [clusters[picture]], value: model - people }));
  const known = new Map(biasOfGroups(named).map((one) => [one.group, one]));
  const rows = [...groupBy(named, ({ group }) => group)].sort(([a, first], [b, second]) => second.length - first.length || (a < b ? -1 : 1)).map(([group, own]) => {
    const bias = known.get(group);
    return [group, String(own.length), signed(mean(own.map(({ value }) => value))), bias ? say('bias.range', { low: signed(bias.low), high: signed(bias.high) }) : say('bias.few')];
  });
  const head = [say(`group.by.${grouping}`), say('bias.pictures'), say('bias.difference'), say('bias.interval')];
  return tableTemplate(say('bias.title', { group: say(`group.by.${grouping}`), raters }), head, rows);
}
