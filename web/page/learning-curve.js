/** How agreement grows with the number of judgements: a line with its interval. */
import { html, nothing, svg } from '../ui/html.js';
import { listed, named, say } from './language.js';
import { formatFigure } from './teach-meter.js';

/** @import {Evidence} from '../lib/percept.js' */

const WIDTH = 340;
const HEIGHT = 190;
const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;

/** @param {Evidence['curve']} curve by the labels that each fit saw, from few to many */
export function curveTemplate(curve) {
  if (curve.length < 2) return nothing;
  const { measure } = curve[0];
  const least = measure === 'spearman' ? Math.min(0, ...curve.map(({ low }) => low)) : 0;
  const [first, last] = [curve[0].labels, curve[curve.length - 1].labels];
  const x = (/** @type {number} */ labels) => LEFT + ((labels - first) / Math.max(1, last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => TOP + (1 - (value - least) / (1 - least)) * (HEIGHT - TOP - BOTTOM);
  const path = (/** @type {[number, number][]} */ points) => points.map(([labels, value], at) => `${at === 0 ? 'M' : 'L'}${x(labels).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const band = [...curve.map(({ labels, low }) => /** @type {[number, number]} */ ([labels, low])), ...curve.map(({ labels, high }) => /** @type {[number, number]} */ ([labels, high])).reverse()];
  const words = listed(curve.map(({ labels, value }) => say('curve.point', { labels, value: formatFigure(value, measure) })));
  return html`
    <figure class="curve">
      <figcaption>${say('curve.title')}</figcaption>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${named(say('curve.title'), words)}>
        <path class="axis" d=${`M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}`} />
        <path class="band" d=${`${path(band)}Z`} />
        <path class="line" d=${path(curve.map(({ labels, value }) => [labels, value]))} />
        ${curve.map(({ labels, value }) => svg`<circle cx=${x(labels)} cy=${y(value)} r="3.5"><title>${say('curve.point', { labels, value: formatFigure(value, measure) })}</title></circle>`)}
        <text x=${LEFT - 6} y=${TOP + 4} text-anchor="end">${formatFigure(1, measure)}</text>
        <text x=${LEFT - 6} y=${HEIGHT - BOTTOM} text-anchor="end">${formatFigure(least, measure)}</text>
        <text x=${LEFT} y=${HEIGHT - BOTTOM + 14}>${first}</text>
        <text x=${WIDTH - RIGHT} y=${HEIGHT - BOTTOM + 14} text-anchor="end">${last}</text>
        <text x=${(LEFT + WIDTH - RIGHT) / 2} y=${HEIGHT - 4} text-anchor="middle">${say('curve.labels')}</text>
      </svg>
    </figure>`;
}
