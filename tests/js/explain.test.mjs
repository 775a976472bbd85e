/** Occlusion: each cell's value is the score of the picture with that cell painted over. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { meanColor, planOcclusion } from '../../web/lib/model/occlusion.js';
import { resizedSize, viewSquares } from '../../web/lib/engine/views.js';
import { Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { DETAILED, makeSeededModel } from '../support/seeded-model.mjs';

let model;
let scorer;
before(async () => {
  model = await makeSeededModel();
  scorer = await Scorer.load(model.folder, { threads: 1 });
});
after(async () => {
  scorer.dispose();
  await model.remove();
});

/** A picture that the resizing of a recipe leaves as it is, so that painting pixels paints the views. */
const pixels = (width, height) => ({
  width, height, data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at * at * 31 + (at >>> 9) * 57) % 256),
});

/** The bytes of the views that a recipe cuts from a picture of the resized size. */
function cut(picture, preprocess) {
  return Uint8Array.from(viewSquares(preprocess, picture).flatMap(({ left, top, size }) => {
    const bytes = [];
    for (let y = top; y < top + size; y += 1) {
      for (let x = left; x < left + size; x += 1) bytes.push(...picture.data.subarray((y * picture.width + x) * 4, (y * picture.width + x) * 4 + 3));
    }
    return bytes;
  }));
}

function painted(picture, cell, color) {
  const { width, height } = picture;
  const data = picture.data.slice();
  const edge = (share, side) => Math.round(share * side);
  for (let y = edge(cell.top, height); y < edge(cell.bottom, height); y += 1) {
    for (let x = edge(cell.left, width); x < edge(cell.right, width); x += 1) data.set(color, (y * width + x) * 4);
  }
  return { width, height, data };
}

for (const [id, width, height] of [['quality', 80, 96], ['beauty', 100, 64], ['emotion', 64, 90]]) {
  test(`the ${id} of each cell is that of the picture without it`, async () => {
    const picture = pixels(width, height);
    const task = scorer.tasks.find((each) => each.id === id);
    const color = meanColor(cut(picture, task.preprocess));
    const { cells, value, label, grid } = await scorer.explain(picture, { task: id, grid: [4, 3] });
    assert.deepEqual(grid, [4, 3]);
    assert.equal(cells.length, 12);
    const { from, to } = task.output;
    const at = task.output.labels?.indexOf(label);
    const numberOf = async (source) => {
      const score = (await scorer.score(source, { tasks: [id] })).scores[id];
      return label === undefined ? to[0] + (score.raw[0] - from[0]) * ((to[1] - to[0]) / (from[1] - from[0])) : score.probabilities[at];
    };
    assert.equal(value, await numberOf(picture));
    for (const cell of cells.filter((each) => each.value !== null)) {
      assert.equal(cell.value, await numberOf(painted(picture, cell, color)));
      assert.equal(cell.effect, value - cell.value);
    }
    assert.ok(new Set(cells.map((cell) => cell.value)).size > 3, 'cells differ');
  });
}

test('what no view sees has no effect to tell', async () => {
  const { cells } = await scorer.explain(pixels(400, 64), { task: 'beauty', grid: [1, 10] });
  assert.deepEqual(cells.map(({ effect }) => effect === null), [true, true, true, true, false, false, true, true, true, true]);
});

test('the cells cover the picture without a gap, and a mask stays within its view', () => {
  const preprocess = { resize: { shorter: 100, interpolation: 'bilinear' }, views: { grid: [2, 3], size: 64 } };
  const { cells, masks } = planOcclusion(preprocess, { width: 333, height: 200 }, [7, 5]);
  assert.ok(Math.abs(cells.reduce((sum, { left, top, right, bottom }) => sum + (right - left) * (bottom - top), 0) - 1) < 1e-12);
  for (let view = 0; view < 6; view += 1) {
    const area = masks.filter((mask) => mask.view === view).reduce((sum, { left, top, right, bottom }) => sum + (right - left) * (bottom - top), 0);
    assert.equal(area, 64 * 64, 'each pixel of a view is in one cell');
  }
});

