/**
 * Hostile model folders in Chromium and Firefox: each is refused with a code, the same as in Node, or computes the bits that Node
 * computes, and a good model gives its own bits afterwards. `HOSTILE_MODELS=1000` tries more.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { hostileModel } from '../support/hostile-model.mjs';
import { Random } from '../support/random.mjs';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { serveFaulty } from '../support/faulty-server.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, openPage, servePlainly } from '../support/browsers.mjs';
import { useBrowser } from '../support/set-up.mjs';

const COUNT = Number(process.env.HOSTILE_MODELS ?? 30);

/** Milliseconds after which a call hangs. */
const PATIENCE = 60_000;

let pages;
let server;
let good;
let changes;
before(async () => {
  const model = await makeSeededModel();
  const names = (await readdir(model.folder)).filter((name) => name.endsWith('.safetensors'));
  const shards = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(model.folder, name))])));
  good = { manifest: JSON.parse(await readFile(join(model.folder, 'model.json'), 'utf8')), shards };
  await model.remove();
  pages = await servePlainly([]); // whose policy allows models of another origin
  server = await serveFaulty({});
  publish('/good/', good);
  const random = new Random(99);
  changes = Array.from({ length: COUNT }, (_, at) => {
    const hostile = hostileModel(good, random);
    publish(`/${at}/`, { ...hostile, shards: new Map([...shards, ...hostile.shards]) });
    return hostile.changes.join('; ');
  });
});
after(async () => {
  pages.close();
  await server.close();
});

function publish(folder, { manifest, shards }) {
  server.files[`${folder}model.json`] = Buffer.from(JSON.stringify(manifest));
  for (const [name, bytes] of shards) server.files[folder + name] = bytes;
}

/** The scores of a model as text, or the code of its failure. Here and in a page. */
async function outcomeOf(load, url, picture, patience) {
  const call = async () => {
    const scorer = await load(url, { threads: 1 });
    try {
      return JSON.stringify((await scorer.score(picture)).scores);
    } finally {
      scorer.dispose();
    }
  };
  const hung = new Promise((resolve) => { setTimeout(resolve, patience, 'hung').unref?.(); });
  return Promise.race([call().catch(({ code, message }) => code ?? message), hung]);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test(`${COUNT} hostile models end as in Node, and a good one has the same bits afterwards`, async (context) => {
      const { page } = await openPage(session.browser, `${pages.origin}/icon.svg`);
      const here = (url) => outcomeOf(Scorer.load, url, new Blob([GOOD_JPEG]), PATIENCE);
      const there = (url) => page.evaluate(`(async () => {
        const { Scorer } = await import('/percept.js');
        const bytes = Uint8Array.from(atob('${GOOD_JPEG.toString('base64')}'), (character) => character.charCodeAt(0));
        return (${outcomeOf})(Scorer.load, '${url}', new Blob([bytes]), ${PATIENCE});
      })()`);
      const expected = await here(`${server.origin}/good/`);
      assert.ok(expected.startsWith('{'), expected);
      const counts = {};
      for (const [at, what] of changes.entries()) {
        const url = `${server.origin}/${at}/`;
        const outcome = await there(url);
        assert.equal(outcome, await here(url), `model ${at}: ${what}`);
        const kind = outcome.startsWith('{') ? 'scored' : outcome;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      context.diagnostic(JSON.stringify(counts));
      assert.ok(!counts.hung && !counts.internal);
      assert.equal(await there(`${server.origin}/good/`), expected);
      await page.close();
    });
  });
}
