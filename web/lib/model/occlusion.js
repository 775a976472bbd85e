/** Occlusion: which part of which view is hidden in turn, and by which colour. */
import { resizedSize, viewSquares } from '../engine/views.js';

/** @import {Mask, Preprocess, Rectangle, Size} from './types.d.ts' */

/**
 * Cuts the resized picture into rows x columns cells and finds every view that a cell touches. Cells have whole
 * pixels: the edges of n cells along a side lie at floor(i · side / n). In detail views, which are cut from a larger picture, a
 * cell is the same part of the picture, its edges rounded to that one's pixels.
 * @param {Preprocess} preprocess
 * @param {Size} picture
 * @param {[number, number]} grid rows, columns
 * @returns {{cells: Rectangle[], masks: Mask[]}} cells, row by row, in fractions of the picture. A cell that no view touches has no mask.
 */
export function planOcclusion(preprocess, picture, [rows, columns]) {
  const { width, height } = resizedSize(preprocess.resize, picture);
  const squares = viewSquares(preprocess, picture);
  /** @type {Rectangle[]} */
  const cells = [];
  /** @type {Mask[]} */
  const masks = [];
  for (let at = 0; at < rows * columns; at += 1) {
    const row = Math.floor(at / columns);
    const column = at % columns;
    const [top, bottom] = [row, row + 1].map((edge) => Math.floor((edge * height) / rows));
    const [left, right] = [column, column + 1].map((edge) => Math.floor((edge * width) / columns));
    cells.push({ left: left / width, top: top / height, right: right / width, bottom: bottom / height });
    squares.forEach((square, view) => {
      const { from, size } = square;
      const inView = (/** @type {number} */ edge, /** @type {number} */ start) => Math.min(size, Math.max(0, edge - start));
      const x = (/** @type {number} */ edge) => inView(Math.round((edge * from.width) / width), square.left);
      const y = (/** @type {number} */ edge) => inView(Math.round((edge * from.height) / height), square.top);
      const mask = { cell: at, view, left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
      if (mask.left < mask.right && mask.top < mask.bottom) masks.push(mask);
    });
  }
  return { cells, masks };
}

/** The mean of all pixels, each colour rounded. @param {Uint8Array} bytes red, green, blue, … */
export function meanColor(bytes) {
  const sums = [0, 0, 0];
  for (let at = 0; at < bytes.length; at += 1) sums[at % 3] += bytes[at];
  return sums.map((sum) => Math.round((3 * sum) / bytes.length));
}

/**
 * Paints a mask over a view.
 * @param {Uint8Array} view [size, size, 3], changed in place @param {number} size @param {Rectangle} mask
 * @param {number[]} color
 */
export function paint(view, size, { left, top, right, bottom }, color) {
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) view.set(color, (y * size + x) * 3);
  }
}
