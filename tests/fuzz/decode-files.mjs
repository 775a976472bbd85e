/** Decodes the files whose paths come on standard input, and prints a line of JSON for each: status, damaged, width, height, CRC-32. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { pictureReaders } from '../support/picture-helpers.mjs';

const readers = pictureReaders();
for (const path of readFileSync(0, 'utf8').split('\n')) {
  const picture = readers(path);
  const status = picture.decode(readFileSync(path), false);
  const pixels = status === 'OK' ? [picture.isDamaged, picture.width, picture.height, crc32(picture.decodedPixels())] : [false, 0, 0, 0];
  process.stdout.write(`${JSON.stringify([status, ...pixels])}\n`);
}
