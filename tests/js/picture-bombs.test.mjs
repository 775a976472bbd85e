/** Small files that claim, or inflate to, far more than they hold: refused in milliseconds, not after the work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { TestPicture, readPicture } from '../support/picture-helpers.mjs';

/** Milliseconds; they take less than a tenth of it, but test machines are busy. */
const SLOWEST = 400;
const SIDE = 8192; // half as many pixels as the limits allow

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length);
  numbers.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
}

function png(width, height, data) {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** A JPEG with another size in its header, and its scans so many times over. */
function jpeg(name, side, times) {
  const bytes = Buffer.from(readPicture(name));
  let at = 2;
  let scan = 0;
  for (; bytes[at + 1] !== 0xda; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc2) {
      bytes.writeUInt16BE(side, at + 5);
      bytes.writeUInt16BE(side, at + 7);
    }
    scan = at + 2 + bytes.readUInt16BE(at + 2);
  }
  const scans = new Array(times).fill(bytes.subarray(scan, -2));
  return Buffer.concat([bytes.subarray(0, scan), ...scans, bytes.subarray(-2)]);
}

function sized(name, change) {
  const bytes = Buffer.from(readPicture(name));
  change(bytes);
  return bytes;
}

const zeros = (bytes) => deflateSync(Buffer.alloc(bytes), { level: 9 });

const BOMBS = {
  'a JPEG of 67 megapixels in a kilobyte': jpeg('jpeg-420.jpg', SIDE, 1),
  'the same with two hundred scans': jpeg('jpeg-random-422-separate.jpg', SIDE, 60),
  'a progressive JPEG of 67 megapixels with many scans': jpeg('jpeg-progressive.jpg', SIDE, 20),
  'a PNG of 67 megapixels in a kilobyte': png(SIDE, SIDE, zeros(1 << 20)),
  'a PNG of one pixel that inflates to 64 MiB': png(1, 1, zeros(64 << 20)),
  'a GIF of 67 megapixels': sized('gif-interlaced.gif', (gif) => {
    gif.writeUInt16LE(SIDE, 6);
    gif.writeUInt16LE(SIDE, 8);
    const image = gif.indexOf(0x2c, 13 + (gif[10] & 0x80 ? 3 << ((gif[10] & 7) + 1) : 0));
    gif.writeUInt16LE(SIDE, image + 5);
    gif.writeUInt16LE(SIDE, image + 7);
  }),
  'a BMP of 67 megapixels': sized('bmp-24bit.bmp', (bmp) => {
    bmp.writeInt32LE(SIDE, 18);
    bmp.writeInt32LE(SIDE, 22);
  }),
};

for (const [name, bytes] of Object.entries(BOMBS)) {
  test(`${name}, ${bytes.length} bytes, is refused at once`, (context) => {
    const picture = new TestPicture();
    const start = performance.now();
    assert.equal(picture.decode(bytes), 'CORRUPT_PICTURE', picture.message);
    const took = performance.now() - start;
    context.diagnostic(`${took.toFixed(1)} ms, ${(picture.memory.buffer.byteLength / 2 ** 20).toFixed(0)} MiB`);
    assert.ok(took < SLOWEST, `${took} ms`);
    assert.equal(picture.decode(readPicture('jpeg-420.jpg')), 'OK');
  });
}

test('a picture that really is as large as the limits allow is read, however well it is packed', () => {
  const picture = new TestPicture();
  assert.equal(picture.decode(png(4096, 4096, zeros((3 * 4096 + 1) * 4096))), 'OK', picture.message);
  assert.deepEqual([picture.width, picture.height], [4096, 4096]);
});
