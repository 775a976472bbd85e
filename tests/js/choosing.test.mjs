/** Choosing pictures, apart from browsers: orders, the best ones, names of files, sidecars and camera facts against exiftool, previews of raw files. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bestOf, bestOfGroups } from '../../web/page/best.js';
import { differentNames, writeChosen } from '../../web/page/chosen-files.js';
import { combine } from '../../web/page/combined-order.js';
import { ALL, fits, isFiltered } from '../../web/page/cull-filter.js';
import { readCameraFacts } from '../../web/page/exif.js';
import { countLuma } from '../../web/page/histogram.js';
import { rawPreview } from '../../web/page/raw-preview.js';
import { moveFile } from '../../web/page/move.js';
import { sidecarNames, writeSidecar } from '../../web/page/sidecar.js';
import { readTiff } from '../../web/page/tiff.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { seededRandom } from '../../web/lib/shared/statistics.js';
import { cr2, cr3, dng, nef, raf } from '../support/raw-files.mjs';
import { standInForBrowser } from '../support/templates.mjs';

const run = promisify(execFile);

const task = (id) => ({ id, title: id, output: { kind: 'score', from: [0, 1], to: [0, 1] } });
const items = (rows) => rows.map((scores, at) => ({ id: at, path: `${at}.jpg`, scores: scores && Object.fromEntries(Object.entries(scores).map(([id, value]) => [id, { value, standardError: null }])) }));

/** Why a test cannot be run; undefined where it can. */
function lacksExiftool() {
  try {
    execFileSync('exiftool', ['-ver']);
    return undefined;
  } catch {
    return 'exiftool is missing: apt-get install libimage-exiftool-perl';
  }
}

test('a combined order weighs standings, not values; below zero it is turned round; what lacks a task has no place', () => {
  const all = items([{ a: 0.1, b: 1 }, { a: 0.11, b: 3 }, { a: 0.12, b: 2 }, { a: 0.5 }, null]);
  const placed = combine(all, [task('a'), task('b')], { a: 50, b: 50 });
  // standings of a among four: 0, 1/3, 2/3, 1; of b among three: 0, 1, 1/2
  assert.deepEqual(all.map((item) => placed.get(item)?.toFixed(6) ?? null), [0, (1 / 3 + 1) / 2, (2 / 3 + 1 / 2) / 2].map((each) => each.toFixed(6)).concat([null, null]));
  const turned = combine(all, [task('a'), task('b')], { a: -100 });
  assert.deepEqual(all.map((item) => turned.get(item)?.toFixed(3) ?? null), ['1.000', '0.667', '0.333', '0.000', null]);
  assert.equal(combine(all, [task('a')], {}).size, 0);
  const tied = combine(items([{ a: 1 }, { a: 1 }, { a: 2 }]), [task('a')], { a: 10 });
  assert.deepEqual([...tied.values()], [0.25, 0.25, 1]);
});

test('the best are the highest, one of each group', () => {
  const all = items([{ a: 5 }, { a: 4 }, { a: 3 }, { a: 2 }, null]);
  const valueOf = (item) => item.scores?.a.value ?? null;
  const groupOf = (item) => (item.id < 2 ? 7 : null);
  assert.deepEqual(bestOf(all, 2, { valueOf, groupOf }).map(({ id }) => id), [0, 2]);
  assert.deepEqual(bestOf(all, 9, { valueOf, groupOf }).map(({ id }) => id), [0, 2, 3]);
  assert.deepEqual([...bestOfGroups(all, { valueOf, groupOf })].map(({ id }) => id), [0]);
});

