/** The report on paper: what was scored, the figures, and the model's card. Print styles show it and hide the page. */
import { element } from '../ui/element.js';
import { givesScore } from '../ui/kinds.js';
import { figureOf } from './meter.js';
import { topicsElement } from './results.js';
import { formatError } from '../ui/formats.js';
import { currentLanguage, localize, say } from './language.js';

/** @import {Item, Line, Manifest, Session, Task} from './types.d.ts' */
/** @typedef {Session & {manifest: Manifest, pilot: {task: Task, lines: Line[]}}} Report */
/** @typedef {{task: Task, isJudged: boolean}} Column */

/** @param {Report} report */
export function printReport(report) {
  document.getElementById('report')?.replaceChildren(reportElement(report));
  print();
}

/** @param {Report} report */
export function reportElement({ model, engine, manifest, tasks, items, judgement, pilot }) {
  const scored = items.filter(({ scores }) => scores);
  const failed = items.filter(({ state }) => state === 'failed');
  const columns = tasks.map((task) => ({ task, isJudged: scored.some(({ path }) => judgement(task.id, path)) }));
  const head = [say('report.picture'), ...columns.flatMap(({ task, isJudged }) => [localize(task.title), ...(isJudged ? [say('report.judgement')] : [])])];
  return element('article', {},
    element('h1', { textContent: say('report.title') }),
    element('p', { textContent: say('report.when', { date: new Date().toLocaleString(currentLanguage()), name: model.name, engine: `${engine.version}, ${engine.build}` }) }),
    element('p', { className: 'hash', textContent: `SHA-256 ${model.sha256}` }),
    element('h2', { textContent: say('pilot.title') }),
    element('p', { textContent: localize(pilot.task.title) }),
    element('dl', { className: 'figures' }, ...pilot.lines.flatMap(([name, words]) => [element('dt', { textContent: name }), element('dd', { textContent: words })])),
    element('h2', { textContent: say('report.pictures', { count: scored.length }) }),
    element('table', {}, element('thead', {}, element('tr', {}, ...head.map((textContent) => element('th', { scope: 'col', textContent })))), element('tbody', {}, ...scored.map((item) => rowOf(item, columns, judgement)))),
    failed.length > 0 ? element('p', { textContent: say('report.failed', { count: failed.length, names: failed.map(({ name }) => name).join(', ') }) }) : null,
    element('h2', { textContent: say('model.card') }),
    element('p', { textContent: `${manifest.name} · ${say('model.license', { license: manifest.license })}` }),
    topicsElement(manifest.about),
    ...tasks.flatMap((task) => [element('h3', { textContent: localize(task.title) }), topicsElement(task.about)]));
}

/** @param {Item} item that has scores @param {Column[]} columns @param {Session['judgement']} judgement */
function rowOf({ path, scores }, columns, judgement) {
  const cells = columns.flatMap(({ task, isJudged }) => {
    const result = scores?.[task.id];
    const error = !result || !givesScore(task) || result.standardError === null ? '' : `\u00a0±\u00a0${formatError(result.standardError, task.output.to)}`;
    return [result ? figureOf(task, result) + error : '', ...(isJudged ? [judgement(task.id, path)?.label ?? ''] : [])];
  });
  return element('tr', {}, element('th', { scope: 'row', textContent: path }), ...cells.map((textContent) => element('td', { textContent })));
}
