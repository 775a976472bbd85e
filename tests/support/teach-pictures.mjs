/** Pictures whose warmth a person can judge: PNG files that no two of are alike, made of numbers. */
import { deflateSync } from 'node:zlib';
import { mix32 } from '../golden/generator.mjs';
import { chunk } from '../golden/png-suite.mjs';

const SIDE = 72;

/** @param {number} width @param {number} height @param {(x: number, y: number) => [number, number, number]} colourAt */
export function png(width, height, colourAt) {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set(colourAt(x, y).map((each) => Math.max(0, Math.min(255, Math.round(each)))), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8); // 8 bits, red, green and blue
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND')]);
}

/**
 * Noise under a colour from cold to warm, half of them upright; the warmer, the more stars.
 * @param {number} count
 * @returns {{name: string, bytes: Buffer, stars: number}[]}
 */
export function warmPictures(count) {
  return Array.from({ length: count }, (_, at) => {
    const warmth = at / (count - 1);
    const grain = (/** @type {number} */ x, /** @type {number} */ y) => ((mix32(at + 1, (y >> 3) * 64 + (x >> 3)) >>> 24) - 128) / 3;
    const [width, height] = at % 2 === 0 ? [SIDE, 96] : [96, SIDE];
    const bytes = png(width, height, (x, y) => [40 + 190 * warmth + grain(x, y), 110 + grain(y, x), 230 - 190 * warmth + grain(x, y)]);
    return { name: `${String(at).padStart(2, '0')}.png`, bytes, stars: 1 + Math.min(4, Math.floor(warmth * 5)) };
  });
}
