/**
 * Decodes HEIC with libheif where the browser cannot. The decoder is fetched when the first such picture comes.
 *
 * In: {id, blob}; out: {id, jpeg: Blob | null, isDecoderMissing: boolean}
 */

/** What is kept of the pixels: a picture of 12 megapixels would be 36 MB without. */
const QUALITY = 0.95;

/** @type {Promise<any> | null} */
let decoder = null;

onmessage = async ({ data: { id, blob } }) => {
  const libheif = await load().catch(() => null);
  const jpeg = libheif && await decode(libheif, blob).catch(() => null); // its file may have gone, too
  postMessage({ id, jpeg, isDecoderMissing: libheif === null });
};

/** What does not come is asked for again with the next picture. */
function load() {
  decoder ??= start().catch((error) => {
    decoder = null;
    throw error;
  });
  return decoder;
}

async function start() {
  const { default: libheif } = await import(String(new URL('./heif/libheif-bundle.mjs', import.meta.url)));
  return libheif();
}

/** The first picture of a file, turned as the file says. @param {any} libheif @param {Blob} blob */
async function decode({ HeifDecoder }, blob) {
  const images = new HeifDecoder().decode(new Uint8Array(await blob.arrayBuffer()));
  try {
    const [image] = images;
    const [width, height] = [image.get_width(), image.get_height()];
    const canvas = new OffscreenCanvas(width, height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const pixels = context.createImageData(width, height);
    await new Promise((resolve, reject) => {
      image.display(pixels, (/** @type {unknown} */ shown) => (shown ? resolve(shown) : reject(new Error('not decoded'))));
    });
    context.putImageData(pixels, 0, 0);
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  } finally {
    for (const image of images) image.free();
  }
}
