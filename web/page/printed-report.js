/** The report on paper: what was scored, the figures, and the model's card. Print styles show it and hide the page. */
import { html, nothing, render } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { figuresTemplate } from './figures.js';
import { find } from './find.js';
import { currentLanguage, localize, say, words } from './language.js';
import { topicsTemplate } from './result.js';

/** @import {Item, Line, Manifest, Result, Session, Task} from './types.d.ts' */
/** @typedef {Session & {manifest: Manifest, pilot: {task: Task, lines: Line[]}}} Report */
/** @typedef {{task: Task, isJudged: boolean}} Column */

/** @param {Report} report */
export function printReport(report) {
  render(reportTemplate(report), find('report'));
  print();
}

/** @param {Report} report */
function reportTemplate({ model, engine, manifest, tasks, items, judgement, pilot }) {
  const scored = items.filter(({ scores }) => scores);
  const failed = items.filter(({ state }) => state === 'failed');
  const columns = tasks.map((task) => ({ task, isJudged: scored.some((item) => judgement(task.id, item)) }));
  const head = [say('report.picture'), ...columns.flatMap(({ task, isJudged }) => [localize(task.title), ...(isJudged ? [say('report.judgement')] : [])])];
  const date = new Date().toLocaleString(currentLanguage());
  return html`
    <article>
      <h1>${say('report.title')}</h1>
      <p>${say('report.when', { date, name: model.name, engine: `${engine.version}, ${engine.build}` })}</p>
      <p class="hash">SHA-256 ${model.sha256}</p>
      <h2>${say('pilot.title')}</h2>
      <p>${localize(pilot.task.title)}</p>
      ${figuresTemplate(pilot.lines)}
      <h2>${say('report.pictures', { count: scored.length })}</h2>
      <table>
        <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${scored.map((item) => html`<tr><th scope="row">${item.path}</th>${cellsOf(item, columns, judgement).map((text) => html`<td>${text}</td>`)}</tr>`)}</tbody>
      </table>
      ${failed.length > 0 ? html`<p>${say('report.failed', { count: failed.length, names: failed.map(({ name }) => name).join(', ') })}</p>` : nothing}
      <h2>${say('model.card')}</h2>
      <p>${`${manifest.name} · ${say('model.license', { license: manifest.license })}`}</p>
      ${topicsTemplate(manifest.about)}
      ${tasks.map((task) => html`<h3>${localize(task.title)}</h3>${topicsTemplate(task.about)}`)}
    </article>`;
}

/** @param {Item} item that has scores @param {Column[]} columns @param {Session['judgement']} judgement */
function cellsOf(item, columns, judgement) {
  return columns.flatMap(({ task, isJudged }) => [
    figureOf(task, item.scores?.[task.id]), ...(isJudged ? [judgement(task.id, item)?.label ?? ''] : []),
  ]);
}

/** Its error stays in its line. @param {Task} task @param {Result} [result] */
function figureOf(task, result) {
  if (!result) return '';
  const { figure, spread } = drawingOf(task);
  return [figure(task, result, words()), ...spread(task, result).split(' ')].filter(Boolean).join('\u00a0');
}
