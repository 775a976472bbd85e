/** build_scripts/score.mjs as a user runs it. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import fs, { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listPictures } from '../../build_scripts/score/pictures.mjs';
import { writers } from '../../build_scripts/score/writers.mjs';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { BROKEN, GOOD_JPEG, AVIF_HEAD } from '../support/broken-pictures.mjs';
import { LABELS, makeSeededModel } from '../support/seeded-model.mjs';

const SCRIPT = fileURLToPath(new URL('../../build_scripts/score.mjs', import.meta.url));
const picture = (name) => fileURLToPath(new URL(`../golden/pictures/${name}`, import.meta.url));

let model;
let work;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-cli-'));
});
after(async () => {
  await model.remove();
  await rm(work, { recursive: true });
});

/** @returns {Promise<{status: number, stdout: string, stderr: string}>} */
function run(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { cwd: work }, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
  });
}

async function runJson(...args) {
  const { status, stdout, stderr } = await run('--model', model.folder, '--format', 'json', ...args);
  assert.equal(stderr, '');
  return { status, lines: stdout.trimEnd().split('\n').map((line) => JSON.parse(line)) };
}

test('JSON: one object a line, in the order given, failures among them', async () => {
  const broken = join(work, 'text.jpg');
  await writeFile(broken, BROKEN[0].bytes);
  const avif = join(work, 'picture.avif');
  await writeFile(avif, AVIF_HEAD);
  const inputs = [picture('jpeg-444.jpg'), broken, join(work, 'none.png'), avif, relative(work, picture('png-palette-8bit.png'))];
  const { status, lines } = await runJson(...inputs);
  assert.equal(status, 1);
  assert.deepEqual(lines.map(({ image }) => image), inputs);
  assert.deepEqual(lines.map(({ error }) => error?.code), [undefined, 'unsupported-format', 'unreadable-picture', 'unsupported-here', undefined]);
  for (const { error } of lines) if (error) assert.deepEqual(Object.keys(error), ['code', 'message']);
  const { scores, engine } = lines[0];
  assert.deepEqual(Object.keys(scores), ['quality', 'emotion', 'beauty']);
  assert.equal(typeof scores.quality.value, 'number');
  assert.equal(scores.quality.raw.length, 1);
  assert.equal(typeof scores.quality.standardError, 'number');
  assert.ok(LABELS.includes(scores.emotion.label));
  assert.equal(scores.emotion.probabilities.length, LABELS.length);
  assert.equal(scores.emotion.raw.length, LABELS.length);
  assert.equal(scores.beauty.standardError, null);
  assert.equal('embedding' in lines[0], false);
  assert.match(engine.build, /^(relaxed|simd128)/);
});

test('what is unlike the training pictures is told, where the model knows', async () => {
  const known = await makeSeededModel('q8', { familiarity: true });
  const path = join(known.folder, 'model.json');
  const manifest = JSON.parse(await fs.readFile(path, 'utf8'));
  const told = async (format, threshold) => {
    await writeFile(path, JSON.stringify({ ...manifest, familiarity: { ...manifest.familiarity, threshold } }));
    return (await run('--model', known.folder, '--task', 'beauty', '--format', format, picture('jpeg-444.jpg'))).stdout;
  };
  const { familiar } = JSON.parse(await told('json', 0.5));
  assert.ok(familiar > 0 && familiar < 1, `${familiar}`);
  const [names, row] = (await told('csv', 0.5)).trimEnd().split('\n').map((line) => line.split(','));
  assert.equal(row[names.indexOf('familiar')], String(familiar));
  assert.match(await told('text', 1), /unlike the photographs that the model learnt from \(familiar: 0\.\d{3}\): its scores may mean little here\n/);
  assert.doesNotMatch(await told('text', 0), /unlike/);
  assert.match((await run('--model', known.folder, '--about')).stdout, /unlike what it learnt from \(familiarity below 0\):\n {4}Noise: 90\.0 % of 40\n/);
  assert.doesNotMatch((await run('--model', model.folder, '--format', 'csv', picture('jpeg-444.jpg'))).stdout, /familiar/);
  await known.remove();
});

test('tasks, variants, threads and embeddings', async () => {
  const one = await runJson('--task', 'emotion', '--task', 'quality', '--embedding', '--variant', 'simd128', '--threads', '1', picture('jpeg-444.jpg'));
  assert.equal(one.status, 0);
  const [{ scores, embedding, engine }] = one.lines;
  assert.deepEqual(Object.keys(scores), ['emotion', 'quality']);
  assert.equal(embedding.length, 128);
  assert.equal(engine.build, 'simd128');
  assert.equal(engine.threads, 1);
  const reference = await runJson('--task', 'emotion', '--task', 'quality', '--embedding', '--variant', 'reference', picture('jpeg-444.jpg'));
  assert.equal(reference.lines[0].engine.build, 'reference');
  assert.deepEqual(reference.lines[0].scores, scores);
  assert.deepEqual(reference.lines[0].embedding, embedding);
});

