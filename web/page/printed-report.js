/** The report on paper: the verdict, the best and the worst, the ranking, the traits that were taught, and the model's card. Print styles show it and hide the page. */
import { formatError } from '../ui/formats.js';
import { html, nothing, render } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { answersNumber } from './answers.js';
import { arrange } from './arrange.js';
import { figuresTemplate } from './figures.js';
import { find } from './find.js';
import { currentLanguage, listed, localize, named, say, topicTitle, words } from './language.js';
import { unfamiliarTemplate } from './result.js';
import { toldTraitTemplate } from './trait-card.js';
import { isUnfamiliar } from './unfamiliar.js';

/** @import {Trait} from '../lib/percept.js' */
/** @import {Item, Line, Manifest, Result, ScoreTask, Session, Task, Text} from './types.d.ts' */
/** @typedef {Session & {manifest: Manifest, leading: Task | null, pilot: {task: Task, verdict: string, lines: Line[]} | null, trait: (id: string) => Trait | null}} Report trait: what a task is, if it was taught */
/** @typedef {{task: Task, isJudged: boolean}} Column */

/** Pictures of each end that are shown large. */
const ENDS = 4;
/** More columns of figures than these leave the names too little room beside headings that lie. */
const MOST_LYING = 5;
/** Longer rankings fill a stack of paper; CSV has all. */
const MOST_ROWS = 200;
/** So many letters fit on the card's page in letters of so many points, which can still be read; those of Japanese count twice. */
const MOST_LETTERS = 8000;
const SMALLEST = 6.5;
/** Letters that would fit into what a topic's last line and the space around it leave free, and a task's heading. */
const PER_TOPIC = 40, PER_TASK = 100;
/** What a card can do without on paper, the first first. */
const LESS_NEEDED = ['moves', 'bias', 'scale', 'source'];

/** @param {Report} report */
export function drawReport(report) {
  render(reportTemplate(report), find('report'));
}

/** Once its pictures can be printed. */
export async function whenDrawn() {
  await Promise.all(Array.from(find('report').querySelectorAll('img'), (image) => image.decode().catch(() => {})));
}

/** @param {Report} report */
function reportTemplate({ model, engine, manifest, tasks, items, judgement, leading, pilot, trait }) {
  const failed = items.filter(({ state }) => state === 'failed');
  const by = leading && answersNumber(leading) ? leading : tasks.find(answersNumber) ?? leading;
  const [{ items: ranked }] = arrange(items.filter(({ scores }) => scores), { sort: 'high', task: by, from: null, to: null, group: 'none', show: 'all' });
  const taught = tasks.flatMap(({ id }) => trait(id) ?? []);
  const date = new Date().toLocaleString(currentLanguage());
  return html`
    <article>
      <h1>${say('report.title')}</h1>
      <p>${say('report.when', { date, name: model.name, engine: `${engine.version}, ${engine.build}` })}</p>
      <p class="hash">SHA-256 ${model.sha256}</p>
      ${by && answersNumber(by) ? endsTemplate(by, ranked.filter(({ scores }) => scores?.[by.id])) : nothing}
      ${pilot && ranked.length > 0 ? html`
        <h2>${named(say('pilot.title'), localize(pilot.task.title))}</h2>
        <p class="verdict">${pilot.verdict}</p>
        ${figuresTemplate(pilot.lines)}` : nothing}
      <h2>${by ? say('report.ranking', { count: ranked.length, task: localize(by.title) }) : say('report.pictures', { count: ranked.length })}</h2>
      ${ranked.length > 0 ? rankingTemplate(ranked.slice(0, MOST_ROWS), { manifest, tasks, judgement }) : html`<p>${say('report.nothing')}</p>`}
      ${ranked.length > 0 ? html`<ul class="off">${tasks.filter(answersNumber).map((task) => html`<li>${offWords(task)}</li>`)}</ul>` : nothing}
      ${ranked.length > MOST_ROWS ? html`<p>${say('report.more', { count: ranked.length - MOST_ROWS })}</p>` : nothing}
      ${failed.length > 0 ? html`<p>${say('report.failed', { count: failed.length, names: listed(failed.map(({ name }) => name)) })}</p>` : nothing}
      ${taught.length > 0 ? html`
        <section class="paper-traits"><h2>${say('report.traits')}</h2>
          ${taught.map((each) => html`<h3>${localize(each.task.title)}</h3>${toldTraitTemplate(each, model.name)}`)}</section>` : nothing}
      ${cardTemplate(manifest, tasks.filter(({ id }) => !trait(id)))}
    </article>`;
}

/** The best and the worst. @param {Task} task @param {Item[]} ranked by it */
function endsTemplate(task, ranked) {
  const count = Math.min(ENDS, Math.floor(ranked.length / 2));
  if (count === 0) return nothing;
  /** @type {[string, Item[]][]} */
  const ends = [['report.best', ranked.slice(0, count)], ['report.worst', ranked.slice(-count)]];
  return ends.map(([key, items]) => html`
    <h2>${say(key, { task: localize(task.title) })}</h2>
    <ul class="ends">${items.map((item) => html`
      <li>${imageOf(item)}<p>${item.name}</p><p><strong>${figureOf(task, item.scores?.[task.id])}</strong> ${spreadOf(task, item.scores?.[task.id])}</p></li>`)}</ul>`);
}