test('filters', () => {
  const known = { rating: { stars: 3, flag: 'pick' }, group: '"x"', isWorse: true };
  const isShown = (wanted) => fits({ path: 'Trip/IMG_1.JPG' }, { ...ALL, ...wanted }, known);
  const cases = [[{}, true], [{ stars: 3 }, true], [{ stars: 4 }, false], [{ stars: -1 }, false], [{ flag: 'pick' }, true], [{ flag: 'kept' }, true], [{ flag: 'reject' }, false],
    [{ flag: 'none' }, false], [{ name: 'trip/img' }, true], [{ name: 'png' }, false], [{ group: '"x"' }, true], [{ group: '"y"' }, false], [{ best: true }, false]];
  for (const [wanted, expected] of cases) assert.equal(isShown(wanted), expected, JSON.stringify(wanted));
  assert.deepEqual([isFiltered(ALL), isFiltered({ ...ALL, best: true })], [false, true]);
});

test('no file is written over: names differ, also where capitals do not count', () => {
  assert.deepEqual(differentNames(['a.jpg', 'A.JPG', 'b', 'b', '.x', 'a (2).jpg']), ['a.jpg', 'A (2).JPG', 'b', 'b (2)', '.x', 'a (2) (2).jpg']);
  assert.deepEqual(differentNames(['a.jpg'], new Set(['a.jpg', 'a (2).jpg'])), ['a (3).jpg']);
  assert.deepEqual(sidecarNames(['IMG_1.CR2', 'img_1.jpg', 'x.jpg']), ['IMG_1.CR2.xmp', 'img_1.jpg.xmp', 'x.xmp']);
});

test('the table of chosen pictures has a byte order mark, four digits, and no formulas', () => {
  const [item] = items([{ a: 0.123456 }]);
  const text = writeChosen([{ ...item, key: 'f'.repeat(64), path: '=1+cmd|x.jpg' }], { tasks: [task('a')], ratingOf: () => ({ stars: 4, flag: 'pick' }), names: ['x.jpg'] });
  assert.equal(text.charCodeAt(0), 0xfeff);
  const [head, row] = text.slice(1).split('\n');
  assert.match(head, /^file,image,stars,flag,a,/);
  assert.match(row, /^x\.jpg,'=1\+cmd\|x\.jpg,4,pick,0\.1235,/);
});

test('stars and flags in a sidecar are what exiftool reads; a rejected picture is -1, one without either has no sidecar', async (context) => {
  assert.equal(writeSidecar({ stars: 0, flag: null }), null);
  const missing = lacksExiftool();
  if (missing) return context.skip(missing);
  const folder = await mkdtemp(join(tmpdir(), 'percept-xmp-'));
  const cases = [
    [{ stars: 4, flag: 'pick' }, [4, 1, true]], [{ stars: 1, flag: null }, [1, undefined, undefined]], [{ stars: 5, flag: 'reject' }, [-1, -1, false]], [{ stars: 0, flag: 'pick' }, [undefined, 1, true]],
  ];
  for (const [rating, expected] of cases) {
    const path = join(folder, 'x.xmp');
    await writeFile(path, writeSidecar(rating));
    const [read] = JSON.parse((await run('exiftool', ['-j', '-n', '-validate', '-warning', '-XMP:all', path])).stdout);
    assert.deepEqual([read.Rating, read.Pick, read.Good && JSON.parse(String(read.Good).toLowerCase())], expected, JSON.stringify(read));
    assert.equal(read.Warning, undefined);
  }
  await rm(folder, { recursive: true });
});

test('what the camera wrote is read as exiftool wrote it: camera, lens, exposure, time, place', async (context) => {
  assert.equal(readCameraFacts(GOOD_JPEG), null);
  const missing = lacksExiftool();
  if (missing) return context.skip(missing);
  const folder = await mkdtemp(join(tmpdir(), 'percept-exif-'));
  const path = join(folder, 'x.jpg');
  const facts = { Make: 'NIKON CORPORATION', Model: 'NIKON D850', LensModel: '24-70mm f/2.8', ExposureTime: '1/250', FNumber: '5.6', ISO: '400', FocalLength: '35', DateTimeOriginal: '2026:11:29 15:04:05',
    GPSLatitude: '43.7696', GPSLatitudeRef: 'N', GPSLongitude: '11.2558', GPSLongitudeRef: 'W' };
  for (const order of ['II', 'MM']) {
    await writeFile(path, GOOD_JPEG);
    await run('exiftool', ['-q', `-ExifByteOrder=${order}`, ...Object.entries(facts).map(([name, value]) => `-${name}=${value}`), path]);
    const { place, ...read } = readCameraFacts(new Uint8Array(await readFile(path)));
    assert.deepEqual(read, { camera: 'NIKON D850', lens: '24-70mm f/2.8', seconds: 1 / 250, aperture: 5.6, iso: 400, millimetres: 35, time: '2026-11-29 15:04:05' }, order);
    assert.ok(Math.abs(place.latitude - 43.7696) < 1e-6 && Math.abs(place.longitude + 11.2558) < 1e-6, JSON.stringify(place));
  }
  await rm(folder, { recursive: true });
});

test('strange TIFF ends: loops, counts and offsets beyond the file, random bytes', () => {
  const random = seededRandom(5);
  const good = cr2(Buffer.from(GOOD_JPEG), Buffer.from(GOOD_JPEG), 6);
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Uint8Array.from(good.subarray(0, 400));
    for (let change = 0; change < 6; change += 1) bytes[8 + Math.floor(random() * 392)] = Math.floor(random() * 256);
    readTiff(bytes);
    readCameraFacts(bytes);
  }
  const loop = Uint8Array.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
  assert.equal(readTiff(loop).directories.length, 1);
  assert.equal(readTiff(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), null);
});