test('folders are read to the bottom, sorted, pictures alone', async () => {
  const folder = join(work, 'folder');
  await mkdir(join(folder, 'deeper'), { recursive: true });
  for (const name of ['b.jpg', 'a.JPG', 'deeper/c.jpeg']) await writeFile(join(folder, name), GOOD_JPEG);
  await writeFile(join(folder, 'notes.txt'), 'no picture');
  const { status, lines } = await runJson('--task', 'beauty', 'folder');
  assert.equal(status, 0);
  assert.deepEqual(lines.map(({ image }) => image), ['folder/a.JPG', 'folder/b.jpg', 'folder/deeper/c.jpeg']);
  await mkdir(join(work, 'bare'));
  const bare = await runJson('--task', 'beauty', 'bare');
  assert.equal(bare.status, 1);
  assert.equal(bare.lines[0].error.code, 'no-pictures');
});

test('a folder that may not be read costs only itself', async () => {
  const folder = join(work, 'mixed');
  await mkdir(join(folder, 'closed'), { recursive: true });
  await mkdir(join(folder, 'open'));
  for (const name of ['a.jpg', 'open/b.jpg']) await writeFile(join(folder, name), GOOD_JPEG);
  const { readdir } = fs;
  fs.readdir = async (path, options) => { // the tests may run as somebody who may read everything
    if (String(path).endsWith('closed')) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    return readdir(path, options);
  };
  syncBuiltinESMExports();
  try {
    const found = [];
    for await (const { image, problem } of listPictures([folder])) found.push([relative(folder, image), problem?.code]);
    assert.deepEqual(found, [['a.jpg', undefined], ['closed', 'unreadable-picture'], [join('open', 'b.jpg'), undefined]]);
  } finally {
    fs.readdir = readdir;
    syncBuiltinESMExports();
  }
});

test('a folder\'s pictures are found by every name that pictures have, through links once, and by names that are no text', async () => {
  const folder = join(work, 'names');
  await mkdir(join(folder, 'inner'), { recursive: true });
  const names = ['a.jpe', 'b.JFIF', 'c.mpo', 'd.pjpeg', 'e.webp', '._f.jpg', '.DS_Store', 'g.txt', 'inner/h.jpg'];
  for (const name of names) await writeFile(join(folder, name), GOOD_JPEG);
  await writeFile(Buffer.concat([Buffer.from(join(folder, 'z')), Buffer.from([0xe4]), Buffer.from('.jpg')]), GOOD_JPEG);
  await symlink('..', join(folder, 'inner/back'));
  await symlink('inner', join(folder, 'linked'));
  const found = [];
  for await (const { image, source, problem } of listPictures([folder])) found.push([relative(folder, image), typeof source, problem?.code]);
  const seen = found.map(([name]) => name);
  assert.deepEqual(seen.filter((name) => !name.endsWith('h.jpg')), ['a.jpe', 'b.JFIF', 'c.mpo', 'd.pjpeg', 'e.webp', 'z\ufffd.jpg']);
  assert.equal(seen.filter((name) => name.endsWith('h.jpg')).length, 1);
  assert.deepEqual(found.filter(([, , code]) => code), []);
  assert.equal(found.at(-1)[1], 'object', 'a file that no address names');
});

test('results that cannot be written are told of', { skip: !existsSync('/dev/full') && 'this system has no /dev/full' }, () => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--model', model.folder, picture('jpeg-444.jpg')], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'], encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /results could not be written: .*ENOSPC/);
});

test('a model and a picture at an address give the same numbers', async () => {
  const server = createPageServer({ mounts: [{ prefix: '/model/', folder: model.folder }, { prefix: '/pictures/', folder: picture('') }] });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const base = `http://127.0.0.1:${server.address().port}`;
  const remote = await run('--model', `${base}/model`, '--format', 'json', `${base}/pictures/jpeg-444.jpg`, `${base}/pictures/none.jpg`);
  server.close();
  const [scored, missing] = remote.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  const local = await runJson(picture('jpeg-444.jpg'));
  assert.deepEqual(scored.scores, local.lines[0].scores);
  assert.equal(missing.error.code, 'unreadable-picture');
  assert.equal(remote.status, 1);
});

test('CSV has a column for every number and quotes what needs it', async () => {
  await writeFile(join(work, 'with, comma.jpg'), GOOD_JPEG);
  const { status, stdout } = await run('--model', model.folder, '--format', 'csv', 'with, comma.jpg', 'none.jpg');
  assert.equal(status, 1);
  const [head, first, second] = stdout.trimEnd().split('\n');
  assert.equal(head, `image,quality,quality.standardError,emotion,${LABELS.map((label) => `emotion.${label}`).join()},beauty,beauty.standardError,damaged,error,message`);
  assert.match(first, /^"with, comma\.jpg",-?\d/);
  assert.equal(first.split(',').length, head.split(',').length + 1);
  assert.match(second, /^none\.jpg,,,,,,,,,,,unreadable-picture,/);
});

