/** Pixels of the longer side: sharp at the element's size on a dense screen, a few hundred kilobytes in memory. */
const LONGEST = 720;

/**
 * Draws a picture that the engine has already decoded (a header alone may promise billions of pixels). A canvas, since
 * pages may forbid images from blobs.
 * @param {Blob} blob
 * @param {HTMLCanvasElement} canvas gets the picture's proportions
 * @returns {Promise<boolean>} whether this browser could draw it
 */
export async function drawThumbnail(blob, canvas) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch {
    return false;
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return true;
}
