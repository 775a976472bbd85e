/** build_scripts/teach.mjs as a user runs it: from labels.csv to a trait that score.mjs takes, its report, and what it says when something is wrong. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hashFile } from '../../build_scripts/hash-file.mjs';
import { parseJudgements } from '../../build_scripts/teach/judgements.mjs';
import { findPictures } from '../../build_scripts/teach/pictures.mjs';
import { describeEvidence } from '../../build_scripts/teach/report.mjs';
import { Parts } from '../../build_scripts/teach/parts.mjs';
import { bitmap } from '../support/convert-fixtures.mjs';
import { BROKEN } from '../support/broken-pictures.mjs';
import { synthetic } from '../support/picture-helpers.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

const script = (name) => fileURLToPath(new URL(`../../build_scripts/${name}.mjs`, import.meta.url));
const SIDE = 64;
const COUNT = 16;

let model;
let work;
let images;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-teach-'));
  images = join(work, 'images');
  await mkdir(images);
  for (let at = 0; at < COUNT; at += 1) await writeFile(join(images, `${at}.bmp`), bitmap(synthetic(SIDE, SIDE, 900 + at), SIDE));
});
after(async () => {
  await model.remove();
  await rm(work, { recursive: true });
});

/** Of picture `at`: no order that the pictures' numbers have. */
const labelOf = (at) => 1 + ((at * 7) % 16) / 4;
const NUMBERS = `image,label\n${Array.from({ length: COUNT }, (_, at) => `${at}.bmp,${labelOf(at)}\n`).join('')}`;

function run(name, ...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [script(name), ...args], { cwd: work }, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
  });
}

let runs = 0;

async function argumentsFor(csv, ...more) {
  runs += 1;
  const labels = join(work, `labels-${runs}.csv`);
  const out = join(work, `trait-${runs}.safetensors`);
  await writeFile(labels, csv);
  return { out, args: ['--model', model.folder, '--labels', labels, '--images', images, '--id', 'cover', '--out', out, ...more] };
}

async function teach(csv, ...more) {
  const { out, args } = await argumentsFor(csv, ...more);
  return { out, ...await run('teach', ...args) };
}

test('a score: the trait scores beside the model\'s tasks, and the report tells how far to trust it', async () => {
  const report = join(work, 'report.json');
  const { status, stdout, stderr, out } = await teach(NUMBERS, '--title', 'Cover', '--report', report, '--seed', '3');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^16 pictures, 16 labels, 1 rater\.\nAt once: rank correlation -?\d\.\d\d \[.*; kept\.\n/);
  const known = JSON.parse(await readFile(report));
  assert.deepEqual(Object.keys(known.held_out.head), ['spearman']);
  assert.ok(known.held_out.head.spearman.low <= known.held_out.head.spearman.value);
  assert.deepEqual([known.held_out.deeper, known.kept, known.raters.count, known.steps_per_second, known.seed], [null, 'head', 1, null, 3]);
  assert.ok(known.curve.length > 0 && known.peak_bytes > 2 ** 20);
  assert.ok(!(await readdir(work)).some((name) => name.endsWith('.parts')));

  const scored = await run('score', '--model', model.folder, '--trait', out, '--format', 'json', join(images, '0.bmp'));
  const { scores } = JSON.parse(scored.stdout);
  assert.deepEqual(Object.keys(scores), ['quality', 'emotion', 'beauty', 'cover']);
  assert.ok(scores.cover.value > 0 && scores.cover.value < 6);
  const again = await teach(NUMBERS, '--title', 'Cover', '--seed', '3');
  assert.deepEqual(await readFile(again.out), await readFile(out));
});

test('pairs, ties among them, and classes', async () => {
  const pairs = Array.from({ length: 20 }, (_, at) => `${at % COUNT}.bmp,${(at * 5 + 1) % COUNT}.bmp,${at % 2 ? 'ann' : 'bo'},${at % 7 ? '' : 'yes'}\n`).join('');
  const { status, stdout } = await teach(`better,worse,rater,tie\n${pairs}`);
  assert.equal(status, 0);
  assert.match(stdout, /20 comparisons, 2 raters/);
  const words = await teach(`image,label\n${Array.from({ length: COUNT }, (_, at) => `${at}.bmp,${at % 3 ? 'calm' : 'loud'}\n`).join('')}`);
  assert.equal(words.status, 0);
  assert.match(words.stdout, /right classes .*\nThis (may be chance|is less than guessing would give): .* Always saying "calm" would reach 0\.\d\d\.\n/);
});

