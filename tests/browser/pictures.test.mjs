/** Each kind of picture gives the bits of Node in browsers, and a code that tells what a browser lacks from damage. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { BROWSERS, openPage, servePage } from '../support/browsers.mjs';
import { KINDS } from '../support/picture-kinds.mjs';
import { useBrowser } from '../support/set-up.mjs';

const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));

let server;
/** By kind: what Node makes of it, or of the same pixels in a format that it reads. */
const expected = {};
before(async () => {
  server = await servePage([{ prefix: '/demo/', folder: DEMO }]);
  const scorer = await Scorer.load(DEMO, { threads: 1 });
  for (const [kind, { bytes, inBrowser }] of Object.entries(KINDS)) {
    expected[kind] = inBrowser?.code ?? await scorer.score(new Blob([inBrowser?.coded ?? bytes]), { tasks: ['quality'] }).then(
      ({ scores, picture: { damaged } }) => [scores.quality.raw[0], inBrowser ? 'browser' : 'percept', damaged], ({ code }) => code);
  }
  scorer.dispose();
});
after(() => server.close());

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    let opened;
    before(async () => {
      opened = await openPage(session.browser, `${server.origin}/?samples=none`);
      await opened.page.evaluate(async () => {
        const { Scorer: Library } = await import('/percept.js');
        window.scorer = await Library.load('/demo/', { threads: 1 });
      });
    });
    after(() => assert.deepEqual(opened.problems, []));

    for (const [kind, { bytes }] of Object.entries(KINDS)) {
      test(kind, async () => {
        const outcome = await opened.page.evaluate(async (text) => {
          const file = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
          return window.scorer.score(new Blob([file]), { tasks: ['quality'] }).then(
            ({ scores, picture: { decoder, damaged } }) => [scores.quality.raw[0], decoder, damaged], ({ code }) => code);
        }, bytes.toString('base64'));
        assert.deepEqual(outcome, expected[kind]);
      });
    }
  });
}
