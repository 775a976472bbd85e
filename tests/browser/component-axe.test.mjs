/** axe-core on <percept-scorer> in each of its states, light and dark, English and Japanese, in Chromium and Firefox. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, openPage } from '../support/browsers.mjs';
import { give, look, serveElement } from '../support/component-pages.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core');
const GOOD = { name: 'good.jpg', bytes: GOOD_JPEG };

/** What brings the element of a page into a state. */
const STATES = {
  empty: { body: '<percept-scorer src="/model/" aria-label="Photograph"></percept-scorer>', until: (page) => page.evaluate(() => document.querySelector('percept-scorer').loading) },
  scoring: {
    body: '<percept-scorer src="/hang/" aria-label="Photograph"></percept-scorer>',
    until: (page) => page.$eval('percept-scorer', (each) => { each.value = new File(['x'], 'x.jpg'); }),
  },
  scored: { body: '<percept-scorer src="/model/" aria-label="Photograph"></percept-scorer>', until: (page) => give(page, GOOD) },
  refused: { body: '<form><percept-scorer src="/model/" min-quality="1" name="photo" aria-label="Photograph"></percept-scorer></form>', until: (page) => give(page, GOOD) },
  failed: { body: '<percept-scorer src="/model/" aria-label="Photograph"></percept-scorer>', until: (page) => give(page, { name: 'no.jpg', bytes: Buffer.from('no picture') }) },
  disabled: { body: '<percept-scorer src="/model/" disabled aria-label="Photograph"></percept-scorer>', until: async () => {} },
};

let model;
let server;
before(async () => {
  model = await makeSeededModel();
  server = await serveElement({
    mounts: [{ prefix: '/model/', folder: model.folder }],
    pages: Object.fromEntries(Object.entries(STATES).map(([state, { body }]) => [`/${state}`, `<main><h1>Test</h1>${body}</main>`])),
  });
});
after(async () => {
  server.close();
  await model.remove();
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`${name}: axe finds nothing serious in any state of the element`, async () => {
    const browser = await launch();
    const axe = await readFile(AXE, 'utf8');
    const found = [];
    try {
      for (const [state, { until }] of Object.entries(STATES)) {
        const { page } = await openPage(browser, `${server.origin}/${state}`);
        await page.waitForFunction(() => customElements.get('percept-scorer'));
        await until(page);
        const { states } = await look(page);
        assert.ok(state === 'disabled' || states.includes(state), `${state}: ${states}`);
        await page.evaluate(axe);
        for (const [lang, scheme] of [['en', 'light'], ['ja', 'dark']]) {
          found.push(...await page.evaluate(async (language, wanted) => {
            document.documentElement.lang = language;
            document.documentElement.style.colorScheme = wanted;
            document.body.style.background = 'Canvas';
            await new Promise((resolve) => { setTimeout(resolve, 300); }); // the colours take a moment to change
            const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
            return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`);
          }, lang, scheme).then((all) => all.map((each) => `${state}, ${lang}, ${scheme}: ${each}`)));
        }
        await page.close();
      }
      // It looks into the element: a button without a name would be found.
      const { page } = await openPage(browser, `${server.origin}/scored`);
      await page.waitForFunction(() => customElements.get('percept-scorer'));
      await page.evaluate(axe);
      const seen = await page.evaluate(async () => {
        document.querySelector('percept-scorer').shadowRoot.append(document.createElement('button'));
        return (await globalThis.axe.run(document)).violations.map(({ id }) => id);
      });
      assert.ok(seen.includes('button-name'), seen.join());
    } finally {
      await browser.close();
    }
    assert.deepEqual(found, []);
  });
}