test('deeper: a run that was killed goes on where it was, to the same bytes', async () => {
  const deep = ['--depth', 'last:1', '--epochs', '2', '--folds', '2'];
  const report = join(work, 'deep.json');
  const whole = await teach(NUMBERS, ...deep, '--report', report);
  assert.equal(whole.status, 0, whole.stderr);
  assert.ok(JSON.parse(await readFile(report)).steps_per_second > 0);
  assert.match(whole.stdout, /Deeper: rank correlation/);
  assert.match(whole.stderr, /^Training takes about \d+ s, at most \d+ s, and \d+ MiB beside the model\.\n$/);

  const { out, args } = await argumentsFor(NUMBERS, ...deep);
  const child = spawn(process.execPath, [script('teach'), ...args], { cwd: work });
  const ended = new Promise((resolve) => { child.on('close', (code, signal) => resolve(signal)); });
  const finished = async () => (await readdir(`${out}.parts`).catch(() => [])).filter((name) => name.startsWith('lesson-')).length;
  while (await finished() === 0 && child.exitCode === null) await new Promise((resolve) => { setTimeout(resolve, 20); });
  child.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL', 'it ended before it could be killed');
  const second = await run('teach', ...args);
  assert.equal(second.status, 0, second.stderr);
  assert.deepEqual(await readFile(out), await readFile(whole.out));
});

test('what was looked at is not looked at again', async () => {
  const { out, args } = await argumentsFor(NUMBERS);
  await mkdir(out); /* in the way: the trait cannot be written */
  const first = await run('teach', ...args);
  assert.match(first.stderr, /cannot be written \(E\w+\)/);
  const [one, other] = (await readdir(`${out}.parts`)).filter((name) => name.startsWith('features-')).map((name) => join(`${out}.parts`, name));
  await rename(one, `${one}.aside`);
  await rename(other, one);
  await rename(`${one}.aside`, other);
  await rm(out, { recursive: true });
  assert.equal((await run('teach', ...args)).status, 0);
  const { out: plain } = await teach(NUMBERS);
  assert.notDeepEqual(await readFile(out), await readFile(plain), 'exchanged parts make no difference');
});

test('pictures under other names are known by their content', async () => {
  const hash = await hashFile(join(images, '5.bmp'));
  const { status, stderr } = await teach(`image,label,sha256\nholiday/moon.bmp,3,${hash}\n1.bmp,1,\n2.bmp,4,\n`);
  assert.equal(status, 0, stderr);
});

const [RED, BLUE, GREEN] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));

test('two pictures of one name are two, and one picture under two names is one: by their hashes, as on the page', () => {
  const { labels, pictures } = parseJudgements(`image,label,sha256\n1.jpg,1,${RED}\n1.jpg,2,${BLUE}\n2.jpg,3,\n`, 'x');
  assert.deepEqual(labels.map(({ picture }) => picture), [0, 1, 2]);
  assert.deepEqual(pictures, [{ image: '1.jpg', sha256: RED }, { image: '1.jpg', sha256: BLUE }, { image: '2.jpg', sha256: '' }]);
  const { pairs } = parseJudgements(`better,worse,better_sha256,worse_sha256\n1.jpg,1.jpg,${RED},${BLUE}\n2.jpg,1.jpg,${GREEN},${BLUE}\n`, 'x');
  assert.deepEqual(pairs.map(({ better, worse }) => [better, worse]), [[0, 1], [2, 1]]);
  const raters = parseJudgements(`image,label,rater,sha256\n1.jpg,1,ann,\n1.jpg,2,bo,${RED}\ncopy.jpg,3,cy,${RED}\n`, 'x');
  assert.deepEqual(raters.labels.map(({ picture }) => picture), [0, 0, 0], 'a line without a hash means the one picture of its name');
  assert.deepEqual(raters.pictures, [{ image: '1.jpg', sha256: RED }]);
});

