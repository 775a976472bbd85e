/** How large a picture may be (the caller's limit, what headers claim, bytes of a file), and pictures that servers spoil. */
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { claimedSize } from '../../web/lib/engine/claimed-size.js';
import { fetchPicture } from '../../web/lib/model/fetch-picture.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { serveFaulty } from '../support/faulty-server.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

const PIXELS = 61 * 43; // of GOOD_JPEG
const ENGINE_LIMIT = 134217728;

let model;
before(async () => {
  model = await makeSeededModel();
});
after(() => model.remove());

const jpeg = () => new Blob([GOOD_JPEG]);
const pixels = (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) });
const isCoded = (code, words) => (error) => {
  assert.ok(error instanceof PerceptError, error.stack);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

async function scorerOf(maximumPixels, use) {
  const scorer = await Scorer.load(model.folder, { threads: 1, maximumPixels });
  try {
    await use(scorer);
  } finally {
    scorer.dispose();
  }
}

test('a picture of maximumPixels is scored, one of a pixel more is refused, and the next one works', () => scorerOf(PIXELS, async (scorer) => {
  const { scores } = await scorer.score(jpeg());
  await scorerOf(undefined, async (other) => assert.deepEqual((await other.score(jpeg())).scores, scores));
  await assert.rejects(scorer.score(pixels(PIXELS + 1, 1)), isCoded('picture-too-large', new RegExp(`${PIXELS + 1} x 1 pixels; at most ${PIXELS} pixels`)));
  await scorerOf(PIXELS - 1, async (other) => {
    for (const call of ['score', 'embed', 'explain']) {
      await assert.rejects(other[call](jpeg()), isCoded('picture-too-large', /61 x 43 pixels; at most 2622 pixels/));
    }
    assert.ok((await other.score(pixels(64, 40))).scores);
  });
  assert.deepEqual((await scorer.score(jpeg())).scores, scores);
}));

for (const wrong of [0, -1, 1.5, NaN, Infinity, '100', ENGINE_LIMIT + 1, 2 ** 32 + PIXELS, Number.MAX_SAFE_INTEGER]) {
  test(`maximumPixels of ${JSON.stringify(wrong) ?? wrong} (${typeof wrong}) is refused when the model is loaded`, async () => {
    await assert.rejects(Scorer.load(model.folder, { threads: 1, maximumPixels: wrong }), isCoded('bad-argument', /maximumPixels is not a whole number|must be 1 to 134217728/));
  });
}

test('the engine\'s own limit may be named', () => scorerOf(ENGINE_LIMIT, async (scorer) => assert.ok((await scorer.score(jpeg())).scores)));

/** A sparse file of 1 GiB. */
async function hugeFile(use) {
  const path = join(await mkdtemp(join(tmpdir(), 'percept-huge-')), 'huge.jpg');
  try {
    await writeFile(path, GOOD_JPEG);
    await truncate(path, 2 ** 30);
    await use(path);
  } finally {
    await rm(dirname(path), { recursive: true });
  }
}

test('a file that no decoder\'s memory holds is refused before it is read, as a Blob and by its address', () => hugeFile((path) => scorerOf(undefined, async (scorer) => {
  const before = process.memoryUsage().arrayBuffers;
  await assert.rejects(scorer.score(await openAsBlob(path)), isCoded('picture-too-large', /more than 1073741823 bytes/));
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 26);
  assert.ok((await scorer.score(jpeg())).scores);
})));

// ---- addresses ----

const PICTURE = { '/picture.jpg': GOOD_JPEG };

async function served(fault, use) {
  const server = await serveFaulty(PICTURE, () => fault);
  try {
    await use(`${server.origin}/picture.jpg`);
  } finally {
    await server.close();
  }
}

test('a picture at an address is scored as the file is', () => served(null, (url) => scorerOf(undefined, async (scorer) => {
  assert.deepEqual((await scorer.score(url)).scores, (await scorer.score(jpeg())).scores);
})));

for (const [what, fault] of [['breaks off', { cutAt: 500 }], ['is in trouble', { status: 503 }], ['has nothing', { status: 404 }]]) {
  test(`where the server of a picture ${what}, that is told, and the engine lives on`, () => served(fault, (url) => scorerOf(undefined, async (scorer) => {
    workers.length = 0;
    await assert.rejects(scorer.score(url), isCoded('unreadable-picture', /picture/));
    assert.ok((await scorer.score(jpeg())).scores);
    assert.equal(workers.length, 0, 'a new worker was started');
  })));
}

test('a server that falls silent in the middle of a picture is not waited for', () => served({ stallAt: 500 }, async (url) => {
  await assert.rejects(fetchPicture(url, { stall: 200 }), isCoded('unreadable-picture', /nothing came for 0.2 seconds/));
}));

test('a cancelled call gives up its picture', () => served({ stallAt: 500 }, (url) => scorerOf(undefined, async (scorer) => {
  await assert.rejects(scorer.score(url, { signal: AbortSignal.timeout(300) }), isCoded('aborted', /./));
  assert.ok((await scorer.score(jpeg())).scores);
})));

// ---- what headers claim ----

function ispe(width, height) {
  const box = Buffer.alloc(20);
  box.writeUInt32BE(20);
  box.write('ispe', 4, 'latin1');
  box.writeUInt32BE(width, 12);
  box.writeUInt32BE(height, 16);
  return box;
}

const AVIF = Buffer.from('\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf\0\0\0\0meta', 'latin1');

for (const [what, bytes, size] of [
  ['an AVIF with a thumbnail', Buffer.concat([AVIF, ispe(160, 120), ispe(40000, 30000), ispe(512, 512)]), { width: 40000, height: 30000 }],
  ['an AVIF of 2^32 - 1 pixels a side', Buffer.concat([AVIF, ispe(2 ** 32 - 1, 2 ** 32 - 1)]), { width: 2 ** 32 - 1, height: 2 ** 32 - 1 }],
  ['an AVIF that is cut in its size', Buffer.concat([AVIF, ispe(40000, 30000).subarray(0, 19)]), null],
  ['a box of that name and another length', Buffer.concat([AVIF, Buffer.from('\0\0\0\x15ispe', 'latin1'), Buffer.alloc(30, 255)]), null],
  ['nothing', new Uint8Array(0), null],
]) {
  test(`the size that ${what} claims`, () => assert.deepEqual(claimedSize(bytes), size));
}

test('every brand of HEIC and AVIF is the browser\'s to decode, and told as such where there is none', async () => {
  const file = (brand) => new Blob([new Uint8Array([0, 0, 0, 24]), `ftyp${brand}`, new Uint8Array(60)]);
  await scorerOf(undefined, async (scorer) => {
    for (const brand of ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1']) await assert.rejects(scorer.score(file(brand)), isCoded('unsupported-here', /HEIC/));
    for (const brand of ['avif', 'avis']) await assert.rejects(scorer.score(file(brand)), isCoded('unsupported-here', /AVIF/));
    await assert.rejects(scorer.score(file('isom')), isCoded('unsupported-format', /video/));
  });
});
