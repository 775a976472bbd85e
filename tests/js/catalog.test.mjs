/** Which models are on a device: versions come and go by the model's place, whatever query asks for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Catalog } from '../../web/lib/weights/catalog.js';

/** A storage in memory, with the files of those shards. */
function storageOf(names) {
  const records = new Map();
  const files = new Map(names.map((name) => [name, 10]));
  return {
    put: (...more) => { for (const name of more) files.set(name, 10); },
    files: async () => new Map(files), removeFile: async (name) => files.delete(name),
    records: async () => new Map(records), writeRecord: async (name, text) => { records.set(name, text); }, removeRecord: async (name) => records.delete(name),
  };
}

const manifestOf = (...shards) => JSON.stringify({ name: 'A', base: { shards: shards.map((sha256) => ({ sha256, bytes: 10 })) }, tasks: [] });
const at = (query, folder = 'a') => `https://example.org/${folder}/model.json${query}`;
const urlsOf = async (catalog) => (await catalog.list()).map(({ url }) => url);
const shardsOf = async (storage) => [...(await storage.files()).keys()];

test('a version that is complete takes the place of those of other queries, and another model stays', async () => {
  const storage = storageOf(['other']);
  const catalog = new Catalog(storage);
  await catalog.complete(at('', 'b'), manifestOf('other'));
  for (const query of ['', '?v=1', '?v=1#part']) {
    await catalog.note(at(query), manifestOf('old', 'both'));
    storage.put('old', 'both');
    await catalog.complete(at(query), manifestOf('old', 'both'));
  }
  assert.deepEqual((await urlsOf(catalog)).toSorted(), [at('?v=1#part'), at('', 'b')]);
  storage.put('new');
  await catalog.complete(at('?v=2'), manifestOf('new', 'both'));
  assert.deepEqual((await urlsOf(catalog)).toSorted(), [at('?v=2'), at('', 'b')]);
  assert.deepEqual((await shardsOf(storage)).toSorted(), ['both', 'new', 'other']);
  assert.equal(await catalog.recall(at('?v=1')), null);
  assert.equal(await catalog.recall(at('?v=2')), manifestOf('new', 'both'));
});

test('records of several queries are one model, which goes as a whole', async () => {
  const storage = storageOf(['old', 'new', 'other']);
  const catalog = new Catalog(storage);
  await catalog.note(at('?v=1'), manifestOf('old'));
  await catalog.note(at('?v=2'), manifestOf('new'));
  await catalog.note(at('', 'b'), manifestOf('other'));
  const models = await catalog.list();
  assert.deepEqual(models.map(({ bytes }) => bytes).toSorted((a, b) => a - b), [10, 20]);
  assert.equal(await catalog.remove(at('')), true);
  assert.deepEqual(await urlsOf(catalog), [at('', 'b')]);
  assert.deepEqual(await shardsOf(storage), ['other']);
  assert.equal(await catalog.remove(at('')), false);
});
