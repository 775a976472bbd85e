/** The picture module against Pillow, whose results tests/golden/pillow.py wrote down. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PictureReader } from '../../web/lib/engine/picture.js';
import { viewSquares } from '../../web/lib/engine/views.js';
import { TestPicture, imports, pictureReaders, readGolden, readPicture, sha256, synthetic } from '../support/picture-helpers.mjs';

const golden = readGolden();
const picture = new TestPicture();
const readers = pictureReaders();

function ok(status) {
  assert.equal(status, 'OK', picture.message);
}

function takeSynthetic({ width, height, seed }) {
  ok(picture.take(width, height, synthetic(width, height, seed)));
}

test('the modules import nothing but their memory', () => {
  for (const each of imports) assert.deepEqual(each, [{ module: 'env', name: 'memory', kind: 'memory' }]);
});

test('picture_info tells version, statuses and limits', () => {
  const { version, statuses, limits } = picture.info;
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal(statuses[0], 'OK');
  assert.equal(statuses[5], 'CORRUPT_PICTURE');
  assert.deepEqual(limits, { pixels: 2 ** 27, side: 32768, views: 256 });
});

test(`resampling equals Pillow byte for byte on ${golden.resample.length / 4} pairs of sizes, all filters`, () => {
  assert.ok(golden.resample.length >= 400);
  for (const { toWidth, toHeight, filter, sha256: expected, ...source } of golden.resample) {
    takeSynthetic(source);
    ok(picture.resize(toWidth, toHeight, filter));
    const label = `${source.width}x${source.height} to ${toWidth}x${toHeight}, filter ${filter}`;
    assert.equal(sha256(picture.resizedPixels(toWidth, toHeight)), expected, label);
  }
});

test('the shorter side and the centre crop round as torchvision', () => {
  for (const { shorter, size, filter, sha256: expected, ...source } of golden.center) {
    takeSynthetic(source);
    ok(picture.resizeShorter(shorter, filter));
    ok(picture.cropCenter(size));
    const label = `${source.width}x${source.height}, shorter ${shorter}, centre ${size}`;
    assert.equal(sha256(picture.views(size)), expected, label);
  }
});

test('the longer side is rounded and padded as open_clip does, the centre rounded down as transformers does', () => {
  for (const { side, grey, filter, padded, down, ...source } of golden.otherCenter) {
    const label = `${source.width}x${source.height}, side ${side}, filter ${filter}`;
    takeSynthetic(source);
    ok(picture.resizeLonger(side, filter));
    ok(picture.pad(side, grey));
    ok(picture.cropCenter(side));
    assert.equal(sha256(picture.views(side)), padded, `${label}, padded`);
    ok(picture.resizeShorter(side, filter));
    ok(picture.cropCenterDown(side));
    assert.equal(sha256(picture.views(side)), down, `${label}, rounded down`);
  }
  const apart = golden.otherCenter.filter(({ width, height, side }) => (Math.floor((side * Math.max(width, height)) / Math.min(width, height)) - side) % 4 === 3);
  assert.ok(apart.length > 5, 'both roundings would agree');
});

test('grids lie at the midpoints', () => {
  for (const { rows, columns, size, sha256: expected, ...source } of golden.grid) {
    takeSynthetic(source);
    ok(picture.resize(source.width, source.height, 0));
    ok(picture.cropGrid(rows, columns, size));
    const label = `${rows} x ${columns} of ${size} from ${source.width}x${source.height}`;
    assert.equal(sha256(picture.views(size)), expected, label);
  }
});

test('grids to the edges begin and end there', () => {
  for (const { rows, columns, size, sha256: expected, ...source } of golden.edges) {
    takeSynthetic(source);
    ok(picture.resize(source.width, source.height, 0));
    ok(picture.cropGridToEdges(rows, columns, size));
    assert.equal(sha256(picture.views(size)), expected, `${rows} x ${columns} of ${size} from ${source.width}x${source.height}`);
  }
});

test('views of detail come from the finer picture, where there is one', async () => {
  const reader = await PictureReader.load();
  const counts = { with: 0, without: 0 };
  for (const { width, height, seed, preprocess, count, sha256: expected } of golden.detail) {
    const rgb = synthetic(width, height, seed);
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at % 4 === 3 ? 255 : rgb[(at >> 2) * 3 + at % 4]));
    const { views: [views] } = await reader.read({ width, height, data }, [{ ...preprocess, orientation: 'apply' }]);
    const label = `${width}x${height}, ${JSON.stringify(preprocess)}`;
    assert.equal(views.count, count, label);
    assert.equal(sha256(views.bytes), expected, label);
    assert.equal(viewSquares(preprocess, { width, height }).length, count, label);
    const [rows, columns] = preprocess.views.grid;
    counts[count > rows * columns ? 'with' : 'without'] += 1;
  }
  assert.ok(counts.with > 10 && counts.without > 2, JSON.stringify(counts));
});

describe('files decode to Pillow\'s pixels', () => {
  for (const expected of golden.files) {
    test(expected.file, () => {
      const reader = readers(expected.file);
      assert.equal(reader.decode(readPicture(expected.file)), 'OK', reader.message);
      assert.deepEqual([reader.width, reader.height, reader.isDamaged], [expected.width, expected.height, false]);
      assert.equal(sha256(reader.decodedPixels()), expected.sha256, 'upright');
      assert.equal(reader.decode(readPicture(expected.file), false), 'OK', reader.message);
      assert.equal(reader.width, expected.ignoredWidth);
      assert.equal(sha256(reader.decodedPixels()), expected.ignoredSha256, 'with its orientation ignored');
    });
  }
});

describe('files that become RGB after they are resized have Pillow\'s pixels', () => {
  const [WIDTH, HEIGHT] = [19, 14];
  let differ = 0;
  for (const { file, after } of golden.files.filter((each) => each.after)) {
    test(file, () => {
      const reader = readers(file);
      const resizedBy = (filter) => {
        assert.equal(reader.resize(WIDTH, HEIGHT, filter), 'OK', reader.message);
        return sha256(reader.resizedPixels(WIDTH, HEIGHT));
      };
      reader.convertAfter(true);
      assert.equal(reader.decode(readPicture(file)), 'OK', reader.message);
      assert.deepEqual(after.map((_, filter) => resizedBy(filter)), after);
      reader.convertAfter(false);
      assert.equal(reader.decode(readPicture(file)), 'OK', reader.message);
      differ += Number(after.some((each, filter) => resizedBy(filter) !== each));
    });
  }

  test('for some it makes a difference', () => assert.ok(differ > 20, `${differ}`));
});
