/** Where views lie in a picture: the arithmetic of c_src/image/views.c and resample.c, for those who draw or mask them. */

/**
 * The size that a picture is resized to before views are cut.
 * @param {object} resize the manifest's `preprocess.resize`
 * @param {{width: number, height: number}} picture pixels, after the orientation was applied
 * @returns {{width: number, height: number}}
 */
export function resizedSize({ shorter, height, width }, picture) {
  if (shorter === undefined) return { width, height };
  return picture.width <= picture.height
    ? { width: shorter, height: Math.floor((shorter * picture.height) / picture.width) }
    : { width: Math.floor((shorter * picture.width) / picture.height), height: shorter };
}

/**
 * The views that a recipe cuts, in their order.
 * @param {object} preprocess the manifest's
 * @param {{width: number, height: number}} picture pixels, after the orientation was applied
 * @returns {{left: number, top: number, size: number}[]} squares, in pixels of the resized picture
 */
export function viewSquares({ resize, views }, picture) {
  const { width, height } = resizedSize(resize, picture);
  if (views.center !== undefined) {
    const size = views.center;
    return [{ left: halfToEven(width - size), top: halfToEven(height - size), size }];
  }
  const { grid: [rows, columns], size } = views;
  const place = (at, parts, side) => Math.floor(((2 * at + 1) * (side - size + 1)) / (2 * parts));
  return Array.from({ length: rows * columns }, (_, at) => ({
    left: place(at % columns, columns, width),
    top: place(Math.floor(at / columns), rows, height),
    size,
  }));
}

/** Half of a number; of the two whole numbers around the half of an odd one, the even one. */
function halfToEven(number) {
  const half = Math.floor(number / 2);
  return number % 2 === 0 ? half : half + (half % 2);
}
