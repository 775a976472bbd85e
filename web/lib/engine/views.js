/** Where views lie in a picture: the arithmetic of c_src/image/views.c and resample.c, for those who draw or mask them. */

/** @import {GridViews, Preprocess, Size, Square} from './types.d.ts' */

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
 * What a picture is resized to for its detail views; null where it has none, for it has no more pixels than the other views show.
 * @param {Pick<Preprocess, 'resize' | 'detail'>} preprocess
 * @param {Size} picture after the orientation was applied
 * @returns {Preprocess['resize'] | null}
 */
export function detailResize({ resize, detail }, { width, height }) {
  if (!detail || !('shorter' in resize)) return null;
  const shorter = Math.min(detail.shorter, width, height);
  return shorter > resize.shorter ? { ...resize, shorter } : null;
}

/**
 * The views that a recipe cuts, in their order: those of detail come last.
 * @param {Pick<Preprocess, 'resize' | 'views' | 'detail'>} preprocess
 * @param {Size} picture after the orientation was applied
 * @returns {Square[]} those of a padded picture begin outside of it
 */
export function viewSquares({ resize, views, detail }, picture) {
  const from = resizedSize(resize, picture);
  if ('center' in views) return [centerSquare(views, from)];
  const finer = detailResize({ resize, detail }, picture);
  const squares = gridSquares(views, from);
  return finer && detail ? [...squares, ...gridSquares({ grid: detail.grid, size: views.size }, resizedSize(finer, picture))] : squares;
}

/** @param {Extract<Preprocess['views'], {center: number}>} views @param {Size} from @returns {Square} */
function centerSquare({ center: size, rounding }, from) {
  const start = (/** @type {number} */ side) => {
    if (side < size) return -Math.floor((size - side) / 2); /* padded */
    return rounding === 'down' ? Math.floor((side - size) / 2) : roundToEven((side - size) / 2);
  };
  return { left: start(from.width), top: start(from.height), size, from };
}

/** @param {GridViews} views @param {Size} from @returns {Square[]} */
function gridSquares({ grid: [rows, columns], size, edges }, from) {
  const place = (/** @type {number} */ at, /** @type {number} */ parts, /** @type {number} */ side) => (edges && parts > 1
    ? Math.floor((2 * at * (side - size) + parts - 1) / (2 * (parts - 1)))
    : Math.floor(((2 * at + 1) * (side - size + 1)) / (2 * parts)));
  return Array.from({ length: rows * columns }, (_, at) => ({
    left: place(at % columns, columns, from.width),
    top: place(Math.floor(at / columns), rows, from.height),
    size,
    from,
  }));
}

/** The nearest whole number; of the two around a half, the even one. @param {number} number */
function roundToEven(number) {
  const floor = Math.floor(number);
  if (number - floor !== 0.5) return Math.round(number);
  return floor + (floor % 2);
}
