/** A model whose files were picked from disk; the page's browser test loads a whole one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { fetchFromFolder, mountFolder } from '../../web/lib/weights/folder.js';

test('an array that holds no files is refused', async () => {
  await assert.rejects(Scorer.load(['model.json']), { code: 'bad-argument' });
});

test('a folder answers as a server does', async () => {
  mountFolder([new File(['0123456789'], 'a b.bin')]);
  assert.equal(await fetchFromFolder('folder:///a%20b.bin', {}).text(), '0123456789');
  const rest = fetchFromFolder('folder:///a%20b.bin', { headers: { Range: 'bytes=4-' } });
  assert.deepEqual([rest.status, await rest.text()], [206, '456789']);
  assert.equal(fetchFromFolder('folder:///other.bin', {}).status, 404);
});
