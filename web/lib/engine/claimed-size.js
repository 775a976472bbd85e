/** What WebP, AVIF and HEIC files say of their size, so that the browser is not asked to decode what is refused afterwards. */

/** Where the boxes of an AVIF or HEIC lie that tell sizes: near its beginning. */
export const HEADER_BYTES = 65536;

/**
 * @param {Uint8Array} head the file's first bytes: HEADER_BYTES of them, or all where there are fewer
 * @returns {{width: number, height: number} | null} null where the file does not say; the browser may still find a size
 */
export function claimedSize(head) {
  const data = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return data.byteLength >= 30 && nameAt(data, 8) === 'WEBP' ? webpSize(data) : boxesSize(data);
}

/** @param {DataView} data @param {number} at */
function nameAt(data, at) {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => data.getUint8(at + i)));
}

/** RFC 9649: the extended header, a lossless or a lossy picture. @param {DataView} data */
function webpSize(data) {
  const kind = nameAt(data, 12);
  if (kind === 'VP8X') return { width: 1 + (data.getUint32(24, true) & 0xffffff), height: 1 + (data.getUint32(26, true) >>> 8) };
  if (kind === 'VP8L') return { width: 1 + (data.getUint32(21, true) & 0x3fff), height: 1 + ((data.getUint32(21, true) >>> 14) & 0x3fff) };
  if (kind === 'VP8 ') return { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff };
  return null;
}

/** ISO/IEC 23008-12: the largest of the "ispe" boxes; the others are of tiles and thumbnails. @param {DataView} data */
function boxesSize(data) {
  const ISPE = 0x69737065;
  let largest = null;
  for (let at = 4; at + 16 <= data.byteLength; at += 1) {
    if (data.getUint32(at) !== ISPE || data.getUint32(at - 4) !== 20) continue;
    const size = { width: data.getUint32(at + 8), height: data.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}
