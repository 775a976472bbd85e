/** A race as a table: the same rows as text in a terminal and on a page. */
import { bestPeak, verdicts } from './verdict.js';

const mebibytes = (bytes) => (bytes ? `${(bytes / 2 ** 20).toFixed(0)} MiB` : '');
export const milliseconds = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
export const withSpread = ({ median, spread }) => `${milliseconds(median)} ± ${milliseconds(spread)}`;
export const plural = (count, thing) => `${count} ${thing}${count > 1 ? 's' : ''}`;

/** A table in Markdown. @param {string[]} head @param {string[][]} rows */
export function markdown(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The share of the peak that a runtime reaches over the whole tower, as a percentage; of Percept alone is known what it computes. */
function shareOfPeak(race, entry, work) {
  if (entry.of !== 'Percept') return '';
  const rate = (race.views * work.total) / entry.time.median / 1e6;
  const peak = bestPeak(race.peak, entry.name === 'percept-simd128' ? ['words'] : ['fused', 'pairs']);
  return Number.isFinite(peak) && peak > 0 ? `${((100 * rate) / (race.threads * peak)).toFixed(0)} %` : '';
}

const COLUMNS = [
  { title: 'runtime', cell: ({ entry }) => entry.title },
  { title: 'ms', cell: ({ entry }) => withSpread(entry.time) },
  { title: 'speed', cell: ({ race, entry }) => (race.entries[0].time.median / entry.time.median).toFixed(2) },
  { title: 'of peak', cell: ({ race, entry, work }) => shareOfPeak(race, entry, work) },
  { title: 'cosine', cell: ({ entry }) => entry.cosine.toFixed(5) },
  { title: 'first embedding, ms', cell: ({ entry }) => milliseconds(entry.load.median) },
  { title: 'process', cell: ({ entry }) => mebibytes(entry.peakBytes) },
  { title: 'wasm memory', cell: ({ entry }) => mebibytes(entry.wasmBytes) },
];

/** @returns {{head: string[], rows: string[][]}} of the runtimes that finished; columns that would be empty are left out */
export function raceRows(race, work) {
  const rows = race.entries.filter(({ failed }) => !failed).map((entry) => COLUMNS.map(({ cell }) => cell({ race, entry, work })));
  const filled = COLUMNS.map((_, column) => rows.some((row) => row[column] !== ''));
  const keep = (cells) => cells.filter((_, column) => filled[column]);
  return { head: keep(COLUMNS.map(({ title }) => title)), rows: rows.map(keep) };
}

/** The peak in words. */
export function peakLine({ peak }) {
  const ways = Object.entries(peak).map(([way, { median, spread }]) => `${way} ${median.toFixed(1)} ± ${spread.toFixed(1)}`).join(', ');
  return `int8 dot peak of one core in these rounds, 10⁹ multiplications a second: ${ways}`;
}

/** What was measured, in words. */
export const raceTitle = ({ model, threads, views, rounds }) => (
  `ViT-${model}, ${plural(threads, 'thread')}, ${plural(views, 'view')}, ${plural(rounds, 'round')}`);

/** Runtimes that did not run, and why. */
export const failures = ({ entries }) => entries.filter(({ failed }) => failed).map(({ title, failed }) => `${title} did not run: ${failed.split('\n')[0]}`);

/** One race as text. */
export function raceText(race, work) {
  const { head, rows } = raceRows(race, work);
  return [`${raceTitle(race)}, ${race.browser}`, ...verdicts(race), peakLine(race), '', markdown(head, rows), ...failures(race)].join('\n');
}
