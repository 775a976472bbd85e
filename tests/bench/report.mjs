/** The tables that the benchmark prints, besides those of races. */
import { cpus, totalmem } from 'node:os';
import { markdown, milliseconds } from './page/measure/table.js';

export function machine() {
  return `${cpus().length} processors (${cpus()[0].model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}`;
}

/** @param {Record<string, import('../support/machine-code.mjs').TileLoop[]>} loops by way */
export function codeTable(loops) {
  const rows = Object.entries(loops).flatMap(([way, tiles]) => tiles.map((tile) => [
    way, String(tile.rows), String(tile.quads), String(tile.instructions), String(tile.needed), String(tile.spills), String(tile.around), tile.ratio.toFixed(2)]));
  const head = ['way', 'rows', 'quads at a time', 'instructions', 'needed', 'spills', 'around, a block', 'for each needed one'];
  return `V8's machine code of the int8 product, a tile by 8 outputs\n${markdown(head, rows)}`;
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
  return `Where Percept's time goes, one view, one thread, Chromium\n${markdown(['model', 'part', 'share', 'ms', 'of peak'], rows)}`;
}

/** @param {{varied: string, value: number, milliseconds: number, gmac: number}[]} points */
export function sweepTable(points) {
  const rows = points.map(({ varied, value, milliseconds: time, gmac }) => (
    [varied, String(value), gmac.toFixed(2), milliseconds(time), (time / gmac).toFixed(1)]));
  return `Cost against work: towers of four layers, Chromium\n${markdown(['varied', 'value', '10⁹ multiplications', 'ms', 'ms for 10⁹'], rows)}`;
}

export function sizeTable(sizes) {
  const rows = sizes.map(({ title, threads, raw, sent }) => [title, String(threads), `${(raw / 1000).toFixed(0)} kB`, `${(sent / 1000).toFixed(0)} kB`]);
  return `Code that a page loads\n${markdown(['runtime', 'threads', 'bytes', 'compressed (brotli)'], rows)}`;
}
