/** Picture files in browsers: the bits of Node, and a code that tells what a browser lacks from damage. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { AVIF_HEAD } from '../support/broken-pictures.mjs';
import { BROWSERS, servePage } from '../support/browsers.mjs';
import { runOnPage, useBrowser } from '../support/set-up.mjs';

const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));
const golden = (path) => readFile(new URL(`../golden/${path}`, import.meta.url));
const READ = ['pictures/webp-lossy-transparent.webp', 'pictures/webp-turned.webp', 'pictures/webp-animated.webp', 'damaged/arithmetic.jpg', 'damaged/plain.jpg'];

let files;
let expected;
let server;
before(async () => {
  const photo = await golden('damaged/plain.jpg');
  files = [...await Promise.all(READ.map(golden)), Buffer.concat([photo.subarray(0, 3000), Buffer.from([0xff, 0xd9])])];
  const scorer = await Scorer.load(DEMO, { threads: 1 });
  expected = [];
  for (const file of files) expected.push(await outcome(scorer, new Blob([file])));
  scorer.dispose();
  server = await servePage([{ prefix: '/demo/', folder: DEMO }]);
});
after(() => server.close());

const outcome = (scorer, picture) => scorer.score(picture, { tasks: ['quality'] }).then(
  ({ scores, picture: { decoder, damaged } }) => [scores.quality.value, decoder, damaged], ({ code }) => code);

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('WebP, arithmetic coding and damage give the bits of Node; AVIF and HEIC a code that says what is wrong', () => runOnPage(session, `${server.origin}/?samples=none`, async (page) => {
      const heic = Buffer.from(AVIF_HEAD.toString('latin1').replace('avif', 'heic'), 'latin1');
      const given = [...files, AVIF_HEAD, heic].map((file) => file.toString('base64'));
      const outcomes = await page.evaluate(async (pictures) => {
        const { Scorer: Library } = await import('/percept.js');
        const scorer = await Library.load('/demo/', { threads: 1 });
        const results = [];
        for (const picture of pictures) {
          const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
          results.push(await scorer.score(new Blob([bytes]), { tasks: ['quality'] }).then(
            ({ scores, picture: { decoder, damaged } }) => [scores.quality.value, decoder, damaged], ({ code }) => code));
        }
        scorer.dispose();
        return results;
      }, given);
      assert.deepEqual(outcomes, [...expected, 'corrupt-picture', 'unsupported-here']);
      assert.deepEqual(expected.map(([, decoder, damaged]) => [decoder, damaged]), expected.map((_, at) => ['percept', at === expected.length - 1]));
    }));
  });
}