test('names that a terminal would obey, or a spreadsheet compute, are words', async () => {
  const names = ['=1+cmd.jpg', 'title\x1b]0;owned\x07.jpg', 'turned\u202egpj.exe'];
  for (const name of names) await writeFile(join(work, name), GOOD_JPEG);
  const csv = await run('--model', model.folder, '--format', 'csv', names[0]);
  assert.match(csv.stdout.split('\n')[1], /^'=1\+cmd\.jpg,/);
  const text = await run('--model', model.folder, ...names, 'none\x1b[2J.jpg');
  assert.match(text.stdout, /=1\+cmd\.jpg[^]*title\ufffd\]0;owned\ufffd\.jpg[^]*turned\ufffdgpj\.exe[^]*none\ufffd\[2J\.jpg/);
  assert.doesNotMatch(text.stdout, /(?!\n)\p{Cc}|\u202e/u);
  const usage = await run('--model', model.folder, '--\x1b]0;owned\x07.jpg');
  assert.doesNotMatch(usage.stderr, /(?!\n)\p{Cc}/u);
  const about = await run('--model', 'none\x1b[2J', '--about');
  assert.doesNotMatch(about.stderr, /(?!\n)\p{Cc}/u);
});

test('a name, a title or a label cannot write lines of its own', async () => {
  const forged = 'x.jpg  480 x 320, 3 ms\n  Sharpness\t9\u2028.jpg';
  await writeFile(join(work, forged), GOOD_JPEG);
  await writeFile(join(work, `broken ${forged}`), 'x');
  const { status, stdout } = await run('--model', model.folder, forged, `broken ${forged}`);
  assert.equal(status, 1);
  const lines = stdout.trimEnd().split('\n');
  const name = 'x.jpg  480 x 320, 3 ms\ufffd  Sharpness\ufffd9\ufffd.jpg';
  assert.equal(lines.length, 6);
  assert.ok(lines[0].startsWith(`${name}  `) && lines[4] === `broken ${name}` && lines[5].startsWith('  not scored: '), stdout);
  const tasks = [{ id: 'a', title: { en: 'A\n  Sharpness  9' }, output: { kind: 'classes', labels: ['one\n  two'] } }];
  const result = { image: 'x', picture: { width: 1, height: 1 }, milliseconds: { decode: 1, compute: 1 }, scores: { a: { raw: [1], label: 'one\n  two', probabilities: [1] } } };
  assert.equal(writers.text({ tasks }).line(result).trimEnd().split('\n').length, 2);
  const none = await run('--model', 'none\nscore.mjs: all is well', 'x.jpg');
  assert.equal(none.stderr.trimEnd().split('\n').length, 1);
});

test('--maximum-pixels refuses larger pictures, and a limit that is none ends at once', async () => {
  const inputs = [picture('jpeg-444.jpg'), picture('jpeg-17x16.jpg')];
  const { status, lines } = await runJson('--maximum-pixels', '272', ...inputs);
  assert.equal(status, 1);
  assert.deepEqual(lines.map(({ error }) => error?.code), ['picture-too-large', undefined]);
  for (const wrong of ['0', '-5', 'many', '134217729', '']) {
    const refused = await run('--model', model.folder, `--maximum-pixels=${wrong}`, ...inputs);
    assert.deepEqual([refused.status, refused.stdout], [2, ''], wrong);
    assert.match(refused.stderr, /\[bad-argument\]/);
  }
});

test('text is a block for each picture', async () => {
  const { status, stdout } = await run('--model', model.folder, picture('jpeg-444.jpg'));
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0], /jpeg-444\.jpg {2}\d+ x \d+, \d+ ms$/);
  assert.match(lines[1], /^ {2}Image quality {2}[█░]{20} {2}-?\d\.\d{3} ± \d\.\d{3} {2}\(0 to 1\)$/);
  assert.match(lines[2], /^ {2}Emotion {8}\w+ \d+ %, \w+ \d+ %, \w+ \d+ %$/);
  assert.equal(lines.length, 4);
});

test('--about tells what each task means, and needs no picture', async () => {
  const { status, stdout } = await run('--model', model.folder, '--about', '--task', 'emotion');
  assert.equal(status, 0);
  assert.match(stdout, /licence: /);
  assert.match(stdout, new RegExp(`emotion: .*a probability for each of ${LABELS.join(', ')}`));
  assert.doesNotMatch(stdout, /^quality: /m);
});

test('wrong use says how it is used, a wrong model what is wrong', async () => {
  for (const args of [[], ['x.jpg'], ['--model', model.folder], ['--model', model.folder, '--format', 'xml', 'x'], ['--nonsense']]) {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /usage: /);
  }
  const failures = [
    [['--model', join(work, 'none'), 'x.jpg'], 'not-found', 1],
    [['--model', model.folder, '--task', 'nothing', 'x.jpg'], 'unknown-task', 1],
    [['--model', model.folder, '--threads', 'many', 'x.jpg'], 'bad-argument', 2],
    [['--model', model.folder, '--threads', '0', 'x.jpg'], 'bad-argument', 2],
    [['--model', model.folder, '--variant', 'fast', 'x.jpg'], 'bad-argument', 2],
  ];
  for (const [args, code, expected] of failures) {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(status, expected, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`\\[${code}\\]`));
  }
  const help = await run('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--help, -h .*exit status: 0 .* 1 .* 2 /s);
});