/** @param {Item} item */
const imageOf = ({ thumbnail }) => (thumbnail ? html`<img src=${thumbnail} alt="" />` : nothing);

/** A picture that is unlike what the model learnt from has a mark, which a line below explains. @param {Item[]} ranked @param {Pick<Report, 'manifest' | 'tasks' | 'judgement'>} report */
function rankingTemplate(ranked, { manifest, tasks, judgement }) {
  const nameOf = (/** @type {Item} */ item) => (isUnfamiliar(item, manifest) ? `${item.path} ?` : item.path);
  const columns = tasks.map((task) => ({ task, isJudged: ranked.some((item) => judgement(task.id, item)) }));
  const head = [say('report.picture'), ...columns.flatMap(({ task, isJudged }) => [localize(task.title), ...(isJudged ? [say('report.judgement')] : [])])];
  return html`
    <table class=${head.length - 1 > MOST_LYING ? 'ranking dense' : 'ranking'}>
      <thead><tr>${head.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
      <tbody>${ranked.map((item, at) => html`
        <tr><th scope="row"><div class="entry"><span class="ranked">${at + 1}</span>${imageOf(item)}<span class="path">${nameOf(item)}</span></div></th>${cellsOf(item, columns, judgement).map((text) => html`<td>${text}</td>`)}</tr>`)}
      </tbody>
    </table>
    ${ranked.some((item) => isUnfamiliar(item, manifest)) ? html`<p>${say('report.unfamiliar', { words: say('score.unfamiliar') })}</p>` : nothing}`;
}

/** @param {Item} item that has scores @param {Column[]} columns @param {Session['judgement']} judgement */
function cellsOf(item, columns, judgement) {
  return columns.flatMap(({ task, isJudged }) => [
    figureOf(task, item.scores?.[task.id]), ...(isJudged ? [judgement(task.id, item)?.label ?? ''] : []),
  ]);
}

/** @param {Task} task @param {Result} [result] */
const figureOf = (task, result) => (result ? drawingOf(task).figure(task, result, words()) : '');

/** Where the truth may lie. @param {Task} task @param {Result} [result] */
const spreadOf = (task, result) => (result ? drawingOf(task).spread(task, result, words()) : '');

/** How far a task's scores may be off. @param {ScoreTask} task */
function offWords({ title, output: { interval, to } }) {
  const task = localize(title);
  if (!interval) return named(task, say('score.unknown'));
  const { below, above, coverage, pictures } = interval;
  return say('report.off', { task, below: formatError(below, to), above: formatError(above, to), percent: Math.round(100 * coverage), count: pictures });
}

/** What the model says of itself, on one page: letters as large as the text allows, and where it is too long without what is needed least. @param {Manifest} manifest @param {Task[]} tasks */
function cardTemplate(manifest, tasks) {
  const { name, license, about = {} } = manifest;
  const isTold = new Set([about, ...tasks.map((task) => task.about ?? {})].flatMap((each) => Object.keys(each)));
  const leftOut = LESS_NEEDED.filter((topic) => isTold.has(topic));
  let without = 0;
  const told = (/** @type {Record<string, Text> | undefined} */ topics = {}) => Object.entries(topics).filter(([topic]) => !leftOut.slice(0, without).includes(topic));
  const always = PER_TASK * tasks.length + lettersOfUnfamiliar(manifest);
  const letters = () => [about, ...tasks.map((task) => task.about)].flatMap((topics) => told(topics)).reduce((sum, [, text]) => sum + widthOf(localize(text)) + PER_TOPIC, always);
  while (letters() > MOST_LETTERS && without < leftOut.length) without += 1;
  const size = Math.min(8.5, Math.sqrt(MOST_LETTERS / Math.max(1, letters())) * SMALLEST);
  return html`
    <section class="paper-card" .style=${`--size: ${size.toFixed(2)}pt`}>
      <h2>${say('model.card')}</h2>
      <p>${`${name} · ${say('model.license', { license })}`}</p>
      <div class="paper-columns">
        ${topicsTemplate(told(about))}
        ${unfamiliarTemplate(manifest)}
        ${tasks.map((task) => html`<h3>${localize(task.title)}</h3>${topicsTemplate(told(task.about))}`)}
      </div>
      ${without > 0 ? html`<p>${say('report.leftOut', { topics: listed(leftOut.slice(0, without).map(topicTitle)) })}</p>` : nothing}
    </section>`;
}

/** What unfamiliarTemplate takes of the page. @param {Manifest} manifest */
function lettersOfUnfamiliar({ familiarity }) {
  if (!familiarity?.unfamiliar.length) return 0;
  const sentence = widthOf(say('model.unfamiliarWords', { threshold: familiarity.threshold }));
  return familiarity.unfamiliar.reduce((sum, { name }) => sum + widthOf(localize(name)) + PER_TOPIC, PER_TASK + sentence);
}

/** @param {string} text */
const widthOf = (text) => Array.from(text).reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1), 0);

/** @param {[string, Text][]} topics */
const topicsTemplate = (topics) => html`<dl>${topics.map(([topic, text]) => html`<div><dt>${topicTitle(topic)}</dt><dd>${localize(text)}</dd></div>`)}</dl>`;
