/** A picture in the gallery: small, with its name and a line for each task. */
import { element } from '../ui/element.js';
import { givesScore, resultsOf } from '../ui/kinds.js';
import { figureOf, meterElement, summaryOf } from './meter.js';
import { renew } from '../ui/renew.js';
import { formatMegabytes, formatPercent } from '../ui/formats.js';
import { localize, say } from './language.js';

/** @import {Item, Result, Task} from './types.d.ts' */

/**
 * @typedef {object} TileContext
 * @property {Task[]} tasks those shown @property {boolean} picked for comparing
 * @property {(item: Item) => void} onOpen @property {(item: Item) => void} onPick
 * @property {(item: Item) => void} onRemove
 *
 * @param {Item} item of the store
 * @param {TileContext} context
 * @param {HTMLElement} [tile] the item's own of before, to be brought up to date
 */
export function tileElement(item, context, tile = element('li', { className: 'card', 'data-id': item.id })) {
  tile.ariaBusy = String(item.state === 'waiting');
  if (item.state === 'waiting') delete tile.dataset.state;
  else tile.dataset.state = item.state;
  renew(tile, () => partsOf(item, context));
  return tile;
}

/** @param {Item} item @param {TileContext} context */
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

/** @param {Item} item @param {Task[]} tasks */
function openLabel(item, tasks) {
  const results = resultsOf(item, tasks).map(([task, result]) => `${localize(task.title)}: ${summaryOf(task, result)}`);
  return [item.name, ...results, item.error?.message ?? ''].filter(Boolean).join('. ');
}

/**
 * Lazy, so that the browser fetches nothing for an element that is only compared with the one in its place.
 * @param {Item} item
 */
function pictureElement({ thumbnail }) {
  return thumbnail ? element('img', { loading: 'lazy', alt: '', decoding: 'async', src: thumbnail, draggable: false }) : null;
}

/** @param {Item} item */
export function factsOf({ sample, facts }) {
  return [
    sample ? say('tile.sample') : '',
    facts ? say('tile.pixels', { width: facts.width, height: facts.height }) : '',
    facts ? say('tile.milliseconds', { count: Math.round(facts.milliseconds) }) : '',
    facts?.decoder === 'browser' ? say('tile.browserDecoded') : '',
  ].filter(Boolean).join(' · ');
}

/** @param {Item} item @param {Task[]} tasks */
function bodyOf(item, tasks) {
  if (item.state === 'failed' && item.error) return [element('p', { className: 'problem', 'data-code': item.error.code, textContent: item.error.message })];
  if (item.state === 'cancelled') return [element('p', { className: 'state', textContent: say('tile.cancelled') })];
  const rows = resultsOf(item, tasks).map(([task, result]) => lineOf(task, result));
  return rows.length > 0 ? rows : [element('p', { className: item.progress ? 'state working' : 'state', textContent: progressWords(item, tasks) })];
}

/** @param {Task} task @param {Result} result */
function lineOf(task, result) {
  const isScore = givesScore(task);
  const value = isScore ? String(result.value) : figureOf(task, result);
  return element('div', { className: 'line', 'data-task': task.id },
    element('span', { className: 'title', textContent: localize(task.title) }),
    element('data', { value, textContent: figureOf(task, result) }),
    isScore ? meterElement(task, result) : shareElement(result));
}

/** The first class's share, as a bar. @param {Result} result */
function shareElement({ probabilities }) {
  if (!probabilities) return null;
  const share = Math.max(...probabilities);
  return element('div', { className: 'meter', title: formatPercent(share), style: { '--share': share } }, element('span', { className: 'fill' }));
}

/** What is being done for a picture that has no result yet. @param {Item} item @param {Task[]} tasks */
export function progressWords({ progress }, tasks) {
  if (progress === null) return say('progress.waiting');
  if (progress.phase === 'decoding') return say('progress.decoding');
  if ('done' in progress) {
    const { done, total } = progress;
    return total > 1 ? say('progress.computing', { done, total }) : say('progress.computingOne');
  }
  const known = tasks.find(({ id }) => id === progress.task);
  const sizes = { loaded: formatMegabytes(progress.loaded), total: formatMegabytes(progress.total) };
  return known ? say('progress.task', { title: localize(known.title), ...sizes }) : say('progress.model', sizes);
}
