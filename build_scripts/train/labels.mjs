#!/usr/bin/env node
/**
 * Teaches traits from few labels with the library, at once and deeper, and asks each what it says of photographs that it has not
 * seen: the table of weights/demo/README.md that says how many labels a trait of one's own needs.
 *
 *     node build_scripts/train/labels.mjs --data DATA --work WORK [--model weights/demo] [--seeds 5] [--beside FILE] [--table]
 *
 * DATA as in README.md. Which photographs are held out, held_out.py's rule says; a seed draws the labels from the others. Runs are
 * kept in WORK, by the trunk's hash, so that a stopped table goes on where it was. Written: demo-labels.md, which demo_report.py
 * puts into the page, and the page itself, where it has the table before. --beside: what PyTorch said of the same
 * photographs after the same labels, as {runs: {"valence 60 1": numbers}}; WORK/labels-splits.json tells it which. --table:
 * runs nothing, and writes what there is.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Scorer } from '../../web/lib/percept.js';
import { readCsv } from '../../web/lib/shared/csv.js';
import { mean, seededRandom, spearman } from '../../web/lib/shared/statistics.js';
import { Memory, teachAtOnce } from '../../web/lib/teach/at-once.js';
import { checkLesson } from '../../web/lib/teach/check-lesson.js';
import { pairedDifference } from '../../web/lib/teach/evidence.js';
import { foldsOfLabels } from '../../web/lib/teach/figures.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TRAITS = { valence: ['rated', 'valence_mean'], arousal: ['rated', 'arousal_mean'], beauty: ['beauty', 'beauty_mean'] };
const COUNTS = [60, 200, 400];
const SCALE = [1, 7];
const HELD_OUT = 184;    // of rated/, as held_out.py has it

const usual = { model: join(ROOT, 'weights/demo'), seeds: '5' };
const named = Object.fromEntries(['data', 'work', 'model', 'seeds', 'beside'].map((name) => [name, { type: 'string', default: usual[name] }]));
const { values: options } = parseArgs({ options: { ...named, table: { type: 'boolean', default: false } } });
const seeds = Array.from({ length: Number(options.seeds) }, (_, at) => at + 1);

/** The photographs of rated/, those that are held out first: held_out.py's order. */
function ordered(rows) {
  const keyOf = ({ file }) => createHash('sha256').update(parse(file).name).digest('hex');
  return rows.map((row) => [keyOf(row), row]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

async function readRatings(folder) {
  return readCsv(await readFile(join(options.data, folder, 'ratings.csv'), 'utf8'));
}

/** A seed's labels: the first 60 of them are among its 200. */
function drawn(files, seed) {
  const random = seededRandom(seed);
  return files.map((file) => [random(), file]).sort(([a], [b]) => a - b).map(([, file]) => file);
}

async function writeWhole(path, text) {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function readJson(path, missing) {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? missing : JSON.parse(text);
}

/** Which fold says what, with the labels themselves for the deeper fits' outputs: by these the library keeps the deeper fit. */
async function perfect(lesson, parts, manifest) {
  const { subject, evidence } = await teachAtOnce(checkLesson(lesson, manifest).lesson, new Memory(), async () => {});
  const foldOf = foldsOfLabels(subject, evidence.folds);
  const [targets] = subject.labelled.targets;
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => {
    const part = JSON.parse(new TextDecoder().decode(bytes));
    const fold = Number(name.slice('fold-'.length));
    const outputs = foldOf.flatMap((own, row) => (own === fold ? [[targets[row]]] : []));
    return [name, new TextEncoder().encode(JSON.stringify({ ...part, outputs }))];
  }));
}

/** What the held-out photographs get, which nobody judged. */
const told = ({ predictions }, held) => held.map((at) => predictions[at]);

/**
 * What the deeper way says of the held-out photographs, and its folds of it. Where they keep the head, the last fit is asked for
 * all the same: else nobody would know whether they were right.
 */
async function deepen(scorer, lesson, held) {
  const parts = {};
  const taught = await scorer.teach(lesson, { onPart: (name, bytes) => { parts[name] = bytes; } });
  const { kept, difference, held_out: figures } = taught.evidence;
  const forced = kept === 'deeper' ? taught : await scorer.teach({ ...lesson, parts: await perfect(lesson, parts, scorer.manifest) });
  return { deeper: told(forced, held), kept, difference, figures, epochs: Object.values(parts).map((bytes) => JSON.parse(new TextDecoder().decode(bytes)).epochs) };
}

/** The mean over seeds of each run's rank correlation with the ratings, and of a difference, with intervals over photographs. */
function correlation(runs, given, rows) {
  return mean(runs.map((run) => spearman(rows.map((row) => run[row]), rows.map((row) => given[row])) ?? 0));
}

const shown = ({ value, low, high }, digits = 2) => `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
const signed = ({ value, low, high }) => [value, low, high].map((each) => `${each < 0 ? '−' : '+'}${Math.abs(each).toFixed(3)}`).reduce((text, each, at) => text + ['', ' [', ', '][at] + each, '').concat(']');

/** How far `second` lies above `first`, over photographs. */
function above(first, second, given) {
  return pairedDifference([...given.keys()], (rows) => [correlation(first, given, rows), correlation(second, given, rows)], 1);
}

/** A figure's interval is that of its difference to nothing. */
const figureOf = (runs, given) => above(runs.map((run) => run.map(() => 0)), runs, given);

/** A trait's row for so many labels; each figure says how many seeds it is of where these are not all. */
function rowOf({ trait, count, runs, others }, given) {
  const [head, deep, beside] = [runs, runs.filter(({ kept }) => kept), runs.filter(({ key }) => others?.runs[key])];
  const both = beside.filter(({ kept }) => kept);
  const [ofHead, ofDeeper, ofKept, ofOther] = ['head', 'deeper', 'kept', 'other'].map((name) => (some) => some.map((run) => (
    { head: run.head, deeper: run.deeper, kept: run[run.kept], other: others?.runs[run.key] })[name]));
  const cell = (some, words) => (some.length === 0 ? 'not run' : `${words()}${some.length < seeds.length ? ` (${some.length} of ${seeds.length} seeds)` : ''}`);
  return [trait, count, cell(head, () => shown(figureOf(ofHead(head), given))), cell(deep, () => shown(figureOf(ofDeeper(deep), given))),
    cell(deep, () => signed(above(ofHead(deep), ofDeeper(deep), given))), cell(deep, () => `${deep.filter(({ kept }) => kept === 'deeper').length} of ${deep.length}`),
    cell(beside, () => shown(figureOf(ofOther(beside), given))), cell(beside, () => signed(above(ofOther(beside), ofHead(beside), given))),
    cell(both, () => signed(above(ofOther(both), ofKept(both), given)))];
}

const line = (cells) => `| ${cells.join(' | ')} |`;

function table(found, others, { trunk, given }) {
  const rows = Object.keys(TRAITS).flatMap((trait) => COUNTS.flatMap((count) => {
    const runs = seeds.map((seed) => `${trait} ${count} ${seed}`).flatMap((key) => (found[key] ? { key, ...found[key] } : []));
    return runs.length === 0 ? [] : [rowOf({ trait, count, runs, others }, given[trait])];
  }));
  return [
    `The trunk is \`${trunk.replace('.safetensors', '')}\` (the base's file).`, '',
    line(['trait', 'labels', 'at once', 'deeper', 'deeper − at once', 'folds keep deeper', 'PyTorch', 'at once − PyTorch', 'what is kept − PyTorch']),
    line(Array(9).fill('---')), ...rows.map(line),
  ].join('\n');
}

