/** Every kind of PNG, written from the standard: read to its pixels, or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenPngs, goodPngs } from '../golden/png-suite.mjs';
import { TestPicture } from '../support/picture-helpers.mjs';

const good = goodPngs();
const broken = brokenPngs();

test(`${Object.keys(good).length} kinds of PNG decode to the pixels that were written`, () => {
  const picture = new TestPicture();
  for (const [name, { bytes, width, height, rgb }] of Object.entries(good)) {
    assert.equal(picture.decode(bytes), 'OK', `${name}: ${picture.message}`);
    assert.deepEqual([picture.width, picture.height], [width, height], name);
    assert.ok(rgb.equals(picture.decodedPixels()), name);
  }
});

test(`${Object.keys(broken).length} kinds that are broken in one place are refused, and the next picture works`, () => {
  const picture = new TestPicture();
  for (const [name, bytes] of Object.entries(broken)) {
    const status = picture.decode(bytes);
    assert.ok(['CORRUPT_PICTURE', 'UNSUPPORTED_FORMAT', 'PICTURE_TOO_LARGE'].includes(status), `${name}: ${status}`);
    assert.notEqual(picture.message, '');
    assert.equal(picture.decode(good.side3.bytes), 'OK');
  }
});
