/**
 * Formats that the engine does not decode go through the browser. Its pixels may differ a little from
 * one browser to the next, so the result says which decoder ran. Where a browser lacks a format, that is told from damage.
 */
import { PerceptError } from '../errors.js';
import { onNode } from '../platform/node.js';
import { claimedSize } from './claimed-size.js';

/** @type {Record<string, string>} */
const BRANDS = { avif: 'AVIF', avis: 'AVIF', heic: 'HEIC', heix: 'HEIC', hevc: 'HEIC', heim: 'HEIC', heis: 'HEIC', mif1: 'HEIC', msf1: 'HEIC' };

/** A pixel, or a few, in each format: a browser that cannot decode them lacks the format. */
/** @type {Record<string, string>} */
const SAMPLES = {
  AVIF: 'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAABkAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAEAAAABAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAABAA0ABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACFtZGF0EgAKBzgABhAQ0GkyDBZABhhhhAAAeUzRyg==',
  HEIC: 'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAFgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAEAAAABAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAAAebWRhdAAAABIoAa8TgObIaFP//7rjp5Rho5g=',
};

/**
 * The name of the format if the browser has to decode it, else null.
 * @param {Uint8Array} head the file's first bytes, 12 or more
 */
export function needsBrowser(head) {
  const text = (/** @type {number} */ start, /** @type {number} */ end) => String.fromCharCode(...head.subarray(start, end));
  if (text(4, 8) !== 'ftyp') return null;
  return BRANDS[text(8, 12)] ?? null;
}

/**
 * @param {Blob} blob
 * @param {{head: Uint8Array, format: string, applyOrientation: boolean, limits: {pixels: number, side: number}}} options
 *   head: the file's first bytes, as claimed-size.js wants them
 * @returns {Promise<ImageData>}
 */
export async function decodeWithBrowser(blob, { head, format, applyOrientation, limits }) {
  if (onNode || typeof OffscreenCanvas === 'undefined') {
    throw new PerceptError('unsupported-here', `${format} pictures are decoded by browsers only. Convert the picture to JPEG or PNG, or score it on the page.`);
  }
  checkSize(claimedSize(head), limits);
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: applyOrientation ? 'from-image' : 'none',
    });
  } catch (cause) {
    if (await canDecode(format)) throw new PerceptError('corrupt-picture', `The ${format} file is damaged. Save it anew or get another copy.`, { cause });
    throw new PerceptError('unsupported-here', `This browser does not read ${format}. Convert the picture to JPEG or PNG.`, { cause });
  }
  const { width, height } = bitmap;
  try {
    checkSize(bitmap, limits);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'srgb', willReadFrequently: true }));
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}

/** @param {string} format */
async function canDecode(format) {
  const bytes = Uint8Array.from(atob(SAMPLES[format]), (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes])).then((bitmap) => (bitmap.close(), true), () => false);
}

/**
 * Of the header before anything is decoded, and of the pixels, since a header may be wrong or silent.
 * @param {{width: number, height: number} | null} size @param {{pixels: number, side: number}} limits
 */
function checkSize(size, { pixels, side }) {
  if (!size) return;
  const { width, height } = size;
  if (width * height <= pixels && Math.max(width, height) <= side) return;
  throw new PerceptError('picture-too-large', `The picture is ${width} x ${height} pixels; at most ${pixels} pixels, and ${side} on a side, are read. Make it smaller first.`);
}
