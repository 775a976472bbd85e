#!/usr/bin/env node
/** Teaches a trait from judgements in a CSV file, with the same library and engine as the page. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { PerceptError, Scorer } from '../web/lib/percept.js';
import { isOfPicture } from '../web/lib/errors.js';
import { printable, printableLine } from './printable.mjs';
import { TeachError } from './teach/errors.mjs';
import { readJudgementsFile } from './teach/judgements.mjs';
import { Parts, digest } from './teach/parts.mjs';
import { findPictures } from './teach/pictures.mjs';
import { describeEvidence, reportOf } from './teach/report.mjs';

const USAGE = `usage: node build_scripts/teach.mjs --model DIR --labels labels.csv --images FOLDER --id ID --out TRAIT.safetensors

  --model DIR|URL   the model's folder, whose base the trait will stand on
  --labels FILE     CSV with image,label[,rater], or better,worse[,rater][,tie]; numbers teach a score, words classes
  --images FOLDER   where the pictures are
  --id ID           the task's: letters, digits, - and _
  --out FILE        the trait, for score.mjs --trait, the page and scorer.addTask
  --title TEXT      what people call it (default: the id)
  --scale LOW,HIGH  of the labels (default: the least and the greatest)
  --depth DEPTH     head (default: in moments), last:N (LoRA on the last N layers, too) or all; kept only where it is better
  --rank R          of LoRA (default: 8)
  --epochs E        at most (default: 10)
  --folds K         for the figures (default: 5)
  --seed S          the same judgements and seed give the same file (default: 1)
  --date TEXT       stands in the trait's evidence
  --report FILE     writes what is known of the trait as JSON
  --threads N       threads to compute with (default: the processors, at most 8)

What is finished is kept in FILE.parts until the trait is written: the same command goes on where it was stopped.
`;

const OPTIONS = Object.fromEntries(['model', 'labels', 'images', 'id', 'out', 'title', 'scale', 'depth', 'rank', 'epochs', 'folds', 'seed', 'date', 'report', 'threads']
  .map((name) => [name, { type: 'string' }]));
const NEEDED = ['model', 'labels', 'images', 'id', 'out'];
const NUMBERS = ['rank', 'epochs', 'folds', 'seed', 'threads'];

function readDepth(text) {
  const [, layers] = /^last:(\d+)$/.exec(text) ?? [];
  if (layers !== undefined) return { last: Number(layers) };
  if (text === 'head' || text === 'all') return text;
  throw new TypeError(`--depth is head, last:N or all, not ${text}`);
}

function readScale(text) {
  const scale = text.split(',').map(Number);
  if (scale.length !== 2 || !scale.every(Number.isFinite)) throw new TypeError(`--scale is two numbers, such as 1,5, not ${text}`);
  return scale;
}

function readArguments() {
  const { values } = parseArgs({ options: { ...OPTIONS, help: { type: 'boolean', short: 'h', default: false } } });
  if (values.help) return { help: true };
  const missing = NEEDED.find((name) => values[name] === undefined);
  if (missing) throw new TypeError(`--${missing} is missing`);
  const options = { ...values, depth: readDepth(values.depth ?? 'head'), scale: values.scale && readScale(values.scale) };
  for (const name of NUMBERS) {
    if (values[name] === undefined) continue;
    if (!/^\d+$/.test(values[name])) throw new TypeError(`--${name} is a whole number, not ${values[name]}`);
    options[name] = Number(values[name]);
  }
  return options;
}

/** One line that is written over, on terminals only. */
function show(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${printable(text)}`);
}

const span = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`);

const remaining = (seconds) => (seconds === null ? '' : `, about ${span(seconds)} left`);

function showTeaching({ phase, done, total, secondsLeft, training }) {
  if (phase === 'fitting' && total === 0) return show('fitting');
  const where = training ? `, ${training.fold === null ? 'to everything' : `fold ${training.fold + 1}`}, epoch ${training.epoch}, loss ${training.loss.toFixed(3)}` : '';
  return show(`${phase} ${done} of ${total}${where}${remaining(secondsLeft)}`);
}

/** Counts steps of training and what they took, with all that was computed between them. */
class Pace {
  constructor() {
    this.start = null;
    this.end = null;
    this.steps = 0;
    this.last = null;
  }

  see({ phase, training }) {
    if (phase !== 'training') return;
    this.start ??= performance.now();
    const { fold, epoch, steps } = training ?? {};
    if (epoch === undefined || this.last === `${fold} ${epoch}`) return;
    this.last = `${fold} ${epoch}`;
    this.steps += steps;
    this.end = performance.now();
  }

