/** What quantising cost and what the model weighs: for the manifest and for the table at the end. */
import { elementCount, ELEMENT_BYTES } from './floats.mjs';
import { megabytes } from './progress.mjs';

/**
 * @param {Float32Array} weights
 * @param {Float32Array} restored what their codes stand for
 * @returns {number} 10 log10(sum w² / sum (w - w')²), in dB
 */
export function signalToNoise(weights, restored) {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < weights.length; i += 1) {
    const difference = weights[i] - restored[i];
    signal += weights[i] * weights[i];
    noise += difference * difference;
  }
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
}

function countBytes(groups) {
  const kinds = {};
  for (const { dtype, shape } of groups.flatMap((group) => group.tensors)) {
    kinds[dtype] = (kinds[dtype] ?? 0) + elementCount(shape) * ELEMENT_BYTES[dtype];
  }
  return kinds;
}

export class Report {
  constructor() {
    this.noise = {};
  }

  /** A quantised layer was written; layers without any noise (all zeros) are left out. */
  addLayer(name, weights, restored) {
    const decibels = signalToNoise(weights, restored);
    if (Number.isFinite(decibels)) this.noise[name] = Math.round(decibels * 100) / 100;
  }

  /**
   * @param {object[]} groups all of the model's
   * @returns {object} the manifest's `report`
   */
  summary(groups) {
    const tensors = groups.reduce((sum, group) => sum + group.tensors.length, 0);
    const report = { tensors, bytes: countBytes(groups) };
    return Object.keys(this.noise).length > 0 ? { ...report, weight_snr_db: this.noise } : report;
  }
}

const COLUMNS = ['attention.qkv', 'attention.out', 'mlp.fc1', 'mlp.fc2'];

function noiseTable(noise) {
  const cell = (value) => (value === undefined ? '-' : value.toFixed(1)).padStart(14);
  const rows = [`${'signal to noise'.padEnd(17)}${COLUMNS.map((column) => column.padStart(14)).join('')}  dB`];
  const blocks = Object.keys(noise).map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1));
  for (let i = 0; i <= Math.max(-1, ...blocks); i += 1) {
    rows.push(`${`blocks.${i}`.padEnd(17)}${COLUMNS.map((column) => cell(noise[`blocks.${i}.${column}`])).join('')}`);
  }
  for (const name of ['embeddings.patch', 'projection']) {
    if (noise[name] !== undefined) rows.push(`${name.padEnd(17)}${cell(noise[name])}`);
  }
  return rows;
}

function pictureTable({ count, lowest_cosine: lowest, mean_cosine: mean, tasks }) {
  const rows = [`${`${count} pictures`.padEnd(17)}lowest cosine to float32 ${lowest.toFixed(5)}, mean ${mean.toFixed(5)}`];
  for (const [id, numbers] of Object.entries(tasks)) {
    const words = Object.entries(numbers).map(([word, value]) => `${word.replace('_', ' ')} ${value}`);
    rows.push(`${id.padEnd(17)}${words.join(', ')}`);
  }
  return rows;
}

/** One line for each other way of storing the model, then what differs on the pictures. */
function comparedTable(compared) {
  return Object.entries(compared).flatMap(([outtype, { stored_bytes: bytes, weight_snr_db: noise, pictures }]) => {
    const lowest = noise ? `, layers' signal to noise from ${Math.min(...Object.values(noise)).toFixed(1)} dB` : '';
    return ['', `${`as ${outtype}`.padEnd(17)}${megabytes(bytes).padStart(14)}${lowest}`, ...pictureTable(pictures)];
  });
}

/**
 * @param {object} summary from Report.summary
 * @returns {string} lines for people
 */
export function formatReport({ tensors, bytes, weight_snr_db: noise, pictures, compared }) {
  const total = Object.values(bytes).reduce((sum, part) => sum + part, 0);
  const rows = [`${'tensors'.padEnd(17)}${String(tensors).padStart(14)}`];
  for (const [kind, part] of Object.entries(bytes)) rows.push(`${kind.padEnd(17)}${megabytes(part).padStart(14)}`);
  rows.push(`${'all'.padEnd(17)}${megabytes(total).padStart(14)}`);
  if (noise) rows.push(...noiseTable(noise));
  if (pictures) rows.push(...pictureTable(pictures));
  if (compared) rows.push(...comparedTable(compared));
  return rows.join('\n');
}
