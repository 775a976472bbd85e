/** A model whose files were picked from disk; the page's browser test loads a whole one. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { fetchFromFolder, mountFolder } from '../../web/lib/weights/folder.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

test('an array that holds no files is refused', async () => {
  await assert.rejects(Scorer.load(['model.json']), { code: 'bad-argument' });
});

test('the files of a folder are a model, in Node too, where they lose their names on the way', async () => {
  const model = await makeSeededModel();
  const picture = () => new Blob([GOOD_JPEG]);
  const scoresOf = async (location) => {
    const scorer = await Scorer.load(location, { threads: 1 });
    try {
      return (await scorer.score(picture())).scores;
    } finally {
      scorer.dispose();
    }
  };
  try {
    const names = await readdir(model.folder);
    const files = await Promise.all(names.map(async (name) => new File([await readFile(join(model.folder, name))], name)));
    assert.deepEqual(await scoresOf(files), await scoresOf(model.folder));
  } finally {
    await model.remove();
  }
});

test('a folder answers as a server does', async () => {
  mountFolder([['a b.bin', new Blob(['0123456789'])]]);
  assert.equal(await fetchFromFolder('folder:///a%20b.bin', {}).text(), '0123456789');
  const rest = fetchFromFolder('folder:///a%20b.bin', { headers: { Range: 'bytes=4-' } });
  assert.deepEqual([rest.status, await rest.text()], [206, '456789']);
  assert.equal(fetchFromFolder('folder:///other.bin', {}).status, 404);
});
