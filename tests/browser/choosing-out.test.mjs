/** Chosen pictures go out: to a folder, in a zip, as a table, on paper. And pictures come in that neither engine nor browser reads: HEIC, camera raw. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard } from '../support/browsers.mjs';
import { saved } from '../support/page-controls.mjs';
import { arrive, picturesToChoose } from '../support/choosing.mjs';
import { cr2, nef } from '../support/raw-files.mjs';
import { scoreInNode, useSeededSite } from '../support/set-up.mjs';

const PICTURES = picturesToChoose(4);
const HEIC = await readFile(new URL('../golden/avif/opaque.heic', import.meta.url));

const site = useSeededSite();

const text = (page, selector) => page.$eval(selector, (each) => each.innerText.trim());

/** The files of an archive that compresses nothing, by its directory at the end; their sums are checked. @param {Buffer} zip */
function unzip(zip) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  const files = {};
  for (let count = zip.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [method, sum, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24)];
    const [nameLength, extra, comment, local] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    assert.equal(method, 0);
    if (crc32) assert.equal(crc32(bytes), sum, name);
    files[name] = bytes;
    at += 46 + nameLength + extra + comment;
  }
  return files;
}

/** The headings of a PDF with an outline. @param {Uint8Array} pdf */
const titlesIn = (pdf) => Array.from(Buffer.from(pdf).toString('latin1').matchAll(/\/Title \(([^)]*)\)/g), ([, title]) => title);

