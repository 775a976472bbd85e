/** Where views lie in a picture: the arithmetic of c_src/image/views.c and resample.c, for those who draw or mask them. */

/** @import {Preprocess, Size} from './types.d.ts' */

/**
 * The size that a picture is resized to before views are cut.
 * @param {Preprocess['resize']} resize
 * @param {Size} picture after the orientation was applied
 * @returns {Size}
 */
export function resizedSize(resize, picture) {
  if ('longer' in resize) {
    const ratio = Math.max(picture.width, picture.height) / resize.longer;
    return { width: roundToEven(picture.width / ratio), height: roundToEven(picture.height / ratio) };
  }
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
 * @returns {{left: number, top: number, size: number}[]} squares, in pixels of the resized picture; those of a padded one
 *   begin outside of it
 */
export function viewSquares({ resize, views }, picture) {
  const { width, height } = resizedSize(resize, picture);
  if ('center' in views) {
    const size = views.center;
    const start = (/** @type {number} */ side) => {
      if (side < size) return -Math.floor((size - side) / 2); /* padded */
      return views.rounding === 'down' ? Math.floor((side - size) / 2) : roundToEven((side - size) / 2);
    };
    return [{ left: start(width), top: start(height), size }];
  }
  const { grid: [rows, columns], size } = views;
  const place = (/** @type {number} */ at, /** @type {number} */ parts, /** @type {number} */ side) => Math.floor(((2 * at + 1) * (side - size + 1)) / (2 * parts));
  return Array.from({ length: rows * columns }, (_, at) => ({
    left: place(at % columns, columns, width),
    top: place(Math.floor(at / columns), rows, height),
    size,
  }));
}

/** The nearest whole number; of the two around a half, the even one. @param {number} number */
function roundToEven(number) {
  const floor = Math.floor(number);
  if (number - floor !== 0.5) return Math.round(number);
  return floor + (floor % 2);
}
