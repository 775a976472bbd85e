/**
 * The picture that a camera put into its raw file to show it: a JPEG, found in CR2, NEF, ARW, DNG, ORF, PEF, RW2 (all TIFF), RAF and
 * CR3. The largest is taken. The raw data themselves are not developed. Pure but for reading the file.
 */
import { readTiff } from './tiff.js';

/** @import {Directory} from './tiff.js' */
/** @typedef {{at: number, length: number}} Part of a file */

/** Directories lie at the file's beginning. */
const HEAD_BYTES = 1 << 21;
/** A JPEG tells its size within these bytes. */
const FRAME_BYTES = 1 << 17;

const TAG = { orientation: 0x112, stripOffsets: 0x111, stripCounts: 0x117, compression: 0x103, jpegAt: 0x201, jpegLength: 0x202, panasonicJpeg: 0x2e };
/** Old and new JPEG; other strips are pixels. */
const JPEG_COMPRESSIONS = [6, 7];
const FUJI = 'FUJIFILMCCD-RAW';
/** Canon's box of a preview. */
const CANON = 'eaf42b5e1c984788b9fbb7dc406e4d16';

const textAt = (/** @type {Uint8Array} */ bytes, /** @type {number} */ at, /** @type {number} */ length) => String.fromCharCode(...bytes.subarray(at, at + length));

/** @param {Blob} file @returns {Promise<Blob | null>} a JPEG that is turned as the raw file says; null: there is none */
export async function rawPreview(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  if (head.length < 128) return null;
  const { orientation, parts } = partsIn(head);
  let best = null;
  for (const part of parts.filter(({ at, length }) => at > 0 && length > 4 && at + length <= file.size)) {
    const jpeg = file.slice(part.at, part.at + part.length, 'image/jpeg');
    const frame = frameOf(new Uint8Array(await jpeg.slice(0, FRAME_BYTES).arrayBuffer()));
    if (frame && (!best || frame.pixels > best.frame.pixels)) best = { frame, jpeg };
  }
  return best && (best.frame.hasExif || orientation === 1 ? best.jpeg : turned(best.jpeg, orientation));
}

/** @param {Uint8Array} head @returns {{orientation: number, parts: Part[]}} */
function partsIn(head) {
  const view = new DataView(head.buffer);
  if (textAt(head, 0, FUJI.length) === FUJI) return { orientation: 1, parts: [{ at: view.getUint32(84), length: view.getUint32(88) }] };
  if (textAt(head, 4, 8) === 'ftypcrx ') return { orientation: 1, parts: canonParts(head, view) };
  const directories = readTiff(head)?.directories ?? [];
  const orientation = Number(directories[0]?.get(TAG.orientation)?.values[0] ?? 1);
  return { orientation: orientation >= 1 && orientation <= 8 ? orientation : 1, parts: directories.flatMap(partsOf) };
}

/** @param {Directory} directory @returns {Part[]} */
function partsOf(directory) {
  const numbers = (/** @type {number} */ tag) => (directory.get(tag)?.values ?? []).map(Number);
  const [offsets, counts] = [numbers(TAG.stripOffsets), numbers(TAG.stripCounts)];
  const panasonic = directory.get(TAG.panasonicJpeg);
  return [
    ...numbers(TAG.jpegAt).map((at, index) => ({ at, length: numbers(TAG.jpegLength)[index] ?? 0 })),
    ...(offsets.length === 1 && JPEG_COMPRESSIONS.includes(numbers(TAG.compression)[0]) ? [{ at: offsets[0], length: counts[0] ?? 0 }] : []),
    ...(panasonic ? [{ at: panasonic.at, length: panasonic.count }] : []),
  ];
}

/** CR3 is made of boxes; one of the outermost has the preview. @param {Uint8Array} head @param {DataView} view @returns {Part[]} */
function canonParts(head, view) {
  for (let at = 0; at + 64 <= head.length;) {
    const size = view.getUint32(at) === 1 ? Number(view.getBigUint64(at + 8)) : view.getUint32(at);
    if (size < 8) return [];
    const id = Array.from(head.subarray(at + 8, at + 24), (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (textAt(head, at + 4, 4) === 'uuid' && id === CANON && textAt(head, at + 36, 4) === 'PRVW') return [{ at: at + 56, length: view.getUint32(at + 52) }];
    at += size;
  }
  return [];
}

/** The size of a JPEG, and whether it has Exif of its own; null for what is none, or one that holds raw data (lossless). @param {Uint8Array} bytes */
function frameOf(bytes) {
  const view = new DataView(bytes.buffer);
  if (bytes.length < 12 || view.getUint16(0) !== 0xffd8) return null;
  let hasExif = false;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xe1 && textAt(bytes, at + 4, 4) === 'Exif') hasExif = true;
    if (marker >= 0xc0 && marker <= 0xc2) return { hasExif, pixels: view.getUint16(at + 5) * view.getUint16(at + 7) };
    if (marker === 0xc3 || marker === 0xda) return null;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** With the Exif that says how it is turned. @param {Blob} jpeg @param {number} orientation */
function turned(jpeg, orientation) {
  const exif = Uint8Array.of(
    0xff, 0xd8, 0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, // SOI, APP1, its length, 'Exif'
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, // TIFF, one tag
    0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
  );
  return new Blob([exif, jpeg.slice(2)], { type: 'image/jpeg' });
}
