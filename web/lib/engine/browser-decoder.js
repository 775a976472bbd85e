/**
 * Formats that the engine does not decode go through the browser. Its pixels may differ a little from
 * one browser to the next, so the result says which decoder ran. Where a browser lacks a format, that is told from damage.
 */
import { PerceptError } from '../errors.js';
import { onNode } from '../platform/node.js';
import { claimedSize } from './claimed-size.js';

/** @import {PixelSource} from '../percept.js' */

/** What begins a file of each format: its box and its brand. @type {[format: string, start: RegExp][]} */
const FORMATS = [['AVIF', /^ftypavi[fs]$/], ['HEIC', /^ftyp(he[iv][cxms]|mif1|msf1)$/]];

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
  const text = String.fromCharCode(...head.subarray(4, 12));
  return FORMATS.find(([, start]) => start.test(text))?.[0] ?? null;
}

/**
 * @param {Blob} blob
 * @param {{head: Uint8Array, format: string, applyOrientation: boolean, limits: {pixels: number, side: number}}} options
 *   head: the file's first bytes, as claimed-size.js wants them
 * @returns {Promise<PixelSource>}
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
  try {
    checkSize(bitmap, limits);
    return (hasAlpha(head) ? texturePixels(bitmap) ?? await framePixels(bitmap) : null) ?? canvasPixels(bitmap);
  } finally {
    bitmap.close();
  }
}

/** Whether the file holds alpha beside its colours: AVIF's name for it, or HEIC's. @param {Uint8Array} head */
function hasAlpha(head) {
  const text = new TextDecoder('latin1').decode(head);
  return text.includes('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha') || text.includes('urn:mpeg:hevc:2015:auxid:1');
}

/**
 * A canvas multiplies colours by alpha and loses those that nobody sees, which Pillow keeps. It is right for opaque pictures.
 * @param {ImageBitmap} bitmap @returns {PixelSource}
 */
function canvasPixels(bitmap) {
  const { width, height } = bitmap;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'srgb', willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** The bitmap's own colours, by way of a texture; null where there is no WebGL, or none of that size. @param {ImageBitmap} bitmap */
function texturePixels(bitmap) {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return null;
  try {
    if (Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    const data = new Uint8ClampedArray(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(data.buffer));
    return gl.getError() === gl.NO_ERROR ? { width, height, data } : null;
  } finally {
    gl.getExtension('WEBGL_lose_context')?.loseContext(); // a browser keeps few of them
  }
}

/** The same by way of a video frame, where one gives the bitmap's own colours: Firefox's. @param {ImageBitmap} bitmap */
async function framePixels(bitmap) {
  if (typeof VideoFrame === 'undefined') return null;
  const { width, height } = bitmap;
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  try {
    const data = new Uint8ClampedArray(width * height * 4);
    await frame.copyTo(data, { format: 'RGBA' });
    return { width, height, data };
  } catch {
    return null;
  } finally {
    frame.close();
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
