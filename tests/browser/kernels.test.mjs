// Every vector kernel against its scalar twin, bit for bit, where relaxed SIMD runs: in Chromium and Firefox.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { BROWSERS, openPage, servePage } from '../support/browsers.mjs';

const CASES = 2000;
const MOUNTS = [
  { prefix: '/built/', folder: fileURLToPath(new URL('../../build', import.meta.url)) },
  { prefix: '/tests/', folder: fileURLToPath(new URL('..', import.meta.url)) },
];

let server;
before(async () => { server = await servePage(MOUNTS); });
after(() => server.close());

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    before(async () => {
      browser = await launch();
      ({ page } = await openPage(browser, `${server.origin}/icon.svg`));
    });
    after(() => browser.close());

    for (const set of ['simd128', 'relaxed']) {
      test(`the ${set} kernels have the scalar kernels' bits`, async () => {
        const differences = await page.evaluate(async (file, cases) => {
          const { firstDifferences } = await import('/tests/support/kernel-equality.mjs');
          const bytes = await (await fetch(file)).arrayBuffer();
          return firstDifferences(bytes, 20261123, cases);
        }, `/built/kernel-equality-${set}.wasm`, CASES);
        assert.deepEqual(differences, {});
      });
    }
  });
}