for (const [title, csv, message] of [
  ['a copy that is labelled, too', `image,label,sha256\n1.jpg,1,${RED}\ncopy.jpg,2,${RED}\n`, /copy\.jpg, which is 1\.jpg by its sha256, is labelled twice, and no/],
  ['a copy to compare with', `better,worse,better_sha256,worse_sha256\n1.jpg,copy.jpg,${RED},${RED}\n`, /compares copy\.jpg, which is 1\.jpg by its sha256, with itself/],
  ['a name that says too little', `image,label,rater,sha256\n1.jpg,1,,${RED}\n1.jpg,2,,${BLUE}\n1.jpg,3,ann,\n`, /2 pictures are named 1\.jpg, and a line without a sha256 names it/],
]) {
  test(`${title}: a sentence, by the hashes`, () => assert.throws(() => parseJudgements(csv, 'x'), { name: 'TeachError', message }));
}

test('a file that has the name, but not the content that was judged, is not taken for it', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'percept-changed-'));
  context.after(() => rm(folder, { recursive: true }));
  const [one, other] = [join(folder, '1.bmp'), join(folder, 'deep', 'other.bmp')];
  await mkdir(join(folder, 'deep'));
  await writeFile(one, 'what was judged');
  const sha256 = await hashFile(one);
  await rename(one, other);
  await writeFile(one, 'what came later under its name');
  const later = await hashFile(one);
  assert.deepEqual(await findPictures([{ image: '1.bmp', sha256 }, { image: '1.bmp', sha256: later }, { image: '1.bmp', sha256: '' }], folder), [other, one, one]);
  await rm(other);
  await assert.rejects(findPictures([{ image: '1.bmp', sha256 }], folder), { name: 'TeachError', message: /lacks 1 of the 1 .* 1\.bmp, which is there, but whose content is not the one/ });
});

for (const [title, csv, message] of [
  ['no columns', 'picture,stars\n1.bmp,3\n', /needs a first line that names the columns image and label, or better and worse/],
  ['an empty field', 'image,label\n1.bmp,3\n2.bmp,\n', /has an empty field in line 3/],
  ['a quotation mark', 'image,label\n"1.bmp,3\n', /is not CSV: a quotation mark is never closed/],
  ['a picture that is labelled twice', 'image,label\n1.bmp,3\n1.bmp,4\n', /1\.bmp is labelled twice, and no column tells the raters apart/],
  ['a rater who labels twice', 'image,label,rater\n1.bmp,3,ann\n1.bmp,4,ann\n', /1\.bmp is labelled twice by ann/],
  ['a picture compared with itself', 'better,worse\n1.bmp,1.bmp\n', /compares 1\.bmp with itself/],
  ['a picture that is not there', 'image,label\n1.bmp,3\nno.bmp,4\n', /lacks 1 of the 2 judged pictures, such as no\.bmp/],
  ['a word among numbers', 'image,label\n1.bmp,3\n2.bmp,high\n', /labels 1\.bmp with the number 3, and 2\.bmp with the word "high"\. Numbers teach/],
  ['one label', 'image,label\n1.bmp,3\n', /two pictures or more|two labels or more/],
]) {
  test(`${title}: a sentence`, async () => {
    const { status, stdout, stderr } = await teach(csv);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.match(stderr, /^teach\.mjs: .*\n$/);
  });
}

test('constant labels and few: the report says that it cannot know', async () => {
  const { status, stdout } = await teach(`image,label\n${Array.from({ length: 12 }, (_, at) => `${at}.bmp,3\n`).join('')}`);
  assert.equal(status, 0);
  assert.match(stdout, /All labels are the same, so there is nothing to learn/);
  assert.match((await teach('image,label\n1.bmp,3\n2.bmp,4\n3.bmp,1\n')).stdout, /fewer than ten judgements: how well the trait does is not known yet/);
});

test('a picture that cannot be read is named', async () => {
  await writeFile(join(images, 'broken.bmp'), BROKEN[0].bytes);
  const { status, stderr } = await teach('image,label\n1.bmp,3\nbroken.bmp,4\n');
  assert.equal(status, 1);
  assert.match(stderr, /broken\.bmp: .*Take its lines out of the labels, or replace the picture/);
});

for (const [title, args, message] of [
  ['nothing', [], /--model is missing/],
  ['a depth', ['--model', 'x', '--labels', 'x', '--images', 'x', '--id', 'x', '--out', 'x', '--depth', 'deep'], /--depth is head, last:N or all, not deep/],
  ['a rank', ['--model', 'x', '--labels', 'x', '--images', 'x', '--id', 'x', '--out', 'x', '--rank', '-1'], /--rank|argument/],
]) {
  test(`arguments: ${title}`, async () => {
    const { status, stderr } = await run('teach', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /usage: node build_scripts\/teach\.mjs/);
  });
}

