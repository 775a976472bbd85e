/** Figures drawn over a picture, with a legend that says what the colours mean. */
import { element } from '../ui/element.js';
import { givesScore } from '../ui/kinds.js';
import { viewCells } from './view-map.js';
import { digitsFor, formatPercent, formatScore, formatSigned } from '../ui/formats.js';
import { say } from './language.js';

/** @import {Result, ScoreTask, Task} from './types.d.ts' */
/** @import {ExplainedCell} from '../lib/percept.js' */
/** @typedef {{left: number, top: number, right: number, bottom: number, text: string, strength: number, kind: string}} Cell */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * The score of each view; the weakest and the strongest set the colours.
 * @param {ScoreTask} task @param {Result} result @param {{width: number, height: number}} picture
 */
export function viewMapOverlay(task, result, picture) {
  const cells = viewCells(task, result, picture);
  const values = cells.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shown = cells.map((cell) => ({
    ...cell, text: formatScore(cell.value, task.output.to), strength: high > low ? (cell.value - low) / (high - low) : 1, kind: 'view',
  }));
  return {
    drawing: draw(shown, say('map.label')),
    legend: legend('views', formatScore(low, task.output.to), formatScore(high, task.output.to), say('map.legend')),
  };
}

/**
 * What hiding each cell does: raising parts in one colour, lowering ones in another.
 * @param {Task} task @param {{cells: ExplainedCell[]}} explanation
 */
export function explanationOverlay(task, { cells }) {
  const most = Math.max(...cells.map(({ effect }) => Math.abs(effect ?? 0)), Number.MIN_VALUE);
  const format = givesScore(task)
    ? (/** @type {number} */ value) => formatSigned(value, digitsFor(task.output.to) + 1)
    : (/** @type {number} */ value) => `${value < 0 ? '−' : '+'}${formatPercent(Math.abs(value))}`;
  const shown = cells.map((cell) => ({
    ...cell, text: cell.effect === null ? '' : format(cell.effect), strength: Math.abs(cell.effect ?? 0) / most, kind: kindOf(cell.effect),
  }));
  const strongest = cells.map(({ effect }) => effect ?? 0).reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best));
  return {
    drawing: draw(shown, say('explain.label')),
    legend: legend('effects', format(-most), format(most), say('explain.legend')),
    strongest: format(strongest),
  };
}

/** @param {number | null} effect */
function kindOf(effect) {
  if (effect === null) return 'unseen';
  return effect < 0 ? 'lowers' : 'raises';
}

/**
 * Rectangles in fractions of the picture; texts are placed where there is room for them.
 * @param {Cell[]} cells @param {string} label
 */
function draw(cells, label) {
  const drawing = svg('svg', { class: 'overlay', viewBox: '0 0 100 100', preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  for (const { left, top, right, bottom, strength, kind, text } of cells) {
    const cell = svg('rect', {
      class: kind, x: 100 * left, y: 100 * top, width: 100 * (right - left), height: 100 * (bottom - top),
    }, svg('title', {}, text));
    cell.style.setProperty('--strength', strength.toFixed(3));
    drawing.append(cell);
  }
  const texts = element('div', { className: 'overlay-texts', 'aria-hidden': 'true' }, ...cells.filter(({ right, left }) => right - left > 0.14).map(({ left, right, top, bottom, text }) => element('span', {
    textContent: text, style: { '--x': (left + right) / 2, '--y': (top + bottom) / 2 },
  })));
  const both = document.createDocumentFragment();
  both.append(drawing, texts);
  return both;
}

/** @param {string} kind @param {string} low @param {string} high @param {string} words */
function legend(kind, low, high, words) {
  return element('figcaption', { className: `legend ${kind}` },
    element('span', { textContent: low }), element('span', { className: 'ramp', 'aria-hidden': 'true' }), element('span', { textContent: high }),
    element('p', { textContent: words }));
}
