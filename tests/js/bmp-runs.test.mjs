/** Run-length coded BMP where Pillow 9.4 misreads it, so that Microsoft's description of the format is the judge; and broken runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestPicture } from '../support/picture-helpers.mjs';

const WIDTH = 5;
const HEIGHT = 3;
const picture = new TestPicture();

/** A file of 5 x 3 pixels whose palette's colour i is (i, 100 + i, 200 + i). */
function bmp(depth, runs) {
  const colors = 16;
  const head = Buffer.alloc(54 + 4 * colors);
  head.write('BM', 'latin1');
  head.writeUInt32LE(head.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(WIDTH, 18);
  head.writeInt32LE(HEIGHT, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(depth, 28);
  head.writeUInt32LE(depth === 8 ? 1 : 2, 30);
  head.writeUInt32LE(colors, 46);
  for (let i = 0; i < colors; i += 1) head.set([200 + i, 100 + i, i], 54 + 4 * i);
  return Buffer.concat([head, Buffer.from(runs)]);
}

/** What a picture's pixels are in the palette, row by row from the top. */
function indices() {
  const red = picture.decodedPixels().filter((_, at) => at % 3 === 0);
  return Array.from({ length: HEIGHT }, (_, y) => [...red.subarray(y * WIDTH, (y + 1) * WIDTH)]);
}

const GOOD = {
  'a step over pixels and rows': [8, [1, 3, 0, 2, 2, 1, 2, 4, 0, 0, 5, 9, 0, 1], [[9, 9, 9, 9, 9], [0, 0, 0, 4, 4], [3, 0, 0, 0, 0]]],
  'an odd number of single pixels of 4 bits': [4, [0, 3, 0x12, 0x30, 2, 0x56, 0, 0, 5, 0x77, 0, 0, 5, 0x88, 0, 1], [[8, 8, 8, 8, 8], [7, 7, 7, 7, 7], [1, 2, 3, 5, 6]]],
  'rows that end early': [8, [2, 1, 0, 0, 0, 0, 5, 2, 0, 1], [[2, 2, 2, 2, 2], [0, 0, 0, 0, 0], [1, 1, 0, 0, 0]]],
  'an end before the last row': [8, [5, 1, 0, 1], [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]],
  'no end behind the last pixel': [8, [5, 1, 0, 0, 5, 2, 0, 0, 5, 3], [[3, 3, 3, 3, 3], [2, 2, 2, 2, 2], [1, 1, 1, 1, 1]]],
  'a run beyond its row': [8, [9, 1, 0, 0, 5, 2, 0, 0, 5, 3, 0, 1], [[3, 3, 3, 3, 3], [2, 2, 2, 2, 2], [1, 1, 1, 1, 1]]],
};
for (const [what, [depth, runs, rows]] of Object.entries(GOOD)) {
  test(`${what} is read`, () => {
    assert.equal(picture.decode(bmp(depth, runs)), 'OK', picture.message);
    assert.deepEqual(indices(), rows);
  });
}

const BROKEN = {
  'runs that stop': [8, [5, 1, 0, 0, 5], /cut short/],
  'single pixels that are missing': [8, [0, 5, 1, 2], /cut short/],
  'a step that is cut': [8, [0, 2, 1], /cut short/],
  'a step out of the picture': [8, [0, 2, 0, 3, 1, 1], /steps out/],
  'single pixels beyond the row': [8, [0, 6, 1, 2, 3, 4, 5, 6], /longer than the picture/],
};
for (const [what, [depth, runs, message]] of Object.entries(BROKEN)) {
  test(`${what}: refused`, () => {
    assert.equal(picture.decode(bmp(depth, runs)), 'CORRUPT_PICTURE');
    assert.match(picture.message, message);
  });
}

test('runs of 8 bits in a picture of 4: refused', () => {
  const file = bmp(8, [5, 1, 0, 1]);
  file.writeUInt16LE(4, 28);
  assert.equal(picture.decode(file), 'CORRUPT_PICTURE');
});
