/** The library in Chromium and Firefox: the bits of Node, cancelling, and what dispose leaves. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, countWorkerThreads, openPage, scoreInPage, servePage } from '../support/browsers.mjs';
import { scoreInNode } from '../support/set-up.mjs';

/** A page of the server's without the app: its own scorer would stand beside ours. */
const BLANK = '/icon.svg';
const SETTINGS = [
  { build: 'relaxed-shared', load: { threads: 2 } },
  { build: 'relaxed-shared', load: { threads: 3 } },
  { build: 'relaxed', load: { threads: 1 } },
  { build: 'simd128-shared', load: { variant: 'simd128', threads: 2 } },
  { build: 'simd128', load: { variant: 'simd128', threads: 1 } },
  { build: 'reference', load: { variant: 'reference' } },
];

let models;
let server;
let expected;
before(async () => {
  models = { q8: await makeSeededModel('q8'), f16: await makeSeededModel('f16') };
  server = await servePage(Object.entries(models).map(([outtype, { folder }]) => ({ prefix: `/${outtype}/`, folder })));
  expected = {};
  for (const [outtype, { folder }] of Object.entries(models)) {
    expected[outtype] = await scoreInNode(folder, {}, { embedding: true });
  }
});
after(async () => {
  server.close();
  for (const { remove } of Object.values(models)) await remove();
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    before(async () => {
      browser = await launch();
      ({ page } = await openPage(browser, server.origin + BLANK));
    });
    after(() => browser.close());

    for (const outtype of ['q8', 'f16']) {
      for (const { build, load } of SETTINGS) {
        test(`${outtype} on ${build}, ${load.threads ?? 1} threads: the bits of Node`, async () => {
          const result = await scoreInPage(page, { model: `/${outtype}/`, bytes: GOOD_JPEG, load });
          assert.equal(result.engine.build, build);
          assert.equal(result.engine.threads, load.threads ?? 1);
          assert.deepEqual(result.scores, expected[outtype].scores);
          assert.deepEqual(result.embedding, expected[outtype].embedding);
        });
      }
    }

    test('a WebP is read by the engine, and refused by its header and by a lower limit', async () => {
      const outcomes = await page.evaluate(async () => {
        const { Scorer: Library } = await import('/percept.js');
        const canvas = new OffscreenCanvas(80, 60);
        canvas.getContext('2d').fillRect(10, 10, 30, 30);
        const webp = await canvas.convertToBlob({ type: 'image/webp' });
        const claiming = new Uint8Array(30); // lossless, 16384 x 16384, and nothing behind it
        claiming.set(new TextEncoder().encode('RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f'));
        new DataView(claiming.buffer).setUint32(21, 0x0fffffff, true);
        const ask = async (maximumPixels, picture) => {
          const scorer = await Library.load('/q8/', { threads: 1, maximumPixels });
          const outcome = await scorer.score(picture).then(({ picture: { decoder } }) => decoder, ({ code }) => code);
          scorer.dispose();
          return outcome;
        };
        return [await ask(4800, webp), await ask(4799, webp), await ask(undefined, new Blob([claiming])), await ask(2 ** 27 + 1, webp).catch(({ code }) => code)];
      });
      assert.deepEqual(outcomes, ['percept', 'picture-too-large', 'picture-too-large', 'bad-argument']);
    });

    test('what an iframe has made is a picture, pixels, an address or a model as well', async () => {
      const results = await page.evaluate(async (jpeg) => {
        const { Scorer: Library } = await import('/percept.js');
        const frame = document.documentElement.appendChild(document.createElementNS('http://www.w3.org/1999/xhtml', 'iframe'));
        const other = frame.contentWindow;
        const scorer = await Library.load(new other.URL('/q8/', location.href));
        const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
        const pictures = [
          new other.Blob([bytes]),
          new other.URL('/q8/model.json', location.href), // no picture, which is told by who has read it
          new other.ImageData(40, 40),
          { width: 40, height: 40, data: new other.Uint8ClampedArray(6400) },
        ];
        const outcomes = [];
        for (const picture of pictures) outcomes.push(await scorer.score(picture).then(({ scores, picture: { width } }) => scores && width, ({ code }) => code));
        const names = (await (await fetch('/q8/model.json')).text()).match(/[a-z0-9-]+\.safetensors/g);
        const files = await Promise.all(['model.json', ...new Set(names)].map(async (name) => new other.File([await (await fetch(`/q8/${name}`)).blob()], name)));
        const fromFiles = await Library.load(files);
        outcomes.push((await fromFiles.score(pictures[0])).scores);
        scorer.dispose();
        fromFiles.dispose();
        frame.remove();
        return outcomes;
      }, GOOD_JPEG.toString('base64'));
      assert.deepEqual(results.slice(1, -1), ['unsupported-format', 40, 40]);
      assert.equal(results[0], expected.q8.picture.width);
      assert.deepEqual(results.at(-1), expected.q8.scores);
    });

    test('pictures that are read ahead have the same bits, and their workers end', async () => {
      const outcome = await page.evaluate(async (jpeg) => {
        const { Scorer: Library } = await import('/percept.js');
        const scorer = await Library.load('/q8/', { threads: 2 });
        const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
        const heavy = () => new Blob([bytes, new Uint8Array(300 * 1024)]); // bytes behind a JPEG's end are not read
        const pictures = [heavy(), heavy(), new URL('/q8/model.json', location.href), heavy(), heavy()];
        const results = await Promise.all(pictures.map((picture) => scorer.score(picture).then(({ scores }) => scores, ({ code }) => code)));
        const asked = (await scorer.requests()).filter(({ url }) => url.endsWith('/picture.wasm')).length;
        scorer.dispose();
        return { results, asked };
      }, GOOD_JPEG.toString('base64'));
      const { scores } = expected.q8;
      assert.deepEqual(outcome.results, [scores, scores, 'unsupported-format', scores, scores]);
      assert.equal(outcome.asked, 3, 'the engine\'s worker and two that read ahead');
    });

    test('a call is cancelled while it computes, and loading while it downloads', async () => {
      const outcome = await page.evaluate(async () => {
        const { Scorer: Library } = await import('/percept.js');
        const caught = (promise) => promise.then(() => 'no error', ({ code, name: kind }) => `${code} ${kind}`);
        const pixels = new ImageData(300, 300);
        const scorer = await Library.load('/q8/');
        const computing = new AbortController();
        const stopped = await caught(scorer.score(pixels, {
          signal: computing.signal,
          onProgress: ({ phase }) => { if (phase === 'computing') computing.abort(); },
        }));
        const { picture } = await scorer.score(pixels);
        const loading = new AbortController();
        const unloaded = await caught(Library.load('/q8/', {
          signal: loading.signal,
          onProgress: ({ phase }) => { if (phase === 'downloading' || phase === 'reading') loading.abort(); },
        }));
        scorer.dispose();
        return { stopped, picture, unloaded };
      });
      assert.deepEqual(outcome, {
        stopped: 'aborted AbortError',
        picture: { width: 300, height: 300, decoder: 'none', damaged: false },
        unloaded: 'aborted AbortError',
      });
    });

    test('dispose leaves no worker', {
      skip: !existsSync('/proc/self/task') && 'threads are counted in /proc, which this system lacks',
    }, async () => {
      const loadAndDispose = (times) => page.evaluate(async (count) => {
        const { Scorer: Library } = await import('/percept.js');
        for (let time = 0; time < count; time += 1) (await Library.load('/q8/', { threads: 3 })).dispose();
      }, times);
      await loadAndDispose(2);
      await sleep(1000);
      const earlier = countWorkerThreads(browser);
      await loadAndDispose(6);
      // Ended workers take a moment. Firefox keeps their threads for the next ones, so their number need not
      // fall to zero; workers that live on would have added 18.
      for (let tries = 0; countWorkerThreads(browser) > earlier && tries < 100; tries += 1) await sleep(50);
      assert.ok(countWorkerThreads(browser) <= earlier + 3, `${countWorkerThreads(browser)} worker threads, ${earlier} before`);
      if (name === 'chromium') assert.equal(countWorkerThreads(browser), 0);
    });
  });
}