test('an option that the library calls wrong use ends as wrong use', async () => {
  const { status, stderr } = await teach(NUMBERS, '--threads', '0');
  assert.match(stderr, /\[bad-argument\]/);
  assert.equal(status, 2);
});

test('a trait of another base, or none, is refused with its name', async () => {
  const { status, stderr } = await run('score', '--model', model.folder, '--trait', join(images, '1.bmp'), join(images, '0.bmp'));
  assert.equal(status, 1);
  assert.match(stderr, /1\.bmp: This is not a .*trait file.*\[trait-invalid\]/s);
});

test('labels: numbers teach a score, words classes, and a mixture is refused', () => {
  assert.equal(parseJudgements('image,label\na,1\nb,-2.5e1\n', 'x').kind, 'score');
  const { kind, labels } = parseJudgements('image,label,rater\na,one,ann\nb,two,\n', 'x');
  assert.equal(kind, 'classes');
  assert.deepEqual(labels, [{ picture: 0, label: 'one', rater: 'ann' }, { picture: 1, label: 'two', rater: '' }]);
});

test('parts that are not whole are made again', async () => {
  const parts = new Parts(join(work, 'x.parts'), assert.fail);
  await parts.put('a/b', Uint8Array.of(1, 2, 3));
  assert.deepEqual(await parts.get('a/b'), Uint8Array.of(1, 2, 3));
  const [file] = await readdir(parts.folder);
  await writeFile(join(parts.folder, file), (await readFile(join(parts.folder, file))).subarray(0, -1));
  assert.equal(await parts.get('a/b'), null);
  await rename(join(parts.folder, file), join(parts.folder, 'c.part'));
  assert.deepEqual(await parts.all(''), {});
});

test('a file of somebody else\'s beside the parts is none of them', async () => {
  const parts = new Parts(join(work, 'y.parts'), assert.fail);
  await parts.put('lesson/1', Uint8Array.of(1));
  await writeFile(join(parts.folder, '100%.part'), '');
  assert.deepEqual(await parts.all('lesson/'), { 1: Uint8Array.of(1) });
});

test('a label or a name writes no line of its own into the report', () => {
  const figure = { measure: 'accuracy', value: 0.5, low: 0.1, high: 0.9 };
  const evidence = { pictures: 12, labels: 12, pairs: 0, raters: { count: 1, agreement: null }, folds: 5, held_out: { head: figure, deeper: null }, kept: 'head',
    commonest: { label: 'a\nAt once: 1.00', share: 0.5 }, curve: [], different: [{ picture: 'x\nWritten.jpg', people: 'a', model: 'b' }], groups: [], notes: [] };
  const lines = describeEvidence({ task: { output: { kind: 'classes', labels: ['a', 'b'] } }, evidence }).split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[3], /x\ufffdWritten\.jpg/);
});

test('how far raters agree is told with its interval and on how many pictures, and not of fewer than ten', () => {
  const lineOf = (changes, kind = 'score') => describeEvidence({
    task: { output: { kind } },
    evidence: { pictures: 20, labels: 31, pairs: 0, raters: { count: 2, agreement: 0.63 }, folds: 5, held_out: { head: null, deeper: null }, kept: 'head', commonest: null, curve: [], different: [], groups: [], notes: [], ...changes },
  });
  assert.match(lineOf({}), /2 raters, who agree by 0\.63 \[-0\.02, 0\.91\] on 11 pictures that more than one judged\./);
  assert.match(lineOf({ raters: { count: 3, agreement: 0.63 }, labels: 42 }), /on at least 11 pictures/);
  assert.match(lineOf({ labels: 29 }), /2 raters; 9 pictures that more than one judged are too few to tell how far they agree/);
  assert.match(lineOf({ pairs: 40, labels: 0 }), /the same in 0\.63; of how many pairs is not recorded/);
  assert.match(lineOf({ raters: { count: 1, agreement: null } }), /, 1 rater\./);
  assert.match(lineOf({ raters: { count: 2, agreement: null } }), /whose agreement is not known/);
});