test('the largest preview of a raw file is found, the raw data are not taken for one, and the file says how it is turned', async () => {
  const jpeg = Buffer.from(GOOD_JPEG);
  const bytesOf = async (file) => Buffer.from(await (await rawPreview(new Blob([file]))).arrayBuffer());
  for (const [name, make] of Object.entries({ nef, dng, raf, cr3 })) assert.deepEqual(await bytesOf(make(jpeg)), jpeg, name);
  assert.deepEqual(await bytesOf(cr2(jpeg, jpeg, 1)), jpeg);
  const turned = await bytesOf(cr2(jpeg, jpeg, 6));
  assert.deepEqual(turned.subarray(-jpeg.length + 2), jpeg.subarray(2));
  const orientation = readTiff(new Uint8Array(turned.subarray(12, 40))).directories[0].get(0x112).values;
  assert.deepEqual(orientation, [6]);
  for (const none of [jpeg, Buffer.alloc(4096), Buffer.from('II*\0'), cr2(jpeg, jpeg, 1).subarray(0, 150)]) assert.equal(await rawPreview(new Blob([none])), null);
});

test('a histogram counts every pixel, and those at both ends', () => {
  const { bins, dark, bright } = countLuma(Uint8ClampedArray.from([0, 0, 0, 255, 255, 255, 255, 255, 128, 128, 128, 255, 128, 128, 128, 255]));
  assert.deepEqual([bins[0], bins[32], bins[63], dark, bright], [0.25, 0.5, 0.25, 0.25, 0.25]);
});

/** A folder as browsers give it, which tells what was done in it. @param {Record<string, string>} texts by name @param {(text: string) => string} [disk] what it makes of what is written */
function folderOf(texts, disk = (text) => text) {
  const done = [];
  const handle = (name) => ({
    getFile: async () => new File([texts[name]], name),
    createWritable: async () => ({
      write: async (input) => { texts[name] = disk(typeof input === 'string' ? input : await input.text()); },
      close: async () => { done.push(`write ${name}`); },
    }),
  });
  return {
    texts, done,
    name: 'folder',
    requestPermission: async () => 'granted',
    isSameEntry: async (other) => other.texts === texts,
    async *keys() { yield* Object.keys(texts); },
    getFileHandle: async (name, { create = false } = {}) => {
      if (!create && !Object.hasOwn(texts, name)) throw new Error(`no ${name}`);
      return handle(name);
    },
    removeEntry: async (name) => {
      done.push(`delete ${name}`);
      delete texts[name];
    },
  };
}

