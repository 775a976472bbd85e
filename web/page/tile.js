/** A picture in the gallery: small, with its name and a line for each task. */
import { element } from './element.js';
import { figureOf, meterElement, summaryOf } from './meter.js';
import { renew } from './renew.js';
import { formatMegabytes, formatPercent, localize, say } from './words.js';

/**
 * @param {object} item of the store
 * @param {object} context
 * @param {object[]} context.tasks those shown @param {boolean} context.picked for comparing
 * @param {(item: object) => void} context.onOpen @param {(item: object) => void} context.onPick
 * @param {(item: object) => void} context.onRemove
 * @param {HTMLElement} [tile] the item's own of before, to be brought up to date
 */
export function tileElement(item, context, tile = element('li', { className: 'card', 'data-id': item.id })) {
  tile.ariaBusy = String(item.state === 'waiting');
  if (item.state === 'waiting') delete tile.dataset.state;
  else tile.dataset.state = item.state;
  renew(tile, () => partsOf(item, context));
  return tile;
}

function partsOf(item, { tasks, picked, onOpen, onPick, onRemove }) {
  return [
    element('button', { type: 'button', className: 'open', tabIndex: -1, 'aria-label': openLabel(item, tasks), onclick: () => onOpen(item) },
      element('span', { className: 'picture' }, pictureElement(item))),
    element('button', {
      type: 'button', className: 'pick', tabIndex: -1, 'aria-pressed': String(picked), 'aria-label': say('tile.pick', { name: item.name }),
      title: say('tile.pickShort'), onclick: () => onPick(item),
    }),
    element('button', {
      type: 'button', className: 'remove', tabIndex: -1, 'aria-label': say('tile.remove', { name: item.name }), textContent: '×', onclick: () => onRemove(item),
    }),
    element('div', { className: 'caption' },
      element('h3', { textContent: item.name, title: item.path }),
      element('p', { className: 'facts', textContent: factsOf(item) })),
    element('div', { className: 'body' }, ...bodyOf(item, tasks)),
  ];
}

function openLabel(item, tasks) {
  const results = tasks.filter(({ id }) => item.scores?.[id]).map((task) => `${localize(task.title)}: ${summaryOf(task, item.scores[task.id])}`);
  return [item.name, ...results, item.error?.message ?? ''].filter(Boolean).join('. ');
}

/** Lazy, so that the browser fetches nothing for an element that is only compared with the one in its place. */
function pictureElement({ thumbnail, sample, url }) {
  const address = thumbnail ?? (sample ? url : null);
  return address ? element('img', { loading: 'lazy', alt: '', decoding: 'async', src: address, draggable: false }) : null;
}

export function factsOf({ sample, facts }) {
  return [
    sample ? say('tile.sample') : '',
    facts ? say('tile.pixels', { width: facts.width, height: facts.height }) : '',
    facts ? say('tile.milliseconds', { count: Math.round(facts.milliseconds) }) : '',
    facts?.decoder === 'browser' ? say('tile.browserDecoded') : '',
  ].filter(Boolean).join(' · ');
}

function bodyOf(item, tasks) {
  if (item.state === 'failed') return [element('p', { className: 'problem', 'data-code': item.error.code, textContent: item.error.message })];
  if (item.state === 'cancelled') return [element('p', { className: 'state', textContent: say('tile.cancelled') })];
  const rows = tasks.filter(({ id }) => item.scores?.[id]).map((task) => lineOf(task, item.scores[task.id]));
  return rows.length > 0 ? rows : [element('p', { className: 'state', textContent: progressWords(item, tasks) })];
}

function lineOf(task, result) {
  const isScore = task.output.kind === 'score';
  const value = isScore ? String(result.value) : figureOf(task, result);
  return element('div', { className: 'line', 'data-task': task.id },
    element('span', { className: 'title', textContent: localize(task.title) }),
    element('data', { value, textContent: figureOf(task, result) }),
    isScore ? meterElement(task, result) : shareElement(result));
}

/** The first class's share, as a bar. */
function shareElement({ probabilities }) {
  if (!probabilities) return null;
  const share = Math.max(...probabilities);
  return element('div', { className: 'meter', title: formatPercent(share), style: { '--share': share } }, element('span', { className: 'fill' }));
}

/** What is being done for a picture that has no result yet. */
export function progressWords({ progress }, tasks) {
  if (progress === null) return say('progress.waiting');
  const { phase, done, loaded, total, task } = progress;
  if (phase === 'decoding') return say('progress.decoding');
  if (phase === 'computing') return total > 1 ? say('progress.computing', { done, total }) : say('progress.computingOne');
  const known = tasks.find(({ id }) => id === task);
  const sizes = { loaded: formatMegabytes(loaded ?? 0), total: formatMegabytes(total ?? 0) };
  return known ? say('progress.task', { title: localize(known.title), ...sizes }) : say('progress.model', sizes);
}
