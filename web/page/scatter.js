/** A scatter plot of people's scores against the model's. */
import { svg } from './overlay.js';
import { say } from './language.js';

const SIZE = 320;
const EDGE = 36;

/**
 * @param {{model: number, people: number, name: string}[]} pairs
 * @param {[number, number]} range of the task
 * @returns {SVGElement}
 */
export function scatterElement(pairs, range) {
  const values = pairs.flatMap(({ model, people }) => [model, people]);
  const low = Math.min(...range, ...values);
  const high = Math.max(...range, ...values);
  const place = (/** @type {number} */ value) => EDGE + ((value - low) / (high - low)) * (SIZE - 2 * EDGE);
  const x = place;
  const y = (/** @type {number} */ value) => SIZE - place(value);
  /** @param {{x: number, y: number}} at @param {string} words @param {Record<string, string>} [more] */
  const text = (at, words, more = {}) => svg('text', { ...at, ...more }, words);
  return svg('svg', { class: 'scatter', viewBox: `0 0 ${SIZE} ${SIZE}`, role: 'img', 'aria-label': say('scatter.label', { count: pairs.length }) },
    svg('path', { class: 'axis', d: `M${EDGE} ${EDGE}V${SIZE - EDGE}H${SIZE - EDGE}` }),
    svg('path', { class: 'equal', d: `M${x(low)} ${y(low)}L${x(high)} ${y(high)}` }),
    ...pairs.map(({ model, people, name }) => svg('circle', { cx: x(people), cy: y(model), r: 4.5 }, svg('title', {}, `${name}: ${people} / ${model}`))),
    text({ x: EDGE, y: SIZE - EDGE + 16 }, String(low)),
    text({ x: SIZE - EDGE, y: SIZE - EDGE + 16 }, String(high), { 'text-anchor': 'end' }),
    text({ x: SIZE / 2, y: SIZE - 6 }, say('scatter.people'), { 'text-anchor': 'middle' }),
    text({ x: EDGE - 8, y: EDGE + 4 }, String(high), { 'text-anchor': 'end' }),
    text({ x: EDGE - 8, y: SIZE - EDGE }, String(low), { 'text-anchor': 'end' }),
    text({ x: 12, y: SIZE / 2 }, say('scatter.model'), { 'text-anchor': 'middle', transform: `rotate(-90 12 ${SIZE / 2})` }));
}