  get stepsPerSecond() {
    return this.steps > 0 ? this.steps / ((this.end - this.start) / 1000) : null;
  }
}

/** What a lesson's parts depend on beside its pictures: the base, wherever it lies, and the tasks' preprocessing. */
function baseKey({ manifest: { tower, base, tasks } }) {
  return JSON.stringify([tower, base.shards.map(({ sha256 }) => sha256), tasks.map(({ preprocess }) => preprocess)]);
}

/** Looks at every picture, or takes what an earlier run saw. */
async function look(scorer, paths, parts) {
  const base = baseKey(scorer);
  const start = performance.now();
  const pictures = [];
  let looked = 0;
  for (const [at, path] of paths.entries()) {
    const name = `features-${digest(base, await readFile(path))}`;
    const kept = await parts.get(name);
    show(`looking ${at} of ${paths.length}${remaining(looked > 0 ? (performance.now() - start) / 1000 / looked * (paths.length - at) : null)}`);
    const features = kept ? new Float32Array(kept.buffer) : await scorer.features(pathToFileURL(path)).catch((error) => { throw atPicture(error, path); });
    if (!kept) {
      looked += 1;
      await parts.put(name, new Uint8Array(features.buffer));
    }
    pictures.push({ features, source: pathToFileURL(path), key: name });
  }
  return pictures;
}

/** Says what training takes before it starts, and refuses what does not fit. */
async function sayNeeds(scorer, lesson) {
  const { seconds, likely, bytes, fits, reason } = await scorer.teachingNeeds(lesson);
  if (!fits) throw new TeachError(reason);
  show('');
  process.stderr.write(`Training takes about ${span(likely)}, at most ${span(seconds)}, and ${Math.ceil(bytes / 2 ** 20)} MiB beside the model.\n`);
}

/** The picture's name before what is wrong with it. */
function atPicture(error, path) {
  return isOfPicture(error) ? new TeachError(`${path}: ${error.message} Take its lines out of the labels, or replace the picture.`, { cause: error }) : error;
}

async function writeWhole(path, content) {
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  } catch (error) {
    await rm(`${path}.new`, { force: true }).catch(() => {});
    throw new TeachError(`${path} cannot be written (${error.code}).`, { cause: error });
  }
}

async function run(options) {
  const start = performance.now();
  const { kind, pictures: named, ...judged } = await readJudgementsFile(options.labels);
  const paths = await findPictures(named, options.images);
  const parts = new Parts(`${options.out}.parts`, (problem) => process.stderr.write(printable(`teach.mjs: ${problem}\n`)));
  const scorer = await Scorer.load(options.model, { threads: options.threads });
  try {
    const looked = await look(scorer, paths, parts);
    const { id, title, scale, depth, rank, epochs, folds, seed, date } = options;
    const words = { id, title, kind, ...judged, scale, depth, rank, epochs, folds, seed, date };
    const pictures = looked.map(({ features, source }, at) => ({ name: named[at].image, features, source }));
    const prefix = `lesson-${digest(JSON.stringify([words, named, looked.map(({ key }) => key)]))}-`;
    const pace = new Pace();
    if (depth !== 'head') await sayNeeds(scorer, { ...words, pictures });
    const taught = await scorer.teach({ ...words, pictures, parts: await parts.all(prefix) }, {
      onProgress: (progress) => { pace.see(progress); showTeaching(progress); },
      onPart: (name, bytes) => parts.put(`${prefix}${name}`, bytes),
    });
    show('');
    await writeWhole(options.out, await taught.toFile());
    const known = { model: scorer.manifest.name, stepsPerSecond: pace.stepsPerSecond, peakBytes: process.resourceUsage().maxRSS * 1024, seconds: (performance.now() - start) / 1000 };
    if (options.report) await writeWhole(options.report, `${JSON.stringify(reportOf(taught, known), null, 2)}\n`);
    await parts.remove();
    process.stdout.write(`${describeEvidence(taught)}\n${printableLine(`Written to ${options.out}.`)}\n`);
  } finally {
    scorer.dispose();
  }
}

async function main() {
  let options;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`teach.mjs: ${printable(error.message)}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await run(options);
    return 0;
  } catch (error) {
    show('');
    if (error instanceof TeachError) process.stderr.write(printable(`teach.mjs: ${error.message}\n`));
    else if (error instanceof PerceptError) process.stderr.write(printable(`teach.mjs: ${error.message} [${error.code}]\n`));
    else throw error;
    return error.code === 'bad-argument' ? 2 : 1;
  }
}

process.exitCode = await main();
