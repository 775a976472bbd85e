/** Pictures that must fail with their code, for Node and browsers alike. */
import { readFileSync } from 'node:fs';

/** @returns the bytes of one of the pictures whose right pixels are known */
export const fixture = (name) => readFileSync(new URL(`../golden/pictures/${name}`, import.meta.url));

/** The start-of-frame marker of a JPEG says the size: [marker, length, precision, height, width]. */
function withJpegSize(bytes, side) {
  const copy = Buffer.from(bytes);
  let at = 2;
  while (copy[at + 1] < 0xc0 || copy[at + 1] > 0xc2) at += 2 + copy.readUInt16BE(at + 2);
  copy.writeUInt16BE(side, at + 5);
  copy.writeUInt16BE(side, at + 7);
  return copy;
}

const png = fixture('png-color2-8bit.png');

export const GOOD_JPEG = fixture('jpeg-420.jpg');

/** AVIF's beginning: enough to know the format by. */
export const AVIF_HEAD = Buffer.from('\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf\0\0\0\0meta', 'latin1');

export const BROKEN = [
  { name: 'text.jpg', bytes: Buffer.from('This is a text file, whatever its name says.\n'), code: 'unsupported-format' },
  { name: 'truncated.png', bytes: png.subarray(0, Math.floor(png.length / 2)), code: 'corrupt-picture' },
  { name: 'huge.jpg', bytes: withJpegSize(GOOD_JPEG, 60000), code: 'picture-too-large' },
  { name: 'empty.jpg', bytes: Buffer.alloc(0), code: 'unsupported-format' },
];