test('sizes and views are those of the engine', () => {
  assert.deepEqual(resizedSize({ shorter: 320 }, { width: 1000, height: 667 }), { width: 479, height: 320 });
  assert.deepEqual(resizedSize({ height: 512, width: 384 }, { width: 9, height: 9 }), { width: 384, height: 512 });
  assert.deepEqual(viewSquares({ resize: { shorter: 64 }, views: { center: 64 } }, { width: 67, height: 64 }), [{ left: 2, top: 0, size: 64, from: { width: 67, height: 64 } }]);
  assert.deepEqual(viewSquares({ resize: { shorter: 64 }, views: { center: 64, rounding: 'down' } }, { width: 67, height: 64 }), [{ left: 1, top: 0, size: 64, from: { width: 67, height: 64 } }]);
  assert.deepEqual(resizedSize({ longer: 64 }, { width: 67, height: 30 }), { width: 64, height: 29 });
  assert.deepEqual(viewSquares({ resize: { longer: 64 }, views: { center: 64, pad: 0 } }, { width: 67, height: 30 }), [{ left: 0, top: -17, size: 64, from: { width: 64, height: 29 } }]);
  const grid = viewSquares({ resize: { height: 96, width: 80 }, views: { grid: [5, 3], size: 64 } }, { width: 1, height: 1 });
  assert.deepEqual(grid.map(({ left, top }) => [left, top]).slice(0, 4), [[2, 3], [8, 3], [14, 3], [2, 9]]);
  const touching = viewSquares({ resize: { height: 96, width: 81 }, views: { grid: [4, 3], size: 64, edges: true } }, { width: 1, height: 1 });
  assert.deepEqual([...new Set(touching.map(({ top }) => top))], [0, 11, 21, 32]);
  assert.deepEqual([...new Set(touching.map(({ left }) => left))], [0, 9, 17]);
  const alone = viewSquares({ resize: { height: 96, width: 80 }, views: { grid: [1, 1], size: 64, edges: true } }, { width: 1, height: 1 });
  assert.deepEqual(alone.map(({ left, top }) => [left, top]), [[8, 16]]);
});

test('views of detail are of the finer picture, and only of one that has more pixels', () => {
  const of = (width, height) => viewSquares(DETAILED, { width, height });
  assert.equal(of(100, 64).length, 2);
  assert.equal(of(100, 65).length, 6);
  assert.deepEqual(of(100, 65)[2].from, { width: 100, height: 65 }, 'never enlarged');
  assert.deepEqual(of(1000, 500).slice(2).map(({ left, top, from }) => [left, top, from.width, from.height]), [
    [64, 24, 320, 160], [192, 24, 320, 160], [64, 72, 320, 160], [192, 72, 320, 160],
  ]);
});

test('in a view of detail a mask hides the same part of the picture', () => {
  const size = { width: 1000, height: 500 };
  const { cells, masks } = planOcclusion(DETAILED, size, [5, 7]);
  const squares = viewSquares(DETAILED, size);
  assert.equal(squares.length, 6);
  for (const [view, { left, top, from }] of squares.entries()) {
    const own = masks.filter((mask) => mask.view === view);
    assert.equal(own.reduce((sum, mask) => sum + (mask.right - mask.left) * (mask.bottom - mask.top), 0), 64 * 64, 'each pixel of a view is in one cell');
    for (const mask of own) {
      const cell = cells[mask.cell];
      const inner = { left: mask.left > 0, top: mask.top > 0, right: mask.right < 64, bottom: mask.bottom < 64 };
      for (const side of ['left', 'right']) if (inner[side]) assert.ok(Math.abs((left + mask[side]) / from.width - cell[side]) <= 0.5 / from.width + 1e-12);
      for (const side of ['top', 'bottom']) if (inner[side]) assert.ok(Math.abs((top + mask[side]) / from.height - cell[side]) <= 0.5 / from.height + 1e-12);
    }
  }
});

test('a picture with views of detail is explained by all of them', async () => {
  const detailed = await makeSeededModel('q8', { preprocess: DETAILED });
  const own = await Scorer.load(detailed.folder, { threads: 1 });
  try {
    for (const [width, height, views] of [[120, 90, 6], [100, 64, 2]]) {
      const { scores } = await own.score(pixels(width, height), { tasks: ['quality'] });
      assert.equal(scores.quality.views.length, views);
      const { value, cells } = await own.explain(pixels(width, height), { task: 'quality', grid: [3, 3] });
      assert.equal(value, scores.quality.value);
      assert.ok(cells.every(({ effect }) => effect !== null) && new Set(cells.map(({ effect }) => effect)).size === 9);
    }
  } finally {
    own.dispose();
    await detailed.remove();
  }
});

test('progress counts to the end, and a signal stops it', async () => {
  const counts = [];
  await scorer.explain(new Blob([GOOD_JPEG]), { grid: [2, 2], onProgress: ({ phase, done, total }) => phase === 'computing' && counts.push([done, total]) });
  assert.equal(counts.at(-1)[0], counts.at(-1)[1]);
  assert.ok(counts.length > 1);
  const controller = new AbortController();
  const stopped = scorer.explain(new Blob([GOOD_JPEG]), { grid: [16, 16], signal: controller.signal, onProgress: ({ phase }) => phase === 'computing' && controller.abort() });
  await assert.rejects(stopped, { code: 'aborted' });
  assert.equal((await scorer.score(new Blob([GOOD_JPEG]))).picture.width, 61);
});

test('a wrong grid, task or kind is refused', async () => {
  for (const grid of [[0, 3], [3], [1.5, 2], [33, 1], 'x']) await assert.rejects(scorer.explain(new Blob([GOOD_JPEG]), { grid }), { code: 'bad-argument' });
  await assert.rejects(scorer.explain(new Blob([GOOD_JPEG]), { task: 'taste' }), { code: 'unknown-task' });
  await assert.rejects(scorer.explain(new Blob(['no picture'])), { code: 'unsupported-format' });
});