/** Opens the dialog for the pictures that have stars and flags. */
async function openSave(page) {
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('e');
  await page.waitForSelector('#save-dialog[open]');
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    let problems;
    let requests;
    before(async () => {
      browser = await launch();
      ({ page, problems, requests } = await openPage(browser, `${site.origin}/?model=/model/&samples=none&lang=en`));
      await arrive(page, PICTURES);
      await page.select('#sort', 'name');
      await page.$eval('#sort', (each) => each.dispatchEvent(new Event('input', { bubbles: true })));
      await page.evaluate(() => document.querySelector('.card .open').focus());
      // the first gets four stars and is picked, the second is rejected, the third picked
      await page.keyboard.press('a');
      for (const key of ['4', 'p', 'ArrowRight', 'x', 'ArrowRight', 'p']) await page.keyboard.press(key);
    });
    after(async () => {
      await browser.close();
      assert.deepEqual(problems, []);
    });

    test('a zip has the pictures as they came, stars beside them, and a table', async () => {
      await openSave(page);
      assert.equal(await page.$eval('[name="which"]:checked', (each) => each.value), 'picked');
      const zip = await saved(page, () => press(page, '#to-zip'));
      await page.waitForFunction(() => /2 pictures are in percept\.zip/.test(document.querySelector('#save-dialog .message').textContent));
      const files = unzip(zip.bytes);
      assert.deepEqual(Object.keys(files).sort(), ['00.png', '00.xmp', '02.png', '02.xmp', 'percept.csv']);
      assert.deepEqual(files['00.png'], PICTURES[0].bytes);
      assert.deepEqual(files['02.png'], PICTURES[2].bytes);
      assert.match(files['00.xmp'].toString(), /xmp:Rating="4" xmpDM:pick="1"/);
      const table = files['percept.csv'].toString();
      assert.equal(table.charCodeAt(0), 0xfeff);
      assert.match(table, /\n00\.png,00\.png,4,pick,[\d.]+/);
      const column = table.split('\n')[0].split(',').indexOf('beauty');
      assert.match(table.split('\n')[1].split(',')[column], /^-?\d+\.\d{4}$/);
      await page.keyboard.press('Escape');
    });

    test('they are copied to a folder, and nothing that is there is written over', async () => {
      const there = await page.evaluate(async () => {
        const root = await navigator.storage.getDirectory();
        globalThis.chosenFolder = await root.getDirectoryHandle(`out-${Date.now()}`, { create: true });
        const stream = await (await globalThis.chosenFolder.getFileHandle('00.png', { create: true })).createWritable();
        await stream.write('mine');
        await stream.close();
        globalThis.showDirectoryPicker = async () => globalThis.chosenFolder;
        return 'getDirectory' in navigator.storage;
      });
      assert.ok(there);
      await openSave(page);
      await press(page, '#to-folder');
      await page.waitForFunction(() => /2 pictures were copied/.test(document.querySelector('#save-dialog .message').textContent));
      const found = await page.evaluate(async () => {
        const files = {};
        for await (const [each, handle] of globalThis.chosenFolder.entries()) files[each] = (await handle.getFile()).size;
        return files;
      });
      assert.deepEqual(Object.keys(found).sort(), ['00 (2).png', '00 (2).xmp', '00.png', '02.png', '02.xmp', 'percept.csv']);
      assert.deepEqual([found['00.png'], found['00 (2).png'], found['02.png']], [4, PICTURES[0].bytes.length, PICTURES[2].bytes.length]);
      await page.evaluate(() => { delete globalThis.showDirectoryPicker; });
      await page.keyboard.press('Escape');
    });

    test('a copy that is stopped says how far it came', async () => {
      await page.evaluate(async () => { // a folder that does not take the third file before the dialog is closed
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(`slow-${Date.now()}`, { create: true });
        const get = folder.getFileHandle.bind(folder);
        let count = 0;
        folder.getFileHandle = async (...given) => {
          count += 1;
          if (count === 3) await new Promise((resolve) => { document.getElementById('save-dialog').addEventListener('close', resolve, { once: true }); });
          return get(...given);
        };
        Object.assign(globalThis, { slow: folder, showDirectoryPicker: async () => folder });
      });
      await openSave(page);
      await page.click('[name="which"][value="shown"]');
      await press(page, '#to-folder');
      await page.waitForFunction(() => document.querySelector('#save-dialog .loading')?.textContent.startsWith('2 of '), { polling: 50 });
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.getElementById('announcer').textContent === 'You stopped it: 3 of 4 pictures were copied to “' + globalThis.slow.name + '”. Stars and the table may be missing there.');
      assert.equal(await page.evaluate(async () => (await Array.fromAsync(globalThis.slow.keys())).length), 3);
      await page.evaluate(() => { delete globalThis.showDirectoryPicker; });
    });

    test('what is picked goes out though the filter shows nothing', async () => {
      const filter = (wanted) => page.$eval('#filter-name', (each, value) => {
        each.value = value;
        each.dispatchEvent(new Event('input', { bubbles: true }));
      }, wanted);
      await press(page, '#open-filter');
      await page.waitForSelector('#filter-name');
      await filter('no such name');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 0);
      await openSave(page);
      const state = () => page.$eval('#save-dialog', (each) => ({ isOpen: each.open, which: each.querySelector('[name="which"]:checked').value, isOff: each.querySelector('#to-zip').disabled }));
      assert.deepEqual(await state(), { isOpen: true, which: 'picked', isOff: false });
      await page.keyboard.press('Escape');
      await filter('');
      await press(page, '#open-filter');
    });

    test('a folder\'s pictures are moved to another one, and none is deleted before its copy was read back', async () => {
      await page.evaluate(async (given) => {
        const root = await navigator.storage.getDirectory();
        const made = async (each) => Object.assign(await root.getDirectoryHandle(`${each}-${Date.now()}`, { create: true }), { requestPermission: async () => 'granted' });
        Object.assign(globalThis, { home: await made('home'), target: await made('target') });
        for (const { base64, name: each } of given) {
          const stream = await (await globalThis.home.getFileHandle(each, { create: true })).createWritable();
          await stream.write(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
          await stream.close();
        }
        globalThis.showDirectoryPicker = async () => globalThis.home;
      }, picturesToChoose(7).slice(4).map(({ name: each, bytes }) => ({ name: `m${each}`, base64: Buffer.from(bytes).toString('base64') })));
      const namesIn = (folder) => page.evaluate(async (each) => {
        const found = [];
        for await (const key of globalThis[each].keys()) found.push(key);
        return found.sort();
      }, folder);
      await press(page, '#choose-folder');
      for (const each of ['m04.png', 'm05.png', 'm06.png']) assert.equal((await readCard(page, each)).state, 'scored');
      const select = (wanted) => page.$$eval('.card', (all, names) => all.forEach((each) => (each.querySelector('.pick').ariaPressed === 'true') !== names.includes(each.querySelector('h3').textContent) && each.querySelector('.pick').click()), wanted);
      await select(['m04.png', '00.png']);
      await openSave(page);
      assert.equal(await page.$('#move-to-folder'), null, 'one of them did not come with a folder');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await select(['m04.png', 'm05.png']);
      await page.evaluate(() => { globalThis.showDirectoryPicker = async () => globalThis.target; });
      await openSave(page);
      await press(page, '#move-to-folder');
      await page.waitForSelector('#move-now');
      assert.deepEqual(await namesIn('home'), ['m04.png', 'm05.png', 'm06.png'], 'nothing happens before the person has said so again');
      await press(page, '#move-now');
      await page.waitForFunction(() => /2 pictures were moved/.test(document.querySelector('#save-dialog .message').textContent));
      assert.deepEqual(await namesIn('home'), ['m06.png']);
      assert.deepEqual(await namesIn('target'), ['m04.png', 'm05.png', 'percept.csv']);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');

      await select(['m06.png']);
      await page.evaluate(() => { // a disk that writes something else
        const get = globalThis.target.getFileHandle.bind(globalThis.target);
        globalThis.target.getFileHandle = async (each, options) => (options?.create ? get(each, options) : { getFile: async () => new File(['other'], each) });
      });
      await openSave(page);
      await press(page, '#move-to-folder');
      await page.waitForSelector('#move-now');
      await press(page, '#move-now');
      await page.waitForFunction(() => /m06\.png stays where it was.*differs/.test(document.querySelector('#save-dialog .message').textContent));
      assert.deepEqual(await namesIn('home'), ['m06.png'], 'it is there still');
      assert.ok(!(await namesIn('target')).includes('m06.png'), 'and no half copy');
      await page.evaluate(() => { delete globalThis.showDirectoryPicker; });
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
    });

    /** Has the sheet of the picked pictures printed; `globalThis.sheet` is what is on it when the browser prints. */
    const printSheet = async () => {
      await page.evaluate(() => { // what the browser prints from is asked last, when the page's own listeners have run
        globalThis.isAsked = false;
        globalThis.print = () => { globalThis.isAsked = true; };
        addEventListener('beforeprint', () => { globalThis.sheet = [...document.querySelectorAll('#contact-sheet li')].map((each) => ({ text: each.textContent, isDrawn: each.querySelector('img').naturalWidth > 0 })); });
      });
      await page.waitForSelector('#report h1');
      await openSave(page);
      await press(page, '#to-paper');
      await page.waitForFunction(() => globalThis.isAsked);
    };

    test('a contact sheet is printed', async () => {
      await printSheet();
      await page.evaluate(() => ['beforeprint', 'afterprint'].forEach((type) => dispatchEvent(new Event(type))));
      const sheet = await page.evaluate(() => globalThis.sheet);
      assert.equal(sheet.length, 2);
      assert.match(sheet[0].text, /00\.png★★★★ Pick/);
      assert.ok(sheet.every(({ isDrawn }) => isDrawn));
      assert.equal(await page.$('#save-dialog[open]'), null);
    });

    test('the sheet is printed in the report\'s place, and once', { skip: name !== 'chromium' && 'its PDF has no outline' }, async () => {
      const headings = async () => titlesIn(await page.pdf({ outline: true }));
      await printSheet();
      const titles = await headings();
      assert.deepEqual([titles.includes('2 pictures'), titles.includes('Percept report')], [true, false], titles.join());
      assert.ok((await headings()).includes('Percept report'), 'afterwards the report is printed again');
    });

    test('the preview of a raw file is scored, and named as one; the file itself goes out', async () => {
      const raw = nef(Buffer.from(GOOD_JPEG));
      const turned = cr2(Buffer.from(GOOD_JPEG), Buffer.from(GOOD_JPEG), 6);
      await drop(page, [{ name: 'DSC_1.NEF', bytes: raw }, { name: 'IMG_1.CR2', bytes: turned }]);
      const card = await readCard(page, 'DSC_1.NEF');
      assert.deepEqual([card.state, card.values.beauty], ['scored', (await scoreInNode(site.folder)).scores.beauty.value]);
      assert.match(card.facts, /embedded preview of a raw file/);
      const [width, height] = /(\d+) × (\d+)/.exec(card.facts).slice(1);
      assert.match((await readCard(page, 'IMG_1.CR2')).facts, new RegExp(`${height} × ${width}`));
      await page.waitForFunction(() => [...document.querySelectorAll('.card')].filter((each) => /\.(NEF|CR2)$/.test(each.querySelector('h3').textContent) && each.querySelector('img')).length === 2);
      await page.$$eval('.card', (all) => all.find((each) => each.querySelector('h3').textContent === 'DSC_1.NEF').querySelector('.pick').click());
      await openSave(page);
      const files = unzip((await saved(page, () => press(page, '#to-zip'))).bytes);
      assert.deepEqual(files['DSC_1.NEF'], raw);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
    });

    test('HEIC is decoded by libheif where the browser cannot, which is fetched then and not before', async () => {
      const isFetched = () => requests.some(({ url }) => url.includes('libheif'));
      const reads = await page.evaluate(async (base64) => createImageBitmap(new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))])).then(() => true, () => false), HEIC.toString('base64'));
      assert.equal(isFetched(), false);
      await drop(page, [{ name: 'IMG_2.HEIC', bytes: HEIC }]);
      const card = await readCard(page, 'IMG_2.HEIC');
      assert.equal(card.state, 'scored');
      assert.match(card.facts, reads ? /decoded by the browser/ : /HEIC, decoded by libheif/);
      await page.waitForFunction(() => document.querySelector('.card[data-state="scored"] img'));
      const kept = await page.evaluate(async () => performance.getEntriesByType('resource').map(({ name: url }) => url).filter((url) => url.includes('heic-worker')));
      assert.equal(kept.length > 0, !reads);
      assert.equal(await text(page, '#detail') === '', true);
    });
  });
}
