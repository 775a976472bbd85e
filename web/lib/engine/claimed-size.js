/** What AVIF and HEIC files say of their size, so that the browser is not asked to decode what is refused afterwards. */

/** Where the boxes of an AVIF or HEIC lie that tell sizes: near its beginning. */
export const HEADER_BYTES = 65536;

/**
 * ISO/IEC 23008-12: the largest of the "ispe" boxes; the others are of tiles and thumbnails.
 * @param {Uint8Array} head the file's first bytes: HEADER_BYTES of them, or all where there are fewer
 * @returns {{width: number, height: number} | null} null where the file does not say; the browser may still find a size
 */
export function claimedSize(head) {
  const ISPE = 0x69737065;
  const data = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let largest = null;
  for (let at = 4; at + 16 <= data.byteLength; at += 1) {
    if (data.getUint32(at) !== ISPE || data.getUint32(at - 4) !== 20) continue;
    const size = { width: data.getUint32(at + 8), height: data.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}
