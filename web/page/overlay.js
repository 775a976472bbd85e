/** Figures drawn over a picture, with a legend that says what the colours mean. */
import { formatScore } from '../ui/formats.js';
import { html, nothing, svg } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { answersNumber } from './answers.js';
import { say } from './language.js';
import { strengthOf } from './strength.js';
import { viewCells } from './view-map.js';

/** @import {Result, ScoreTask, Task} from './types.d.ts' */
/** @import {ExplainedCell} from '../lib/percept.js' */
/** @typedef {{left: number, top: number, right: number, bottom: number, text: string, strength: number, kind: string}} Cell */

/** A cell that is narrower, in shares of the picture, has no room for its figure. */
const LEAST_FOR_TEXT = 0.14;

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
    drawing: cellsTemplate(shown, say('map.label')),
    legend: legendTemplate('views', formatScore(low, task.output.to), formatScore(high, task.output.to), say('map.legend')),
  };
}

/**
 * What hiding each cell does: raising parts in one colour, lowering ones in another, faint where it is no more than the error. Where all is, that is said, and no scale of colours.
 * @param {Task} task @param {{cells: ExplainedCell[]}} explanation @param {Result} result of the picture
 */
export function explanationOverlay(task, { cells }, result) {
  const { error, known } = errorOf(task, result);
  const most = Math.max(...cells.map(({ effect }) => Math.abs(effect ?? 0)));
  const isFaint = most <= error;
  const format = (/** @type {number} */ effect) => drawingOf(task).effect(task, effect);
  const shown = cells.map((cell) => ({
    ...cell, text: cell.effect === null ? '' : format(cell.effect), strength: strengthOf(Math.abs(cell.effect ?? 0), error, most), kind: directionOf(cell.effect),
  }));
  const strongest = cells.map(({ effect }) => effect ?? 0).reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best));
  return {
    drawing: cellsTemplate(shown, say('explain.label')),
    legend: isFaint ? nothing : legendTemplate('effects', format(-most), format(most), say('explain.legend')),
    strongest: format(strongest),
    isFaint,
    faint: say(`explain.${isFaint ? 'none' : 'faint'}${known}`, { error: format(error).slice(1) }),
  };
}

/** A share of a scale that is next to nothing. */
const LITTLE = 0.05;

/**
 * How far the score may be off, as the model's author measured it, or else what the views of this picture differ by; where neither is
 * known, a little of the scale.
 * @param {Task} task @param {Result} result @returns {{error: number, known: 'Interval' | '' | 'Unknown'}} known: by what
 */
function errorOf(task, { standardError }) {
  const interval = answersNumber(task) ? task.output.interval : undefined;
  if (interval) return { error: (interval.below + interval.above) / 2, known: 'Interval' };
  if (standardError) return { error: standardError, known: '' };
  return { error: answersNumber(task) ? LITTLE * Math.abs(task.output.to[1] - task.output.to[0]) : LITTLE, known: 'Unknown' };
}

/** @param {number | null} effect */
function directionOf(effect) {
  if (effect === null) return 'unseen';
  return effect < 0 ? 'lowers' : 'raises';
}

/**
 * Rectangles in shares of the picture; figures stand where there is room for them.
 * @param {Cell[]} cells @param {string} label
 */
function cellsTemplate(cells, label) {
  return html`
    <svg class="overlay" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=${label}>
      ${cells.map(({ left, top, right, bottom, strength, kind, text }) => svg`
        <rect class=${kind} x=${100 * left} y=${100 * top} width=${100 * (right - left)} height=${100 * (bottom - top)}
          .style=${`--strength: ${strength.toFixed(3)}`}><title>${text}</title></rect>`)}
    </svg>
    <div class="overlay-texts" aria-hidden="true">
      ${cells.filter(({ right, left }) => right - left > LEAST_FOR_TEXT).map(({ left, right, top, bottom, text }) => html`
        <span .style=${`--x: ${(left + right) / 2}; --y: ${(top + bottom) / 2}`}>${text}</span>`)}
    </div>`;
}

/** @param {string} kind @param {string} low @param {string} high @param {string} text */
function legendTemplate(kind, low, high, text) {
  return html`
    <figcaption class=${`legend ${kind}`}>
      <span>${low}</span><span class="ramp" aria-hidden="true"></span><span>${high}</span>
      <p>${text}</p>
    </figcaption>`;
}
