/** Words of strangers on the page: names of files and words of a manifest that look like markup stay text. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GOOD_JPEG } from '../js/broken-pictures.mjs';
import { BROWSERS, drop, openPage, readCard, servePage } from './browsers.mjs';

const MARKUP = '<img src=x onerror="document.title=\'let in\'"><script>document.title="let in"</script>';

let work;
let server;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-escaping-'));
  await cp(fileURLToPath(new URL('../golden/vectors/q8', import.meta.url)), work, { recursive: true });
  const manifest = JSON.parse(await readFile(join(work, 'model.json'), 'utf8'));
  manifest.name = MARKUP;
  manifest.license = MARKUP;
  manifest.about = { untrained: MARKUP, source: `javascript:${MARKUP}` };
  for (const task of manifest.tasks) {
    task.title = { en: `${task.id} ${MARKUP}` };
    task.about = { direction: MARKUP, not_for: MARKUP };
    if (task.output.kind === 'classes') task.output.labels = task.output.labels.map((label) => `${label} ${MARKUP}`);
    if (task.output.kind === 'score') task.output.bands = [{ label: { en: MARKUP } }];
  }
  await writeFile(join(work, 'model.json'), JSON.stringify(manifest));
  server = await servePage([{ prefix: '/hostile/', folder: work }]);
});
after(async () => {
  server.close();
  await rm(work, { recursive: true });
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    before(async () => { browser = await launch(); });
    after(() => browser.close());

    test('markup in a manifest and in a file\'s name is shown as it is written', async () => {
      const { page, problems, requests } = await openPage(browser, `${server.origin}/?model=/hostile/&samples=none`);
      const picture = MARKUP.replaceAll('/', ''); // browsers put another character in its place
      const file = `${picture}.jpg`;
      await drop(page, [{ name: file, bytes: GOOD_JPEG }, { name: `broken ${picture}`, bytes: Buffer.from('text') }]);
      assert.equal((await readCard(page, file)).state, 'scored');
      assert.equal((await readCard(page, `broken ${picture}`)).state, 'failed');
      assert.equal(await page.title(), 'Percept');
      const { elements, text } = await page.evaluate(() => ({
        elements: document.querySelectorAll('main script, [onerror], img[src="x"], a[href^="javascript:"]').length,
        text: document.querySelector('main').textContent,
      }));
      assert.equal(elements, 0);
      assert.ok(text.includes(MARKUP));
      assert.ok(requests.every(({ url }) => !url.endsWith('/x')));
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
