/** A model folder's JSON cannot send a browser elsewhere: the servers' own records say what was asked for. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveFaulty } from '../support/faulty-server.mjs';
import { BROWSERS, SOURCES, openPage, servePlainly } from '../support/browsers.mjs';
import { useBrowser } from '../support/set-up.mjs';

const GOLDEN = fileURLToPath(new URL('../golden/vectors/q8', import.meta.url));

let pages;
let models;
let elsewhere;
/** By path, the hostile folders' files. */
const files = {};
/** Who was asked for what. */
const asked = [];
async function serveRecorded(name, served) {
  const server = await serveFaulty(served);
  server.server.on('request', ({ url }) => asked.push(`${name} ${url}`));
  return server;
}

/** Ways out of a folder, before and after a name that is otherwise right. */
const waysOut = (origin) => [
  (name) => `../${name}`, (name) => `//${new URL(origin).host}/${name}`, (name) => `${origin}/${name}`, (name) => `%2e%2e/${name}`, (name) => `%2E%2E%2F${name}`,
  (name) => `..\\${name}`, (name) => `a\\b\\${name}`, (name) => `\\\\${new URL(origin).host}\\${name}`, (name) => `/${name}`, (name) => `./${name}`, (name) => `\t../${name}`, (name) => ` ${name}`,
  (name) => `${name}\0`, (name) => `\0${name}`, (name) => `${name}?x`, (name) => `?${name}`, (name) => `${name}#x`, (name) => `#${name}`, (name) => `${name}\n`,
  (name) => `data:application/octet-stream,${name}`, (name) => `javascript:${name}`, (name) => `blob:${name}`, (name) => `file:///${name}`, (name) => `folder:///${name}`,
  () => '__proto__', () => '', () => null, () => [], (name) => [name],
];

before(async () => {
  for (const name of await readdir(GOLDEN)) files[`/good/${name}`] = await readFile(join(GOLDEN, name));
  elsewhere = await serveRecorded('elsewhere', {});
  const manifest = JSON.parse(files['/good/model.json']);
  const vectors = JSON.parse(files['/good/vectors.json']);
  waysOut(elsewhere.origin).forEach((leave, at) => {
    for (const place of ['base', 'task']) {
      const changed = structuredClone(manifest);
      const [shard] = (place === 'base' ? changed.base : changed.tasks[0]).shards;
      shard.file = leave(shard.file);
      files[`/${place}-${at}/model.json`] = Buffer.from(JSON.stringify(changed));
    }
    const table = structuredClone(vectors);
    table.pictures[0].file = leave(table.pictures[0].file);
    files[`/table-${at}/vectors.json`] = Buffer.from(JSON.stringify(table));
  });
  models = await serveRecorded('models', files);
  pages = await servePlainly([SOURCES]);
});
after(async () => {
  pages.close();
  await models.close();
  await elsewhere.close();
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('names of shards and pictures that leave the folder are refused, and nothing but the folder\'s JSON is asked for', async () => {
      const { page } = await openPage(session.browser, `${pages.origin}/icon.svg`);
      asked.length = 0;
      const count = waysOut(elsewhere.origin).length;
      const codes = await page.evaluate(async (origin, number) => {
        const { Scorer } = await import('/percept.js');
        const { fetchVectors } = await import('/source/lib/weights/vectors.js');
        const code = (promise) => promise.then(() => 'accepted', (error) => error.code);
        const found = [];
        for (let at = 0; at < number; at += 1) {
          for (const place of ['base', 'task']) found.push(await code(Scorer.load(`${origin}/${place}-${at}/`, { threads: 1 })));
          found.push(await code(fetchVectors(`${origin}/table-${at}/vectors.json`)));
        }
        return found;
      }, models.origin, count);
      assert.deepEqual(codes, new Array(3 * count).fill('manifest-invalid'));
      assert.deepEqual([...new Set(asked)].sort(), Object.keys(files).filter((path) => !path.startsWith('/good/')).map((path) => `models ${path}`).sort());
      await page.close();
    });
  });
}
