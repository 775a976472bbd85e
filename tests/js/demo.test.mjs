/** The model that ships: its size, its evidence, and its scores of the sample pictures against PyTorch's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'weights', 'demo');
const SAMPLES = join(ROOT, 'web', 'samples');
const readJson = async (...path) => JSON.parse(await readFile(join(...path)));

const TASKS = ['quality', 'sharpness', 'valence', 'arousal', 'beauty', 'memorability', 'complexity'];

let manifest;
let goldens;
let listed;
let scored;
before(async () => {
  manifest = await readJson(MODEL, 'model.json');
  goldens = (await readJson(ROOT, 'tests', 'golden', 'demo-scores.json')).pictures;
  listed = (await readJson(SAMPLES, 'samples.json')).pictures.map(({ file }) => file);
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'build_scripts', 'score.mjs'), '--model', MODEL, '--format', 'json',
    '--embedding', ...listed.map((file) => join(SAMPLES, file))]);
  scored = Object.fromEntries(stdout.trimEnd().split('\n').map(JSON.parse).map((row, i) => [listed[i], row]));
});

const bytesOf = (shards) => shards.reduce((sum, { bytes }) => sum + bytes, 0);

/** The mean rank of each value. */
function ranks(values) {
  return values.map((value) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length - 1) / 2);
}

function correlation(a, b) {
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (x, mx, y, my) => x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

test('it is small: the trunk at most 6 MB, each task at most 400 KB, the samples about 300 KB', async () => {
  assert.ok(bytesOf(manifest.base.shards) <= 6e6);
  for (const { id, shards } of manifest.tasks) assert.ok(bytesOf(shards) <= 400e3, `${id}: ${bytesOf(shards)} bytes`);
  const sizes = await Promise.all((await readdir(SAMPLES)).map(async (file) => (await stat(join(SAMPLES, file))).size));
  assert.ok(sizes.reduce((sum, size) => sum + size) <= 350e3);
});

/** Every measured figure of a text, in order of size; a real minus is a minus. */
const figuresOf = (text) => (text.replaceAll('−', '-').match(/[-+]?\d+\.\d+/g) ?? []).sort();

test('every task says what it was trained on, how well it does on pictures held out, and what it is not for', () => {
  assert.deepEqual(manifest.tasks.map(({ id }) => id), TASKS);
  for (const { id, about } of manifest.tasks) {
    for (const topic of ['direction', 'trained_on', 'held_out', 'bias', 'known_failures', 'not_for']) for (const language of ['en', 'ja']) assert.ok(about[topic]?.[language]?.length > 5, `${id} ${topic} ${language}`);
    assert.match(about.held_out.en, /\d\.\d\d \[-?\d\.\d\d, \d\.\d\d\]/);
    for (const [topic, { en, ja }] of Object.entries(about)) assert.deepEqual(figuresOf(ja), figuresOf(en), `${id} ${topic}: the languages tell other figures`);
  }
});

test('the goldens and the list of samples name the same pictures', () => {
  assert.deepEqual(Object.keys(goldens).sort(), [...listed].sort());
});

for (const task of TASKS) {
  test(`${task} of the samples agrees with PyTorch in float32`, () => {
    const ours = listed.map((file) => scored[file].scores[task].raw[0]);
    const theirs = listed.map((file) => goldens[file].raw[task]);
    const spread = Math.max(...theirs) - Math.min(...theirs);
    assert.ok(correlation(ours, theirs) > 0.99, `correlation ${correlation(ours, theirs)}`);
    assert.ok(correlation(ranks(ours), ranks(theirs)) > 0.95, 'the order differs');
    ours.forEach((value, i) => assert.ok(Math.abs(value - theirs[i]) < 0.1 * spread, `${listed[i]}: ${value}, PyTorch ${theirs[i]}`));
  });
}

test('embeddings of the samples agree with PyTorch in float32', () => {
  for (const file of listed) {
    const cosine = cosineOf(scored[file].embedding, goldens[file].embedding);
    assert.ok(cosine > 0.995, `${file}: ${cosine}`);
  }
});

test('how familiar the samples are agrees with PyTorch in float32, and lies on the same side of the threshold', () => {
  const { threshold } = manifest.familiarity;
  for (const file of listed) {
    const [ours, theirs] = [scored[file].familiar, goldens[file].familiar];
    assert.ok(Math.abs(ours - theirs) < 0.05 && ours < threshold === theirs < threshold, `${file}: ${ours}, PyTorch ${theirs}`);
  }
});

function cosineOf(a, b) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test('each degraded sample scores below its clean one', () => {
  for (const file of listed.filter((name) => name.includes('-'))) {
    const clean = `${file.split('-')[0]}.jpg`;
    const value = (name) => scored[name].scores.quality.value;
    assert.ok(value(file) < value(clean), `${file} ${value(file)}, ${clean} ${value(clean)}`);
  }
});
