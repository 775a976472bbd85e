/** A scatter plot of people's scores against the model's. */
import { formatScore } from '../ui/formats.js';
import { html, svg } from '../ui/html.js';
import { named, say } from './language.js';

const SIZE = 320;
const EDGE = 36;

/**
 * @param {{model: number, people: number, name: string}[]} pairs
 * @param {{range: [number, number], raters: number}} of the task's range, and how many judged
 */
export function scatterTemplate(pairs, { range, raters }) {
  const values = pairs.flatMap(({ model, people }) => [model, people]);
  const low = Math.min(...range, ...values);
  const high = Math.max(...range, ...values);
  const place = (/** @type {number} */ value) => EDGE + ((value - low) / (high - low)) * (SIZE - 2 * EDGE);
  const figure = (/** @type {number} */ value) => String(Number(formatScore(value, [low, high])));
  const x = place;
  const y = (/** @type {number} */ value) => SIZE - place(value);
  return html`
    <svg class="scatter" viewBox=${`0 0 ${SIZE} ${SIZE}`} role="img" aria-label=${say('scatter.label', { count: pairs.length, raters })}>
      <path class="axis" d=${`M${EDGE} ${EDGE}V${SIZE - EDGE}H${SIZE - EDGE}`} />
      <path class="equal" d=${`M${x(low)} ${y(low)}L${x(high)} ${y(high)}`} />
      ${pairs.map(({ model, people, name }) => svg`<circle cx=${x(people)} cy=${y(model)} r="4.5"><title>${named(name, `${figure(people)} / ${figure(model)}`)}</title></circle>`)}
      <text x=${EDGE} y=${SIZE - EDGE + 16}>${figure(low)}</text>
      <text x=${SIZE - EDGE} y=${SIZE - EDGE + 16} text-anchor="end">${figure(high)}</text>
      <text x=${SIZE / 2} y=${SIZE - 6} text-anchor="middle">${say('scatter.people', { raters })}</text>
      <text x=${EDGE - 8} y=${EDGE + 4} text-anchor="end">${figure(high)}</text>
      <text x=${EDGE - 8} y=${SIZE - EDGE} text-anchor="end">${figure(low)}</text>
      <text x="12" y=${SIZE / 2} text-anchor="middle" transform=${`rotate(-90 12 ${SIZE / 2})`}>${say('scatter.model')}</text>
    </svg>`;
}
