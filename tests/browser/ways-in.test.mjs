/** The ways in that only a real browser can show: a folder that is dropped, and a phone's camera. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixture, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, openPage, readCard, servePage } from '../support/browsers.mjs';
import { useBrowser } from '../support/set-up.mjs';

let model;
let server;
let work;
before(async () => {
  model = await makeSeededModel();
  server = await servePage([{ prefix: '/model/', folder: model.folder }]);
  work = await mkdtemp(join(tmpdir(), 'percept-ways-'));
  await mkdir(join(work, 'trip/day two/夜'), { recursive: true });
  await mkdir(join(work, 'empty'));
  await mkdir(join(work, 'later'));
  for (const name of ['trip/a.jpg', 'trip/day two/b.JPG', 'trip/day two/夜/c.jpg', 'alone.jpg']) await writeFile(join(work, name), GOOD_JPEG);
  await writeFile(join(work, 'later/alone.jpg'), fixture('jpeg-444.jpg'));
  await writeFile(join(work, 'trip/notes.txt'), 'no picture');
  await writeFile(join(work, 'trip/.DS_Store'), 'no picture');
});
after(async () => {
  server.close();
  await model.remove();
  await rm(work, { recursive: true });
});

const PAGE = () => `${server.origin}/?model=/model/&samples=none&lang=en`;

/** Drops what lies on the disk, as the operating system does it. */
async function dropFromDisk(page, paths) {
  const inspector = await page.createCDPSession();
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await inspector.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await inspector.detach();
}

describe('chromium', () => {
  const session = useBrowser(BROWSERS.chromium);

  test('a folder is searched to the bottom for pictures; its folders group them', async () => {
    const { page, problems } = await openPage(session.browser, PAGE());
    await dropFromDisk(page, [join(work, 'trip'), join(work, 'alone.jpg')]);
    for (const name of ['a.jpg', 'b.JPG', 'c.jpg', 'alone.jpg']) assert.equal((await readCard(page, name)).state, 'scored', name);
    assert.deepEqual((await page.$$eval('.card h3', (all) => all.map((each) => each.title))).sort(), ['alone.jpg', 'trip/a.jpg', 'trip/day two/b.JPG', 'trip/day two/夜/c.jpg']);
    await page.select('#group', 'folder');
    assert.deepEqual((await page.$$eval('.group h3', (all) => all.map((each) => each.textContent))).sort(), ['No folder', 'trip', 'trip/day two', 'trip/day two/夜']);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test('a folder without pictures says so', async () => {
    const { page } = await openPage(session.browser, PAGE());
    await dropFromDisk(page, [join(work, 'empty')]);
    await page.waitForFunction(() => document.getElementById('announcer').textContent !== '');
    assert.match(await page.$eval('#announcer', (each) => each.textContent), /no pictures/i);
    assert.equal(await page.$('.card'), null);
    await page.close();
  });
});

/** A browser of a device that is touched, which alone shows the camera's button. */
const TOUCHED = {
  chromium: {},
  firefox: { preferences: { 'ui.primaryPointerCapabilities': 1, 'ui.allPointerCapabilities': 1 } },
};

/** Presses the camera's button and takes a picture, as far as the browser's driver reaches. */
async function takePicture(page, browserName, file) {
  if (browserName === 'chromium') {
    const [chooser] = await Promise.all([page.waitForFileChooser({ timeout: 10000 }), page.click('#camera')]);
    assert.equal(chooser.isMultiple(), false);
    await chooser.accept([file]);
    return;
  }
  // The driver of Firefox does not tell of file pickers: the press must reach the input, which then gets the file.
  await page.evaluate(() => {
    globalThis.pressed = 0;
    document.getElementById('camera-files').onclick = (event) => {
      globalThis.pressed += 1;
      event.preventDefault();
    };
  });
  await page.click('#camera');
  assert.equal(await page.evaluate(() => globalThis.pressed), 1);
  await (await page.$('#camera-files')).uploadFile(file);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`${name}: a device that is touched has a button for its camera, whose picture is scored; a desk has none`, async () => {
    const browser = await launch(TOUCHED[name]);
    try {
      const { page, problems } = await openPage(browser, PAGE());
      if (name === 'chromium') {
        assert.equal(await page.$eval('#camera', (each) => each.checkVisibility()), false);
        await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
      }
      const asked = await page.$eval('#camera-files', (each) => [each.getAttribute('capture'), each.accept, each.multiple]);
      assert.deepEqual(asked, ['environment', 'image/*', false], 'one picture, of the camera at the back');
      for (const [i, picture] of ['alone.jpg', 'later/alone.jpg'].entries()) { // cameras give each picture the same name
        await takePicture(page, name, join(work, picture));
        await page.waitForFunction((wanted) => document.querySelectorAll('.card[data-state="scored"]').length === wanted, { timeout: 30000 }, i + 1);
      }
      assert.match(await page.$eval('#announcer', (each) => each.textContent), /^alone\.jpg: Image quality/);
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
    }
  });
}