/** The page with this table in place of the one before. */
async function writePage(text) {
  const [own, page] = [fileURLToPath(new URL('demo-labels.md', import.meta.url)), join(ROOT, 'weights/demo/README.md')];
  const before = (await readFile(own, 'utf8').catch(() => '')).trim();
  const whole = await readFile(page, 'utf8');
  await writeWhole(own, `${text}\n`);
  if (before !== '' && whole.includes(before)) await writeWhole(page, whole.replace(before, () => text));
  else process.stderr.write('weights/demo/README.md has not the table before: demo_report.py writes it anew.\n');
}

/** What the held-out photographs and the others are, and what people gave each. */
async function readRated() {
  const files = ordered(await readRatings('rated')).map(({ file }) => file);
  const [held, others] = [files.slice(0, HELD_OUT), files.slice(HELD_OUT)];
  const drawnBy = Object.fromEntries(seeds.map((seed) => [seed, drawn(others, seed)]));
  await writeWhole(join(options.work, 'labels-splits.json'), JSON.stringify({ held, counts: COUNTS, drawn: drawnBy }));
  const ratings = {};
  for (const [trait, [folder, column]] of Object.entries(TRAITS)) ratings[trait] = new Map((await readRatings(folder)).map((row) => [row.file, Number(row[column])]));
  return { held, drawn: drawnBy, ratings, given: Object.fromEntries(Object.keys(TRAITS).map((trait) => [trait, held.map((file) => ratings[trait].get(file))])) };
}

