/** What callers hand over, as the worker takes it: where a model is, and a picture. */
import { PerceptError, messageOf } from './errors.js';
import { checkFileSize } from './file-size.js';
import { resolveLocation } from './platform/locations.js';
import { onNode } from './platform/node.js';
import { isBlob, isBytes, isClampedBytes, isFile, isUrl } from './realms.js';
import { FOLDER } from './weights/folder.js';

/** @import {Source} from './model/types.d.ts' */
/** @import {ErrorCode, PictureSource} from './percept.js' */

/** Where the worker finds the model. Names go beside their files: Node sends a File as a Blob without one. @param {string | URL | File[]} location */
export function modelAt(location) {
  if (!Array.isArray(location)) return { url: folderLocation(location) };
  if (!location.every(isFile)) {
    throw new PerceptError('bad-argument', 'A model is an address, or the files of its folder.');
  }
  return { url: FOLDER, files: location.map((file) => /** @type {[string, Blob]} */ ([file.name, file])) };
}

/** An address beside which other files can lie. @param {string | URL} location */
function folderLocation(location) {
  const url = resolveLocation(location);
  try {
    new URL('.', url); // throws where there is no folder
    return url;
  } catch (cause) {
    throw new PerceptError('bad-argument', `A model is a folder of files, which ${new URL(url).protocol} addresses cannot be.`, { cause });
  }
}

/** @param {Uint8ClampedArray} pixels */
function copyOf(pixels) {
  try {
    return new Uint8ClampedArray(pixels);
  } catch (cause) {
    throw new PerceptError('out-of-memory', `There is no memory for a copy of the picture's ${pixels.length} bytes. Make it smaller, or give its file.`, { cause });
  }
}

/** What the worker takes: a Blob, an absolute address, or pixels of its own, since the caller's may change before their turn. @param {PictureSource} picture @returns {Source} */
export function pictureOf(picture) {
  if (isBlob(picture)) {
    checkFileSize(picture.size);
    return picture;
  }
  if (typeof picture === 'string' || isUrl(picture)) return resolveLocation(picture);
  if (isBytes(picture) || picture instanceof ArrayBuffer) throw new PerceptError('bad-argument', 'Bytes are no picture: give new Blob([bytes]).');
  const { width, height, data } = picture ?? {};
  if (data === undefined) throw new PerceptError('bad-argument', 'A picture is a Blob or File, an ImageData, or the address of one.');
  const isPixels = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
    && isClampedBytes(data) && data.length === width * height * 4;
  if (isPixels) return { width, height, data: copyOf(data) };
  throw new PerceptError('bad-argument', `The picture's data is no Uint8ClampedArray of width x height x 4: ${width} x ${height} x 4.`);
}

/** A source to be sent while this one stays: pixels go over without a copy, and are gone. @param {Source} source @returns {Source} */
export const copyToSend = (source) => (typeof source === 'object' && 'data' in source ? { ...source, data: copyOf(source.data) } : source);

/** A trait's file as the worker takes it: a Blob, or an absolute address. @param {Blob | Uint8Array | URL | string} file @returns {Blob | string} */
export function traitSource(file) {
  if (isBlob(file)) return file;
  if (isBytes(file)) return new Blob([new Uint8Array(file)]);
  if (typeof file === 'string' || isUrl(file)) return resolveLocation(file);
  throw new PerceptError('bad-argument', "A trait's file is a Blob, its bytes, or its address.");
}

/**
 * A file that can be sent to a worker: Node refuses to send a Blob that stands for a file, so there its bytes are read.
 * @template Source
 * @param {Source} source
 * @param {ErrorCode} code of a file that cannot be read
 * @returns {Promise<Source | Blob>}
 * @throws {PerceptError}
 */
export async function sendable(source, code) {
  if (!onNode || !isBlob(source)) return source;
  try {
    return new Blob([await source.arrayBuffer()], { type: source.type });
  } catch (cause) {
    throw new PerceptError(code, `The file could not be read: ${messageOf(cause)}.`, { cause });
  }
}
