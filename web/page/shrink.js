/**
 * Makes small pictures. Only pictures that the engine has decoded come here: a stranger's header can promise billions of pixels, and a
 * browser that believes it stands still.
 */
const SIDE = 480;

/**
 * @param {{blob: Blob, width: number, height: number}} picture
 * @returns {Promise<{thumbnail: Blob | null, brightness: number | null}>} null where a browser cannot show what the engine could read
 */
export async function shrink({ blob, width, height }) {
  try {
    return await shrunk(blob, width, height);
  } catch {
    return { thumbnail: null, brightness: null };
  }
}

/** @param {Blob} blob @param {number} width @param {number} height of its picture */
async function shrunk(blob, width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const sideOf = (/** @type {number} */ side) => Math.max(1, Math.round(side * scale));
  const size = /** @type {const} */ ([sideOf(width), sideOf(height)]);
  const bitmap = await createImageBitmap(blob, { resizeWidth: size[0], resizeHeight: size[1], resizeQuality: 'medium' });
  const canvas = new OffscreenCanvas(...size);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, ...size);
  return { thumbnail: await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.82 }), brightness: meanLuma(data) };
}

/** The mean of Rec. 709's luma, 0 to 1. @param {Uint8ClampedArray} data */
function meanLuma(data) {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
  return sum / (data.length / 4) / 255;
}
