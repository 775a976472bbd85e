/** Occlusion: each cell's value is the score of the picture with that cell painted over. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { meanColor, planOcclusion } from '../../web/lib/model/occlusion.js';
import { resizedSize, viewSquares } from '../../web/lib/engine/views.js';
import { Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

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
  assert.deepEqual(viewSquares({ resize: { shorter: 64 }, views: { center: 64 } }, { width: 67, height: 64 }), [{ left: 2, top: 0, size: 64 }]);
  assert.deepEqual(viewSquares({ resize: { shorter: 64 }, views: { center: 64, rounding: 'down' } }, { width: 67, height: 64 }), [{ left: 1, top: 0, size: 64 }]);
  assert.deepEqual(resizedSize({ longer: 64 }, { width: 67, height: 30 }), { width: 64, height: 29 });
  assert.deepEqual(viewSquares({ resize: { longer: 64 }, views: { center: 64, pad: 0 } }, { width: 67, height: 30 }), [{ left: 0, top: -17, size: 64 }]);
  const grid = viewSquares({ resize: { height: 96, width: 80 }, views: { grid: [5, 3], size: 64 } }, { width: 1, height: 1 });
  assert.deepEqual(grid.map(({ left, top }) => [left, top]).slice(0, 4), [[2, 3], [8, 3], [14, 3], [2, 9]]);
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