/** Lessons on the photographs, each of which is looked at once. */
class Lessons {
  #features = new Map();

  constructor(scorer, rated) {
    this.scorer = scorer;
    this.rated = rated;
    this.preprocess = scorer.manifest.tasks.find(({ id }) => id === 'valence').preprocess;
  }

  async #picture(file) {
    const source = pathToFileURL(join(options.data, 'rated', file));
    if (!this.#features.has(file)) this.#features.set(file, await this.scorer.features(source, { preprocess: this.preprocess }));
    return { name: file, features: this.#features.get(file), source };
  }

  /** The labelled photographs, and the held-out ones behind them. */
  async of({ trait, count, seed }) {
    const labelled = this.rated.drawn[seed].slice(0, count);
    const pictures = [];
    for (const file of [...labelled, ...this.rated.held]) pictures.push(await this.#picture(file));
    const labels = labelled.map((file, picture) => ({ picture, label: this.rated.ratings[trait].get(file) }));
    return { id: 'own', kind: 'score', pictures, scale: SCALE, preprocess: this.preprocess, seed, labels };
  }
}

const RUNS = seeds.flatMap((seed) => COUNTS.flatMap((count) => Object.keys(TRAITS).map((trait) => ({ trait, count, seed, key: `${trait} ${count} ${seed}` }))));

async function main() {
  await mkdir(options.work, { recursive: true });
  const scorer = await Scorer.load(options.model, { threads: 1 });
  const trunk = scorer.manifest.base.shards[0].file;
  const rated = await readRated();
  const lessons = new Lessons(scorer, rated);
  const path = join(options.work, `labels-${trunk}.json`);
  const found = await readJson(path, {});
  const depth = { last: Math.max(1, Math.round(scorer.manifest.tower.layers / 4)) };
  // At once for all first, which takes moments.
  for (const way of options.table ? [] : ['head', 'deeper']) for (const run of RUNS.filter(({ key }) => !found[key]?.[way])) {
    const { key, trait, count } = run;
    const lesson = await lessons.of(run);
    const places = rated.held.map((_, at) => count + at);
    found[key] = { ...found[key], ...(way === 'head' ? { head: told(await scorer.teach(lesson), places) } : await deepen(scorer, { ...lesson, depth }, places)) };
    await writeWhole(path, JSON.stringify(found));
    process.stderr.write(`${key}: ${way} ${spearman(found[key][way], rated.given[trait]).toFixed(3)}\n`);
  }
  const others = options.beside ? await readJson(options.beside, null) : null;
  await writePage(table(found, others, { trunk, given: rated.given }));
  scorer.dispose();
}

await main();
