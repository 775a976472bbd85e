/** A session outlives a reload, a slip and the Back button: pictures, scores, arrangement, and where the person is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, drop, openPage, press, servePage } from '../support/browsers.mjs';
import { nef } from '../support/raw-files.mjs';

const PICTURES = fileURLToPath(new URL('../golden/pictures', import.meta.url));
const HEIC = fileURLToPath(new URL('../golden/avif/opaque.heic', import.meta.url));
const FILES = ['jpeg-420.jpg', 'jpeg-444.jpg', 'png-color2-8bit.png', 'png-palette-8bit.png'];
const PAGE = '/?model=/model/&samples=none&lang=en';

let model;
let server;
let pictures;
before(async () => {
  model = await makeSeededModel();
  server = await servePage([{ prefix: '/model/', folder: model.folder }]);
  pictures = await Promise.all(FILES.map(async (name) => ({ name, bytes: await readFile(`${PICTURES}/${name}`) })));
});
after(async () => {
  server.close();
  await model.remove();
});

const names = (page) => page.$$eval('.card h3', (all) => all.map((each) => each.textContent));
const values = (page) => page.$$eval('.card [data-task="quality"] data', (all) => all.map((each) => each.value));
const text = (page, selector) => page.$eval(selector, (each) => each.innerText.trim());
const allScored = (page, count = FILES.length) => page.waitForFunction((wanted) => (
  document.querySelectorAll('.card[data-state="scored"] img').length === wanted && !document.getElementById('idle').hidden), { timeout: 60000 }, count);
const choose = (page, selector, value) => page.$eval(selector, (each, wanted) => {
  each.value = wanted;
  each.dispatchEvent(new Event('input', { bubbles: true }));
}, value);

/** How many pictures the page's records hold. */
const stored = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('percept-session');
  opening.onerror = reject;
  opening.onsuccess = () => {
    const { result: database } = opening;
    const rooms = ['pictures', 'looks', 'results'];
    if (!database.objectStoreNames.contains('pictures')) return resolve([0, 0, 0]);
    const transaction = database.transaction(rooms);
    const counts = rooms.map((room) => transaction.objectStore(room).count());
    transaction.oncomplete = () => {
      database.close();
      resolve(counts.map(({ result }) => result));
    };
    return undefined;
  };
}));
const untilStored = async (page, wanted) => {
  for (let tries = 0; ; tries += 1) {
    const found = await stored(page);
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    assert.ok(tries < 100, `stored are ${found}, not ${wanted}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
};

/** The stars that the page's records hold, where there are records. */
const storedStars = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('percept');
  opening.onerror = reject;
  opening.onsuccess = () => {
    const { result: database } = opening;
    const reading = database.transaction('ratings').objectStore('ratings').getAll();
    reading.onsuccess = () => {
      database.close();
      resolve(reading.result.map(({ stars }) => stars));
    };
  };
}));

/** Drops pictures, has them scored, and keeps them: a record of each, one of what it looks like, and one of each of three results. */
const keepThese = async (page, some) => {
  await drop(page, some);
  await allScored(page, some.length);
  await press(page, '#keep-yes');
  await untilStored(page, [some.length, some.length, 3 * some.length]);
};

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    let problems;
    /** A browser that knows nothing yet. */
    const open = async (address = PAGE) => {
      browser = await launch();
      ({ page, problems } = await openPage(browser, server.origin + address));
    };
    const close = async () => {
      await browser.close();
      assert.deepEqual(problems, []);
    };

    test('pictures that the person agrees to keep are there after a reload, in their order, and are not scored again', async () => {
      await open();
      await drop(page, pictures);
      await allScored(page);
      assert.match(await text(page, '#keep-place'), /Keep your pictures and their scores in this browser\?/);
      await press(page, '#keep-yes');
      assert.equal(await page.$('#keep-yes'), null, 'it is asked once');
      await untilStored(page, [4, 4, 12]);
      const [order, scores] = [await names(page), await values(page)];
      await page.evaluate(() => { globalThis.stays = true; });
      await page.reload();
      await allScored(page);
      assert.equal(await page.evaluate(() => globalThis.stays), undefined);
      assert.deepEqual(await names(page), order);
      assert.deepEqual(await values(page), scores);
      assert.equal(await page.$('#keep-yes'), null);
      const looked = await page.evaluate(() => document.getElementById('engine').textContent);
      await press(page, '#tab-model');
      assert.match(await text(page, '#session'), /4 of 4 pictures are kept, \d+\.\d MB/);
      assert.match(await text(page, '#session'), /IndexedDB/);
      await press(page, '#tab-pictures');
      await press(page, '.card .open');
      await page.waitForSelector('#detail .frame img');
      await page.keyboard.press('Escape');
      assert.match(looked, /engine/);
      await page.evaluate(() => document.getElementById('tab-model').click());
      await press(page, '#keep-pictures');
      await untilStored(page, [0, 0, 0]);
      assert.match(await text(page, '#session'), /None is kept/);
      assert.equal((await names(page)).length, 4, 'they stay on the page');
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      assert.deepEqual(await names(page), []);
      await close();
    });

    test('a page that opens on another tab can be scrolled: pictures that came while their list was hidden have no places', async () => {
      await open();
      await keepThese(page, pictures);
      await press(page, '#tab-model');
      await page.reload();
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '4 scored', { timeout: 60000 });
      assert.ok(await page.$eval('#pictures', (each) => each.hidden));
      await page.evaluate(() => new Promise((resolve) => {
        dispatchEvent(new Event('scroll'));
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }));
      await press(page, '#tab-pictures');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 4);
      await close();
    });

    test('what one tab chooses about keeping holds in the others', async () => {
      await open();
      await keepThese(page, pictures.slice(0, 2));
      const { page: other, problems: others } = await openPage(browser, server.origin + PAGE);
      await allScored(other, 2);
      await press(other, '#tab-model');
      await other.waitForSelector('#keep-pictures');
      await press(other, '#keep-pictures');
      await untilStored(other, [0, 0, 0]);
      await page.bringToFront();
      await press(page, '#tab-model');
      await page.waitForFunction(() => /None is kept/.test(document.querySelector('#session [role=status]')?.textContent));
      await drop(page, pictures.slice(2));
      await allScored(page);
      await new Promise((resolve) => { setTimeout(resolve, 500); });
      assert.deepEqual(await stored(page), [0, 0, 0]);
      await press(page, '#keep-pictures'); // both write what both brought back: it is there once
      await untilStored(page, [4, 4, 12]);
      await other.bringToFront();
      await other.waitForFunction(() => /2 of 2 pictures are kept/.test(document.querySelector('#session [role=status]').textContent));
      await untilStored(other, [4, 4, 12]);
      await other.close();
      await page.reload();
      await allScored(page);
      assert.deepEqual(others, []);
      await close();
    });

    test('of a kept file that this browser does not read the picture is there after a reload', async () => {
      await open();
      const bytes = { 'DSC_1.NEF': nef(Buffer.from(GOOD_JPEG)), 'IMG_2.HEIC': await readFile(HEIC) };
      const files = Object.entries(bytes).map(([each, content]) => ({ name: each, bytes: content }));
      await keepThese(page, files);
      const scores = await values(page);
      await page.reload();
      await allScored(page, 2);
      assert.deepEqual(await values(page), scores);
      for (const { name: each } of files) {
        await page.evaluate((wanted) => [...document.querySelectorAll('.card')].find((card) => card.querySelector('h3').textContent === wanted).querySelector('.open').click(), each);
        await page.waitForFunction(() => document.querySelector('#detail .frame img')?.naturalWidth > 0 && document.querySelector('#full'), { timeout: 20000 });
        await press(page, '#detail [data-layer="explain:quality"]');
        await page.waitForSelector('#detail .overlay :is(.raises, .lowers)', { timeout: 60000 });
        assert.equal(await page.$('#detail .layers .problem'), null);
        await page.keyboard.press('Escape');
      }
      await drop(page, files);
      await page.waitForFunction(() => document.getElementById('remark').textContent !== '');
      assert.equal((await names(page)).length, 2, 'it is known again');
      await close();
    });

    test('what is said after the records were deleted elsewhere is kept', async () => {
      await open();
      const rated = async (key, words) => {
        await page.waitForSelector('#open-best');
        await page.focus('.card .open');
        if (key) await page.keyboard.press(key);
        await page.waitForFunction((wanted) => document.querySelector('.card .marks .visually-hidden')?.textContent === wanted, { timeout: 10000 }, words);
      };
      await drop(page, pictures.slice(0, 1));
      await allScored(page, 1);
      await rated('4', '4 stars');
      const deleted = await page.evaluate(() => new Promise((resolve) => {
        const deleting = indexedDB.deleteDatabase('percept');
        deleting.onsuccess = () => resolve('deleted');
        deleting.onblocked = () => resolve('blocked');
      }));
      assert.equal(deleted, 'deleted');
      await rated('5', '5 stars');
      await page.waitForFunction(async () => (await indexedDB.databases()).some(({ name: each }) => each === 'percept'), { timeout: 10000 });
      for (let tries = 0; tries < 100 && (await storedStars(page))[0] !== 5; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 50); });
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await drop(page, pictures.slice(0, 1));
      await allScored(page, 1);
      await rated(null, '5 stars');
      await close();
    });

    test('kept scores are of the same model and task: another model looks again', async () => {
      await open();
      await keepThese(page, pictures.slice(0, 1));
      const tamper = (change) => page.evaluate((wanted) => new Promise((resolve, reject) => {
        const opening = indexedDB.open('percept-session');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('results', 'readwrite');
          const cursor = transaction.objectStore('results').openCursor();
          cursor.onsuccess = () => {
            if (!cursor.result) return;
            const { stamp, result } = cursor.result.value;
            cursor.result.update({ stamp: wanted.stamp ?? stamp, result: { ...result, value: 0.25 } });
            cursor.result.continue();
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }), change);
      const [own] = await values(page);
      await tamper({});
      await page.reload();
      await allScored(page, 1);
      assert.deepEqual(await values(page), ['0.25'], 'what is kept is taken');
      await tamper({ stamp: 'of another model' });
      await page.reload();
      await allScored(page, 1);
      assert.deepEqual(await values(page), [own]);
      await close();
    });

    test('whoever says no is not asked again, and nothing is kept', async () => {
      await open();
      await drop(page, pictures.slice(0, 2));
      await allScored(page, 2);
      await press(page, '#keep-no');
      assert.equal(await page.$('#keep-no'), null);
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await drop(page, pictures.slice(0, 2));
      await allScored(page, 2);
      assert.equal(await page.$('#keep-no'), null);
      assert.deepEqual(await stored(page), [0, 0, 0]);
      await close();
    });

    test('where the browser has no room, a sentence says so, and the pictures stay on the page', async () => {
      await open();
      await page.evaluate(() => {
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function full(value, key) {
          if (this.name === 'pictures') throw new DOMException('full', 'QuotaExceededError');
          return put.call(this, value, key);
        };
      });
      await drop(page, pictures);
      await allScored(page);
      await press(page, '#keep-yes');
      await page.waitForSelector('#keep-place [role="alert"]');
      assert.match(await text(page, '#keep-place'), /no room for all of your pictures.*0 of 4 are kept/);
      assert.equal((await names(page)).length, 4);
      await press(page, '#tab-judgements');
      assert.equal(await page.$('#judgements [role="alert"]'), null, 'judgements are kept all the same');
      await close();
    });

    test('Clear all and remove are undone by the button and by Ctrl+Z, with places and scores', async () => {
      await open();
      await keepThese(page, pictures);
      const [order, scores] = [await names(page), await values(page)];
      await press(page, '.card:nth-child(2) .remove');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 3);
      await untilStored(page, [3, 3, 9]);
      assert.match(await text(page, '.undo-bar'), new RegExp(`“${order[1]}” was taken off the page`));
      await press(page, '#undo');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 4);
      assert.deepEqual(await names(page), order);
      await press(page, '#clear');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 0);
      assert.match(await text(page, '.undo-bar'), /4 pictures were taken off the page/);
      assert.equal(await text(page, '.status'), 'Ready for your pictures', 'no empty strip stays');
      await untilStored(page, [0, 0, 0]);
      await drop(page, [{ name: 'meanwhile.jpg', bytes: GOOD_JPEG }]);
      await allScored(page, 1);
      await page.keyboard.down('Control');
      await page.keyboard.press('z');
      await page.keyboard.up('Control');
      await allScored(page, 5);
      assert.deepEqual(await names(page), ['meanwhile.jpg', ...order]);
      assert.deepEqual((await values(page)).slice(1), scores);
      await untilStored(page, [5, 4, 12]); // one has the content of another
      await page.reload();
      await allScored(page, 5);
      assert.deepEqual(await names(page), ['meanwhile.jpg', ...order]);
      await close();
    });

    test('Back closes a picture, leaves a tab, and only then the page; the address brings tab, picture and order again', async () => {
      await open();
      await keepThese(page, pictures);
      await choose(page, '#sort', 'high');
      await press(page, '#tab-reports');
      await press(page, '#tab-pictures');
      await press(page, '.card .open');
      const [opened, next] = await names(page);
      await press(page, '#detail .next');
      assert.equal(await text(page, '#detail h2'), next);
      const address = page.url();
      assert.match(address, /#picture=[0-9a-f]{16}&sort=high$/);
      const isOpen = () => page.$eval('#detail', (each) => each.open);
      await page.goBack();
      await page.waitForFunction(() => !document.getElementById('detail').open);
      await press(page, '.card .open');
      assert.equal(await text(page, '#detail h2'), opened);
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => !location.hash.includes('picture'));
      await page.goBack(); // passes over the place that was closed by Escape
      await page.waitForFunction(() => document.getElementById('tab-reports').ariaSelected === 'true');
      assert.match(page.url(), /#sort=high&tab=reports$/);
      await page.reload();
      await page.waitForFunction(() => document.getElementById('tab-reports').ariaSelected === 'true');
      await page.goBack();
      await page.waitForFunction(() => document.getElementById('tab-pictures').ariaSelected === 'true');
      assert.equal(await page.$eval('#sort', (each) => each.value), 'high', 'the order stays');
      await page.evaluate((url) => { location.href = url; }, address);
      await page.waitForFunction((title) => document.querySelector('#detail[open] h2')?.textContent === title, {}, next);
      await page.reload();
      await page.waitForFunction((title) => document.querySelector('#detail[open] h2')?.textContent === title, {}, next);
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => !location.hash.includes('picture'));
      assert.equal(await isOpen(), false);
      await close();
    });

    test('an address that somebody else gave breaks nothing', async () => {
      await open(`${PAGE}#tab=nowhere&sort=%3Cb%3E&by=none&picture=0123456789abcdef&show=x&from=one`);
      await drop(page, pictures.slice(0, 2));
      await allScored(page, 2);
      assert.equal(await page.$eval('#sort', (each) => each.value), 'added');
      assert.equal(await page.$eval('#detail', (each) => each.open), false);
      await close();
    });

    test('a picture that comes twice is known by name and content; failures are counted and shown', async () => {
      await open();
      const bad = { name: 'bad.jpg', bytes: Buffer.from('no picture') };
      await drop(page, [...pictures, bad]);
      await page.waitForFunction(() => !document.getElementById('idle').hidden && document.querySelectorAll('.card[data-state]').length === 5, { timeout: 60000 });
      assert.equal(await text(page, '#idle-text'), '4 scored, 1 could not be scored');
      await drop(page, [...pictures, { name: 'new.jpg', bytes: GOOD_JPEG }, { ...pictures[0], name: 'another-name.jpg' }, { name: pictures[0].name, bytes: Buffer.concat([pictures[0].bytes, Buffer.from([0])]) }]);
      await page.waitForFunction(() => document.querySelectorAll('.card[data-state]').length === 8, { timeout: 60000 });
      assert.equal(await text(page, '#remark'), '4 pictures were here already, with the same name and content.');
      await page.waitForFunction(() => !document.getElementById('idle').hidden);
      await press(page, '#show-failed');
      assert.deepEqual(await names(page), ['bad.jpg']);
      await press(page, '#reset');
      assert.equal((await names(page)).length, 8);
      await close();
    });

    test('nothing that was selected gives way in silence: more than four are not compared, and that is said', async () => {
      await open();
      await drop(page, [...pictures, { name: 'fifth.jpg', bytes: GOOD_JPEG }]);
      await allScored(page, 5);
      await page.waitForSelector('#open-best');
      for (const at of [1, 2, 3, 4, 5]) await press(page, `.card:nth-child(${at}) .pick`);
      assert.equal(await text(page, '#selected-count'), '5 selected');
      assert.equal(await page.$eval('[data-act="compare"]', (each) => each.disabled), true);
      assert.match(await text(page, '#compare-why'), /2 to 4 can be compared/);
      await page.keyboard.press('c');
      assert.match(await page.$eval('#announcer', (each) => each.textContent), /At most 4 pictures are compared/);
      for (const at of [3, 4, 5]) await press(page, `.card:nth-child(${at}) .pick`);
      await press(page, '[data-act="compare"]');
      await page.waitForFunction(() => document.querySelector('#comparison[open]') && location.hash.includes('dialog'));
      await page.goBack();
      await page.waitForFunction(() => !document.getElementById('comparison').open);
      assert.equal((await names(page)).length, 5, 'Back closed the comparison, and left nothing else');
      await close();
    });
  });
}
