/** Where views lie in a picture: the arithmetic of c_src/image/views.c and resample.c, for those who draw or mask them. */

/** @import {Preprocess, Size} from './types.d.ts' */

/**
 * The size that a picture is resized to before views are cut.
 * @param {Preprocess['resize']} resize
 * @param {Size} picture after the orientation was applied
 * @returns {Size}
 */
export function resizedSize(resize, picture) {
  if (!('shorter' in resize)) return { width: resize.width, height: resize.height };
  const { shorter } = resize;
  return picture.width <= picture.height
    ? { width: shorter, height: Math.floor((shorter * picture.height) / picture.width) }
    : { width: Math.floor((shorter * picture.width) / picture.height), height: shorter };
}

/**
 * The views that a recipe cuts, in their order.
 * @param {Preprocess} preprocess
 * @param {Size} picture after the orientation was applied
 * @returns {{left: number, top: number, size: number}[]} squares, in pixels of the resized picture
 */
export function viewSquares({ resize, views }, picture) {
  const { width, height } = resizedSize(resize, picture);
  if ('center' in views) {
    const size = views.center;
    return [{ left: halfToEven(width - size), top: halfToEven(height - size), size }];
  }
  const { grid: [rows, columns], size } = views;
  const place = (/** @type {number} */ at, /** @type {number} */ parts, /** @type {number} */ side) => Math.floor(((2 * at + 1) * (side - size + 1)) / (2 * parts));
  return Array.from({ length: rows * columns }, (_, at) => ({
    left: place(at % columns, columns, width),
    top: place(Math.floor(at / columns), rows, height),
    size,
  }));
}

/** Half of a number; of the two whole numbers around the half of an odd one, the even one. @param {number} number */
function halfToEven(number) {
  const half = Math.floor(number / 2);
  return number % 2 === 0 ? half : half + (half % 2);
}
