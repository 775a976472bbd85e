/** The tables that the benchmark prints. */
import { cpus, totalmem } from 'node:os';

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const milliseconds = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const withSpread = ({ median, spread }) => `${milliseconds(median)} ± ${milliseconds(spread)}`;

/** A table in Markdown. @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export function machine() {
  return `${cpus().length} processors (${cpus()[0].model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}`;
}

/** The fastest of the others over Percept: above 1 where Percept is faster. */
function advantage(entries) {
  const [percept, ...others] = entries;
  const peers = others.filter(({ name }) => !name.startsWith('percept'));
  return Math.min(...peers.map(({ time }) => time.median)) / percept.time.median;
}

/** The processor's peak in this run, over the ways that Percept may take. */
function bestPeak(peak, ways) {
  return Math.max(...ways.filter((way) => peak[way]).map((way) => peak[way].median));
}

function entryRow(race, entry, work) {
  const way = entry.name === 'percept-simd128' ? ['words'] : ['fused', 'pairs'];
  const rate = (race.views * work.total) / entry.time.median / 1e6;
  const share = entry.name.startsWith('percept') ? `${((100 * rate) / (race.threads * bestPeak(race.peak, way))).toFixed(0)} %` : '';
  return [
    entry.title, withSpread(entry.time), (race.entries[0].time.median / entry.time.median).toFixed(2), share, entry.cosine.toFixed(5),
    milliseconds(entry.load.median), mebibytes(entry.peakBytes), entry.wasmBytes ? mebibytes(entry.wasmBytes) : '',
  ];
}

/** One race as text. */
export function raceTable(race, work) {
  const peaks = Object.entries(race.peak).map(([way, { median, spread }]) => `${way} ${median.toFixed(1)} ± ${spread.toFixed(1)}`).join(', ');
  const head = ['runtime', 'ms', 'speed', 'of peak', 'cosine', 'first embedding, ms', 'process', 'wasm memory'];
  return [
    `${race.model}, ${race.browser}, ${race.threads} thread${race.threads > 1 ? 's' : ''}, ${race.views} view${race.views > 1 ? 's' : ''}: `
      + `Percept is ${advantage(race.entries).toFixed(2)} times as fast as the faster peer`,
    `int8 dot peak of one core in this run, 10⁹ multiplications a second: ${peaks}`,
    table(head, race.entries.map((entry) => entryRow(race, entry, work))),
  ].join('\n');
}

/** @param {Record<string, import('../support/machine-code.mjs').TileLoop[]>} loops by way */
export function codeTable(loops) {
  const rows = Object.entries(loops).flatMap(([way, tiles]) => tiles.map((tile) => [
    way, String(tile.rows), String(tile.quads), String(tile.instructions), String(tile.needed), String(tile.spills), String(tile.around), tile.ratio.toFixed(2)]));
  const head = ['way', 'rows', 'quads at a time', 'instructions', 'needed', 'spills', 'around, a block', 'for each needed one'];
  return `V8's machine code of the int8 product, a tile by 8 outputs\n${table(head, rows)}`;
}

/**
 * @param {{model: string, shares: object[], milliseconds: number, peak: Record<string, number>}[]} profiles
 * @param {Record<string, object>} works by model
 */
export function profileTable(profiles, works) {
  const rows = profiles.flatMap(({ model, shares, milliseconds: whole, peak }) => shares.map(({ kind, title, share }) => {
    const ofPeak = works[model].linear / (share * whole) / 1e6 / Math.max(peak.fused, peak.pairs);
    return [model, title, `${(100 * share).toFixed(1)} %`, milliseconds(share * whole), kind === 'linear' ? `${(100 * ofPeak).toFixed(0)} %` : ''];
  }));
  return `Where Percept's time goes, one view, one thread, Chromium\n${table(['model', 'part', 'share', 'ms', 'of peak'], rows)}`;
}

/** @param {{varied: string, value: number, milliseconds: number, gmac: number}[]} points */
export function sweepTable(points) {
  const rows = points.map(({ varied, value, milliseconds: time, gmac }) => (
    [varied, String(value), gmac.toFixed(2), milliseconds(time), (time / gmac).toFixed(1)]));
  return `Cost against work: towers of four layers, Chromium\n${table(['varied', 'value', '10⁹ multiplications', 'ms', 'ms for 10⁹'], rows)}`;
}

export function sizeTable(sizes) {
  const rows = sizes.map(({ title, threads, raw, sent }) => [title, String(threads), `${(raw / 1000).toFixed(0)} kB`, `${(sent / 1000).toFixed(0)} kB`]);
  return `Code that a page loads\n${table(['runtime', 'threads', 'bytes', 'compressed (brotli)'], rows)}`;
}
