/**
 * The report as a picture, a row for each way of storing the model: weights' signal-to-noise by layer on the left, each
 * picture's cosine in the middle, what moved each task's value on the right.
 */
import { megabytes } from './progress.mjs';

const PANEL_WIDTH = 480;
const WIDTH = 3 * PANEL_WIDTH;
const HEIGHT = 380;
const TITLE_HEIGHT = 44;
const MARGIN = { left: 64, right: 20, top: 64, bottom: 48 };
const LINE = 22;

/** Okabe and Ito's colours, which people with colour vision deficiencies tell apart. */
const SERIES = {
  'attention.qkv': '#0072b2', 'attention.out': '#009e73', 'mlp.fc1': '#d55e00', 'mlp.fc2': '#cc79a7',
};

function escapeText(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Round numbers that span the values: the ends and the steps of an axis. */
function axis(values, roundTo) {
  const low = Math.floor(Math.min(...values) / roundTo) * roundTo;
  const high = Math.max(low + roundTo, Math.ceil(Math.max(...values) / roundTo) * roundTo);
  return { low, high, ticks: [0, 1, 2, 3, 4].map((step) => low + ((high - low) * step) / 4) };
}

/** Maps values of a panel to pixels. */
class Panel {
  constructor(index, count, range) {
    this.x0 = index * PANEL_WIDTH + MARGIN.left;
    this.width = PANEL_WIDTH - MARGIN.left - MARGIN.right;
    this.count = count;
    this.range = range;
  }

  x(index) {
    return (this.x0 + ((index + 0.5) * this.width) / this.count).toFixed(1);
  }

  y(value) {
    const { low, high } = this.range;
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return (HEIGHT - MARGIN.bottom - (height * (value - low)) / (high - low)).toFixed(1);
  }

  frame(title, unit, digits) {
    const lines = this.range.ticks.map((tick) => {
      const y = this.y(tick);
      return `<line x1="${this.x0}" x2="${this.x0 + this.width}" y1="${y}" y2="${y}" stroke="#ddd"/>`
        + `<text x="${this.x0 - 6}" y="${y}" text-anchor="end" dominant-baseline="middle">${tick.toFixed(digits)}</text>`;
    });
    return `<text x="${this.x0}" y="24" font-weight="bold">${escapeText(title)}</text>${lines.join('')}`
      + `<text x="${this.x0 + this.width / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escapeText(unit)}</text>`;
  }
}

function readLayers(noise) {
  const series = Object.fromEntries(Object.keys(SERIES).map((kind) => [kind, []]));
  for (const [name, decibels] of Object.entries(noise)) {
    const [, layer, kind] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (kind in series) series[kind][layer] = decibels;
  }
  return series;
}

function noisePanel(noise) {
  const series = readLayers(noise);
  const count = Math.max(...Object.values(series).map((values) => values.length));
  const panel = new Panel(0, count, axis(Object.values(series).flat(), 2));
  const drawn = Object.entries(series).map(([kind, values], index) => {
    const points = values.map((value, layer) => `${panel.x(layer)},${panel.y(value)}`).join(' ');
    const legend = panel.x0 + index * 96;
    return `<polyline points="${points}" fill="none" stroke="${SERIES[kind]}" stroke-width="2"/>`
      + `<text x="${legend}" y="46" fill="${SERIES[kind]}">${kind}</text>`;
  });
  return panel.frame('Weights: signal to noise, dB', `layers 0 to ${count - 1}`, 1) + drawn.join('');
}

function cosinePanel({ cosines, lowest_cosine: lowest, mean_cosine: mean }) {
  const panel = new Panel(1, cosines.length, axis([...cosines, 1], 0.0005));
  const dots = cosines.map((value, index) => `<circle cx="${panel.x(index)}" cy="${panel.y(value)}" r="4" fill="#0072b2"/>`);
  const text = `lowest ${lowest.toFixed(5)}, mean ${mean.toFixed(5)}`;
  return panel.frame('Embeddings: cosine to float32', `${cosines.length} pictures`, 5) + dots.join('')
    + `<text x="${panel.x0}" y="46">${text}</text>`;
}

/** The table of tasks: a line for each with its numbers. */
function taskLines(tasks) {
  const x = 2 * PANEL_WIDTH + MARGIN.left;
  const line = (text, index, weight = 'normal') => (
    `<text x="${x}" y="${MARGIN.top + index * LINE}" font-weight="${weight}">${escapeText(text)}</text>`);
  const lines = Object.entries(tasks).flatMap(([id, numbers]) => [
    [id, 'bold'], ...Object.entries(numbers).map(([word, value]) => [`${word.replace('_', ' ')} ${value}`, 'normal'])]);
  return `<text x="${x}" y="24" font-weight="bold">Tasks: shifts from float32</text>`
    + lines.map(([text, weight], index) => line(text, index, weight)).join('');
}

function tasksHeight({ tasks } = { tasks: {} }) {
  const count = Object.values(tasks).reduce((sum, numbers) => sum + 1 + Object.keys(numbers).length, 0);
  return MARGIN.top + count * LINE;
}

/**
 * @param {string} name the model's
 * @param {string} storage its outtype
 * @param {object} report the manifest's
 * @returns {string} an SVG document
 */
export function drawReport(name, storage, report) {
  const ways = Object.entries({ [storage]: report, ...report.compared });
  let top = 0;
  const rows = ways.map(([outtype, { stored_bytes: bytes, weight_snr_db: noise, pictures }]) => {
    const height = Math.max(HEIGHT, tasksHeight(pictures));
    const title = bytes === undefined ? outtype : `${outtype}, ${megabytes(bytes)}`;
    const row = `<g transform="translate(0 ${top})"><text x="${MARGIN.left}" y="28" font-size="18" font-weight="bold">${escapeText(title)}</text>`
      + `<g transform="translate(0 ${TITLE_HEIGHT})">${noise ? noisePanel(noise) : ''}`
      + `${pictures ? cosinePanel(pictures) + taskLines(pictures.tasks) : ''}</g></g>`;
    top += TITLE_HEIGHT + height;
    return row;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" font-family="sans-serif" `
    + `font-size="12"><title>${escapeText(name)}</title><rect width="${WIDTH}" height="${top}" fill="#fff"/>${rows.join('')}</svg>\n`;
}
