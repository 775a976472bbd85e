/** Damaged and odd JPEG files against Pillow, whose pixels tests/golden/pillow_damaged.py wrote down: never others in silence. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { GOLDEN, TestPicture } from '../support/picture-helpers.mjs';

const golden = JSON.parse(readFileSync(new URL('damaged.json', GOLDEN), 'utf8'));
const whole = Object.fromEntries(golden.whole.map(({ file }) => [file, readFileSync(new URL(`damaged/${file}`, GOLDEN))]));
const pixelsOf = Object.fromEntries(golden.whole.map(({ file, pixels }) => [file, pixels]));
const picture = new TestPicture();

function build(file, pieces) {
  return Buffer.concat(pieces.map((piece) => {
    if (typeof piece === 'number') return Buffer.alloc(piece);
    return typeof piece === 'string' ? Buffer.from(piece, 'hex') : whole[file].subarray(...piece);
  }));
}

/** Status, damage, and [width, height, CRC-32 of the pixels] where there are any. */
function decoded(bytes) {
  const status = picture.decode(bytes);
  if (status !== 'OK') return { status };
  return { status, damaged: picture.isDamaged, pixels: [picture.width, picture.height, crc32(picture.decodedPixels())] };
}

test('whole files are not called damaged', () => {
  for (const { file, pixels } of golden.whole) assert.deepEqual(decoded(whole[file]), { status: 'OK', damaged: false, pixels }, file);
});

for (const { file, what, pieces, pixels } of golden.odd) {
  test(`${file} with ${what} is read as the whole picture that it is`, () => {
    assert.deepEqual(decoded(build(file, pieces)), { status: 'OK', damaged: false, pixels });
  });
}

test(`${golden.damaged.length} damaged files have Pillow's pixels or are refused`, (context) => {
  const counts = {};
  const count = (name) => { counts[name] = (counts[name] ?? 0) + 1; };
  for (const { file, what, pieces, pixels } of golden.damaged) {
    const label = `${what}: ${file} as ${JSON.stringify(pieces)}`;
    const result = decoded(build(file, pieces));
    if (result.status !== 'OK') {
      assert.ok(['CORRUPT_PICTURE', 'UNSUPPORTED_FORMAT', 'PICTURE_TOO_LARGE'].includes(result.status), label);
      count(pixels ? 'refused here alone' : 'refused');
      continue;
    }
    // What Pillow refuses and is read here lacks nothing but its end.
    assert.deepEqual(result.pixels, pixels ?? pixelsOf[file], label);
    const same = String(result.pixels) === String(pixelsOf[file]);
    // Arithmetic coding cannot tell a cut: its decoder goes on with zeros.
    if (what === 'cut_and_ended' && !file.startsWith('arithmetic')) assert.equal(result.damaged, !same, label);
    count(same ? 'as the whole picture' : result.damaged ? 'told to be damaged' : 'damaged where no decoder can see it');
  }
  for (const [name, number] of Object.entries(counts)) context.diagnostic(`${number} ${name}`);
  assert.ok(counts['told to be damaged'] > golden.damaged.length / 3);
  assert.ok((counts['refused here alone'] ?? 0) < golden.damaged.length / 100);
});
