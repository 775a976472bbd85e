/** The library asks the engine for each order of converting and each orientation that a call's recipes want. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { PictureReader } from '../../web/lib/engine/picture.js';
import { GOLDEN, sha256 } from '../support/picture-helpers.mjs';

const palette = await readFile(new URL('pictures/png-palette-8bit.png', GOLDEN));
const recipe = (convert, orientation = 'apply') => ({
  resize: { height: 14, width: 14, interpolation: 'bilinear' }, views: { center: 14 }, mean: [0, 0, 0], std: [1, 1, 1], orientation, ...(convert && { convert }),
});

test('a palette picture before and after, in one call and in two', async () => {
  const reader = await PictureReader.load();
  const recipes = [recipe(), recipe('after'), recipe('before'), recipe('after', 'ignore')];
  const together = (await reader.read(new Blob([palette]), recipes)).views.map(({ bytes }) => sha256(bytes));
  const apart = [];
  for (const each of recipes) apart.push(sha256((await reader.read(new Blob([palette]), [each])).views[0].bytes));
  assert.deepEqual(together, apart);
  assert.equal(together[0], together[2]);
  assert.equal(together[1], together[3]);
  assert.notEqual(together[0], together[1]);
});

test('a WebP whose alpha is broken is refused where alpha counts, for no lack of memory, and damaged elsewhere', async () => {
  const file = await readFile(new URL('pictures/webp-lossy-transparent.webp', GOLDEN));
  file[file.indexOf('ALPH') + 8] = 0xff;
  const reader = await PictureReader.load();
  await assert.rejects(reader.read(new Blob([file]), [recipe('after')]), { code: 'corrupt-picture', message: /damaged \(its transparency cannot be decoded\)/ });
  const { width, damaged } = await reader.read(new Blob([file]), [recipe('before')]);
  assert.deepEqual([width, damaged], [61, true]);
});
