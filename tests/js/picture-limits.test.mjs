/** The picture module at its limits: hostile headers, large pictures, little memory, files that are not pictures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';

import { TestPicture, pictureReaders, blockGrey, blockJpeg, readGolden, readPicture, sha256, synthetic } from '../support/picture-helpers.mjs';

const golden = readGolden();
const PAGE = 65536;

function expectPicture(picture, name = 'jpeg-420.jpg') {
  const expected = golden.files.find(({ file }) => file === name);
  assert.equal(picture.decode(readPicture(name)), 'OK', picture.message);
  assert.equal(sha256(picture.decodedPixels()), expected.sha256);
}

/** A file whose header says 60000 x 60000. */
function hugeHeader(name) {
  const bytes = readPicture(name);
  const view = new DataView(bytes.buffer);
  if (name.endsWith('.png')) {
    view.setUint32(16, 60000);
    view.setUint32(20, 60000);
    view.setUint32(29, crc32(bytes.subarray(12, 29)));
  } else if (name.endsWith('.bmp')) {
    view.setUint32(18, 60000, true);
    view.setUint32(22, 60000, true);
  } else if (name.endsWith('.gif')) {
    view.setUint16(6, 60000, true);
    view.setUint16(8, 60000, true);
  } else {
    const frame = bytes.findIndex((byte, i) => byte === 0xFF && bytes[i + 1] === 0xC0);
    view.setUint16(frame + 5, 60000);
    view.setUint16(frame + 7, 60000);
  }
  return bytes;
}

for (const name of ['jpeg-420.jpg', 'png-color2-8bit.png', 'bmp-24bit.bmp', 'gif-interlaced.gif']) {
  test(`a header of 60000 x 60000 is refused before memory is taken: ${name}`, () => {
    const picture = new TestPicture();
    const before = picture.memory.buffer.byteLength;
    assert.equal(picture.decode(hugeHeader(name)), 'PICTURE_TOO_LARGE');
    assert.match(picture.message, /60000 x 60000/);
    assert.equal(picture.memory.buffer.byteLength, before);
    expectPicture(picture);
  });
}

test('a text file by the name of a picture, and formats that are not read, are named', () => {
  const picture = new TestPicture();
  const encoder = new TextEncoder();
  const files = {
    'text file': encoder.encode('This is a letter, not a picture.\n'),
    AVIF: encoder.encode('\0\0\0\x1cftypavif\0\0\0\0'),
    HEIC: encoder.encode('\0\0\0\x1cftypheic\0\0\0\0'),
    empty: new Uint8Array(0),
  };
  for (const [name, bytes] of Object.entries(files)) {
    assert.equal(picture.decode(bytes), 'UNSUPPORTED_FORMAT');
    assert.match(picture.message, new RegExp(name));
  }
  expectPicture(picture);
});

test('a file that is cut short is refused, and the next one works', () => {
  const picture = new TestPicture();
  for (const name of ['jpeg-420.jpg', 'jpeg-progressive.jpg', 'png-color2-8bit.png', 'bmp-24bit.bmp', 'gif-still.gif']) {
    const bytes = readPicture(name);
    for (const kept of [0.95, 0.7, 0.4]) {
      assert.equal(picture.decode(bytes.subarray(0, Math.floor(bytes.length * kept))), 'CORRUPT_PICTURE', name);
      assert.match(picture.message, /cut short|damaged/);
    }
    expectPicture(picture, name);
  }
});

test('a JPEG of 12 megapixels is decoded, resized and cut', () => {
  const picture = new TestPicture();
  const [width, height, seed, size] = [4000, 3000, 5, 64];
  assert.equal(picture.decode(blockJpeg(width, height, seed)), 'OK', picture.message);
  assert.deepEqual([picture.width, picture.height], [width, height]);
  assert.equal(picture.resize(width, height, 0), 'OK');
  assert.equal(picture.cropGrid(5, 3, size), 'OK');
  const views = picture.views(size);
  for (let view = 0; view < 15; view++) {
    const top = Math.floor(((Math.floor(view / 3) + 0.5) * (height - size + 1)) / 5);
    const left = Math.floor((((view % 3) + 0.5) * (width - size + 1)) / 3);
    for (const [x, y] of [[0, 0], [17, 40], [63, 63]]) {
      const at = ((view * size + y) * size + x) * 3;
      const grey = blockGrey(seed, (left + x) >> 3, (top + y) >> 3);
      assert.deepEqual([...views.subarray(at, at + 3)], [grey, grey, grey]);
    }
  }
  assert.equal(picture.resizeShorter(224, 1), 'OK');
  assert.equal(picture.cropCenter(224), 'OK');
});

test('pictures at the limits of side and of pixels', () => {
  const picture = new TestPicture();
  assert.equal(picture.take(32768, 1, synthetic(32768, 1, 4)), 'OK');
  assert.equal(picture.resizeShorter(8, 0), 'OK', picture.message);
  assert.equal(picture.resizeShorter(224, 0), 'PICTURE_TOO_LARGE');
  assert.match(picture.message, /32768 x 1/);
  assert.equal(picture.resize(8192, 8192, 1), 'OK', picture.message);
  assert.equal(picture.exports.picture_rgba_input(picture.handle, 32769, 1), 0);
  assert.equal(picture.exports.picture_rgba_input(picture.handle, 16385, 8192), 0);
  expectPicture(picture);
});

test('where memory ends early, every step says so, and smaller pictures still work', () => {
  const jpeg = blockJpeg(640, 480, 1);
  const statuses = new Set();
  for (let pages = 16; pages < 200; pages += 2) {
    const picture = new TestPicture(pages);
    let status = picture.decode(jpeg);
    if (status === 'OK') status = picture.resize(600, 500, 1);
    if (status === 'OK') status = picture.cropGrid(2, 2, 400);
    statuses.add(status);
    if (status !== 'OK') assert.match(picture.message, /memory/, `${pages} pages`);
    assert.ok(picture.memory.buffer.byteLength <= pages * PAGE);
    expectPicture(picture, 'jpeg-17x16.jpg');
  }
  assert.deepEqual([...statuses].sort(), ['OK', 'OUT_OF_MEMORY']);
});

test('no changed byte makes the module trap (every byte: tests/c/picture_hostile_test.c)', () => {
  const readers = pictureReaders();
  const allowed = ['OK', 'CORRUPT_PICTURE', 'UNSUPPORTED_FORMAT', 'PICTURE_TOO_LARGE'];
  for (const { file } of golden.files) {
    const bytes = readPicture(file);
    for (let i = 0; i < bytes.length; i += 7) {
      bytes[i] ^= 0xFF;
      assert.ok(allowed.includes(readers(file).decode(bytes)), `${file}, byte ${i}`);
      bytes[i] ^= 0xFF;
    }
  }
  expectPicture(readers('a.jpg'));
});

test('the same instance decodes picture after picture without growing', () => {
  const readers = pictureReaders();
  const names = golden.files.map(({ file }) => file);
  const round = () => names.forEach((name) => assert.equal(readers(name).decode(readPicture(name)), 'OK', name));
  const sizes = () => ['a.jpg', 'a.webp'].map((name) => readers(name).memory.buffer.byteLength);
  round();
  const before = sizes();
  for (let i = 0; i < 5; i++) round();
  assert.deepEqual(sizes(), before);
});