test('a picture is moved by a copy that is read back; where anything is not as it was, nothing is deleted', async () => {
  const key = createHash('sha256').update('picture').digest('hex');
  const moved = async (home, target, known = key) => moveFile({ key: known, home: { root: home, folder: home, name: 'a.jpg' } }, target, 'a (2).jpg');
  const [home, target] = [folderOf({ 'a.jpg': 'picture' }), folderOf({ 'a.jpg': 'another' })];
  const { file, home: now } = await moved(home, target);
  assert.deepEqual([await file.text(), now.name, now.folder === target], ['picture', 'a (2).jpg', true]);
  assert.deepEqual([home.texts, target.texts], [{}, { 'a.jpg': 'another', 'a (2).jpg': 'picture' }]);

  const broken = folderOf({}, (text) => text.slice(1));
  const kept = folderOf({ 'a.jpg': 'picture' });
  await assert.rejects(moved(kept, broken), { reason: 'save.copyDiffers' });
  assert.deepEqual([kept.done, broken.texts], [[], {}], 'a half copy is of no use');
  await assert.rejects(moved(kept, folderOf({}, () => { throw new Error('disk full'); })), /disk full/);
  await assert.rejects(moved(folderOf({}), target), /no a\.jpg/);
  const changed = folderOf({ 'a.jpg': 'other' });
  await assert.rejects(moved(changed, folderOf({})), { reason: 'save.wasChanged' });
  assert.deepEqual([kept.done, changed.done], [[], []]);
});

/** Moves pictures as the dialog does, all of them with a star, sidecars and a table. @returns {Promise<string>} what is said */
async function moveAll(shown, target) {
  standInForBrowser();
  const { learn } = await import('../../web/page/language.js');
  const { CULLING } = await import('../../web/page/culling-strings.js');
  const { movePictures } = await import('../../web/page/move-pictures.js');
  learn(CULLING);
  const wish = { tasks: [], ratingOf: () => ({ stars: 4, flag: null }), withSidecars: true, withTable: true };
  return movePictures(shown, target, { wish, pictures: { update: (item, change) => Object.assign(item, change) }, isStopped: () => false, tell() {} });
}

/** Pictures that came with a folder, named and shown as they lie there. */
const picturesIn = (home) => Object.keys(home.texts).map((name) => ({ key: null, name, path: name, sample: false, file: new File([home.texts[name]], name), home: { root: home, folder: home, name } }));

test('pictures are moved under their own names though they are shown in another order meanwhile', async () => {
  const [home, target] = [folderOf({ 'a.jpg': 'A', 'b.jpg': 'B', 'c.jpg': 'C' }), folderOf({})];
  const shown = picturesIn(home);
  home.requestPermission = async () => {
    shown.reverse();
    shown.pop();
    return 'granted';
  };
  assert.match(await moveAll(shown, target), /^3 pictures/);
  assert.deepEqual(home.texts, {});
  const { 'a.jpg': a, 'b.jpg': b, 'c.jpg': c, ...beside } = target.texts;
  assert.deepEqual([a, b, c, Object.keys(beside)], ['A', 'B', 'C', ['a.xmp', 'b.xmp', 'c.xmp', 'percept.csv']]);
});

test('a picture that lies in the folder already stays, and what is written beside it has its name', async () => {
  const [home, target] = [folderOf({ 'a.jpg': 'A' }), folderOf({ 'a.jpg': 'there' })];
  assert.match(await moveAll([...picturesIn(home), ...picturesIn(target)], target), /^1 picture was/);
  assert.deepEqual(Object.keys(target.texts), ['a.jpg', 'a (2).jpg', 'a (2).xmp', 'a.xmp', 'percept.csv']);
  assert.deepEqual([target.texts['a.jpg'], target.texts['a (2).jpg']], ['there', 'A']);
  assert.deepEqual(target.texts['percept.csv'].split('\n').slice(1, 3).map((row) => row.split(',')[0]), ['a (2).jpg', 'a.jpg']);
});
