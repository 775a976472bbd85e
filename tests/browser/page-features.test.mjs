/** What the page offers beside scoring, on one opened page for each browser: gallery, details, judgements, files, model, privacy. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { LABELS, makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { holdCalls, letCallsGo } from '../support/held-calls.mjs';
import { choose, saved } from '../support/page-controls.mjs';

const PICTURES = fileURLToPath(new URL('../golden/pictures', import.meta.url));
const NAMES = ['jpeg-420.jpg', 'jpeg-444.jpg', 'png-color2-8bit.png', 'png-palette-8bit.png', 'bmp-24.bmp', 'jpeg-gray.jpg'];

let model;
let server;
let work;
let pictures;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-features-'));
  await cp(model.folder, join(work, 'model'), { recursive: true });
  server = await servePage([{ prefix: '/model/', folder: model.folder }]);
  const there = await readdir(PICTURES);
  const names = [...NAMES.filter((name) => there.includes(name)), ...there.filter((name) => /^(jpeg|png)-.*\.(jpg|png)$/.test(name) && !NAMES.includes(name))].slice(0, 6);
  pictures = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(PICTURES, name)) })));
});
after(async () => {
  server.close();
  await model.remove();
  await rm(work, { recursive: true });
});

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((each) => each.innerText));
const text = (page, selector) => page.$eval(selector, (each) => each.innerText);

/** Gives a file to a hidden input, as its dialog would. */
async function give(page, selector, name, content) {
  const path = join(work, name);
  await writeFile(path, content);
  await (await page.$(selector)).uploadFile(path);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    let problems;
    before(async () => {
      browser = await launch();
      ({ page, problems } = await openPage(browser, `${server.origin}/?model=/model/&samples=none&lang=en`));
      await page.setViewport({ width: 1280, height: 1600 });
      await drop(page, pictures);
      await page.waitForFunction((count) => document.querySelectorAll('.card[data-state="scored"] img').length === count, { timeout: 60000 }, pictures.length);
    });
    after(async () => {
      await browser.close();
      assert.deepEqual(problems, []);
    });

    test('the gallery sorts, filters and groups', async () => {
      const values = () => page.$$eval('.card [data-task="beauty"] data', (all) => all.map((each) => Number(each.value)));
      await choose(page, '#by-task', 'beauty');
      await choose(page, '#sort', 'high');
      const high = await values();
      assert.deepEqual(high, high.slice().sort((a, b) => b - a));
      await choose(page, '#sort', 'low');
      assert.deepEqual(await values(), high.slice().reverse());
      await choose(page, '#from', String(high[3]));
      assert.equal((await values()).length, 4);
      assert.match(await text(page, '#count'), /4 of 6/);
      await press(page, '#reset');
      await choose(page, '#by-task', 'emotion');
      await choose(page, '#group', 'label');
      const groups = await texts(page, '.group h3');
      assert.ok(groups.length > 0 && groups.every((each) => LABELS.includes(each)), groups.join());
      await choose(page, '#group', 'none');
      await choose(page, '#sort', 'added');
    });

    test('the keyboard moves, selects and opens', async () => {
      await page.waitForSelector('#open-best');
      await page.focus('.card .open');
      await page.keyboard.press('ArrowRight');
      const second = await page.evaluate(() => document.activeElement.closest('.card').querySelector('h3').textContent);
      assert.equal(second, (await texts(page, '.card h3'))[1]);
      await page.keyboard.press('s');
      assert.equal(await page.evaluate(() => document.activeElement.closest('.card').querySelector('.pick').getAttribute('aria-pressed')), 'true');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#detail[open]');
      assert.equal(await text(page, '#detail h2'), second);
      await page.keyboard.press('ArrowRight');
      assert.equal(await text(page, '#detail h2'), (await texts(page, '.card h3'))[2]);
      await page.keyboard.press('Escape');
      // The focus comes back to the picture that was open last; the browser tells of the closed dialog a moment later.
      const third = (await texts(page, '.card h3'))[2];
      await page.waitForFunction((name) => document.activeElement.closest('.card')?.querySelector('h3').textContent === name, { timeout: 5000 }, third);
    });

    test('two pictures stand side by side, with their difference', async () => {
      await page.$$eval('.card .pick', (all) => {
        for (const each of all) if (each.getAttribute('aria-pressed') === 'true') each.click();
      });
      await press(page, '.card:nth-child(1) .pick');
      await press(page, '.card:last-child .pick');
      await press(page, '[data-act="compare"]');
      assert.equal(await page.$$eval('#comparison .compared img', (all) => all.length), 2);
      assert.match(await text(page, '#comparison .differences'), /Image quality\s+\S.* is higher by \d\.\d\d\. That is/);
      await page.keyboard.press('Escape');
      await press(page, '[data-act="clear"]');
    });

    test('a score tells its bar, range, direction, error and standing; emotions their whole distribution', async () => {
      await press(page, '.card .open');
      const quality = await text(page, '#detail [data-task="quality"]');
      assert.match(quality, /higher is better · how far it may be off is not known · the mean of its views, give or take 0\.\d+ \(standard error\) · number [1-6] of 6 here/);
      const emotions = await texts(page, '#detail .classes .name');
      assert.deepEqual(emotions.slice().sort(), LABELS.slice().sort());
      assert.equal(await page.$eval('#detail [data-task="beauty"] [role="meter"]', (each) => each.getAttribute('aria-valuemax')), '10');
    });

    test('the map lays each view\'s score over the picture', async () => {
      await press(page, '[data-layer="map:quality"]');
      assert.equal(await page.$$eval('#detail .overlay .view', (all) => all.length), 15);
      assert.match(await text(page, '#detail .legend'), /weakest and strongest view/);
    });

    test('Explain draws what hiding each part does, with a legend and words', async () => {
      await press(page, '[data-layer="explain:quality"]');
      await page.waitForSelector('#detail .overlay .raises, #detail .overlay .lowers', { timeout: 30000 });
      assert.ok(await page.$$eval('#detail .overlay rect', (all) => all.length) >= 25);
      assert.match(await text(page, '#detail .stage > .notes'), /does not say why/);
    });

    test('an explanation that is cancelled is stopped, and not drawn', async () => {
      await press(page, '[data-layer="picture"]');
      await holdCalls(page, 'explain');
      await press(page, '[data-layer="explain:emotion"]');
      await page.waitForFunction(() => globalThis.heldCalls.asked.length === 1);
      await press(page, '#detail .explaining .cancel');
      assert.equal(await page.$('#detail .explaining'), null);
      await page.waitForFunction(() => globalThis.heldCalls.aborted[0] === globalThis.heldCalls.asked[0]);
      await letCallsGo(page);
      await page.waitForFunction(() => globalThis.heldCalls.answered.length === 1);
      assert.equal(await page.$eval('[data-layer="explain:emotion"]', (each) => each.ariaPressed), 'false');
      assert.equal(await page.$('#detail .overlay :is(.raises, .lowers)'), null);
    });

    test('judging one\'s own way, agreeing, taking back; the agreement follows', async () => {
      const given = ['0.1', '0.9', '0.4', '0.6', '0.3', '0.8'];
      for (const label of given) {
        await choose(page, '#detail [data-judging="quality"] input', label);
        assert.match(await text(page, '#detail [data-judging="quality"] output'), new RegExp(`You said: ${label}`));
        await press(page, '#detail .next');
      }
      await press(page, '#detail [data-judging="emotion"] .agree');
      assert.match(await text(page, '#detail [data-judging="emotion"] output'), /You agreed: /);
      await page.keyboard.press('Escape');
      await press(page, '#tab-judgements');
      const panel = await text(page, '#judgements');
      assert.match(panel, /Agreement of the two orders \(rank correlation: 1 is the same, 0 is chance\)\s+[−\d.]+, 95 % interval [−\d.]+ to [−\d.]+/);
      assert.match(panel, /Judged\s+6 pictures/);
      assert.match(panel, /Model minus rater, by Orientation/);
      assert.equal(await page.$$eval('.scatter circle', (all) => all.length), 6);
    });

    test('raters\' files are joined, those of another kind are refused, and everybody\'s judgements are saved', async () => {
      const rows = pictures.map((each, at) => `${each.name},${[0.2, 0.8, 0.5, 0.5, 0.4, 0.7][at]}`);
      await give(page, '#rater-files', 'ann.csv', `image,label\n${rows.join('\n')}\n`);
      await page.waitForFunction(() => document.querySelector('#judgements .message').textContent.includes('6 judgements joined'));
      assert.match(await text(page, '#judgements'), /Between raters\s+needs two raters with 10 pictures in common: 6 so far/);
      await give(page, '#rater-files', 'wrong.csv', 'a,b\n1,2\n');
      await page.waitForFunction(() => document.querySelector('#judgements .message').textContent.includes('needs a first line'));
      await give(page, '#rater-files', 'moods.csv', `image,label\n${pictures[0].name},happy\n`);
      await page.waitForFunction(() => document.querySelector('#judgements .message').textContent.includes('moods.csv was not joined: it has words such as “happy”. Needed here: numbers from 0 to 1.'));
      const file = await saved(page, () => press(page, '#save-labels'));
      assert.equal(file.name, 'labels-quality.csv');
      const lines = file.text.trim().split('\n');
      assert.equal(lines[0], 'image,label,rater,sha256');
      assert.equal(lines.length, 13);
      assert.ok(lines.includes(`${pictures[0].name},0.2,ann,${createHash('sha256').update(pictures[0].bytes).digest('hex')}`));
      const raters = () => texts(page, '#judgements .raters li span');
      const all = await raters();
      assert.deepEqual(all.slice().sort(), ['ann: 6 judgements', 'me: 6 judgements']);
      for (const rater of ['me', 'ann']) await press(page, `#judgements .raters [data-rater="${rater}"] button`);
      assert.deepEqual(await raters(), []);
      assert.match(await text(page, '.undo-bar'), /6 judgements of ann removed\./);
      await press(page, '#undo');
      await page.keyboard.down('Control');
      await page.keyboard.press('z');
      await page.keyboard.up('Control');
      assert.deepEqual(await raters(), all);
      await press(page, '#judgements .raters [data-rater="ann"] button');
    });

    test('pictures are judged one after the other by keys, and the last one is undone', async () => {
      await choose(page, '#judged-task', 'beauty');
      const shown = () => text(page, '#judgements-stage figcaption');
      const judged = () => page.$eval('#judgements .raters', (each) => each.innerText);
      await page.focus('#judgements-stage');
      const first = await shown();
      await page.keyboard.press('5');
      const second = await shown();
      assert.notEqual(second, first);
      await page.keyboard.press('ArrowRight');
      const third = await shown();
      assert.notEqual(third, second, 'skipped');
      await page.keyboard.press('2');
      assert.match(await judged(), /me: 2 judgements/);
      await page.keyboard.press('u');
      assert.equal(await shown(), third);
      await page.keyboard.press('u');
      assert.equal(await shown(), second, 'a skip is a step of its own');
      assert.match(await judged(), /me: 1 judgement/);
      assert.match(await page.$eval('#announcer', (each) => each.textContent), /Skipped/);
      await page.keyboard.press('ArrowRight');
      assert.notEqual(await shown(), second, 'and can be skipped again');
      await page.keyboard.press('u');
      await page.keyboard.press('u');
      assert.equal(await shown(), first);
      assert.equal(await judged(), '');
      await page.keyboard.press('ArrowRight');
      for (let at = 0; at < 5; at += 1) await page.keyboard.press(String(at + 1));
      assert.match(await text(page, '#judgements'), /There is no picture left to judge\./, 'all but the skipped one');
      await press(page, '#judgements-stage [data-act="again"]');
      assert.equal(await shown(), first, 'which can be asked again');
      await page.keyboard.press('ArrowDown');
      await choose(page, '#judged-task', 'emotion');
      await page.focus('#judgements-stage');
      let open = 0;
      for (; await page.$('#judgements-stage figure'); await page.keyboard.press('ArrowRight')) open += 1;
      assert.equal(open, 5, 'all but the one that was judged above: a skip counts for its own task');
      await choose(page, '#judged-task', 'beauty');
      await press(page, '#judgements .raters button');
    });

    test('the model\'s answer stays hidden when it shall', async () => {
      await press(page, '#blind');
      await press(page, '#tab-pictures');
      await press(page, '.card .open');
      const results = await text(page, '#detail .results');
      assert.match(results, /Beauty: Hidden until you have judged\./);
      assert.equal(await page.$('#detail [data-task="beauty"]'), null);
      await choose(page, '#detail [data-judging="beauty"] input', '5');
      await page.waitForSelector('#detail [data-task="beauty"]');
      await page.keyboard.press('Escape');
      await press(page, '#tab-judgements');
      await press(page, '#blind');
    });

    test('a judgement stays with the picture that was judged: not with another of its name, and over a reload', async () => {
      const { page: fresh, problems: wrong } = await openPage(browser, `${server.origin}/?model=/model/&samples=none&lang=en`);
      const said = async (picture) => {
        await drop(fresh, [picture]);
        await readCard(fresh, picture.name);
        await press(fresh, '.card .open');
        const words = await text(fresh, '#detail [data-judging="quality"] output');
        await press(fresh, '#detail .close');
        await press(fresh, '#clear');
        return words;
      };
      const [snake, bear] = pictures;
      assert.equal(await said({ name: 'snake.jpg', bytes: snake.bytes }), 'You said: 0.1', 'judged above, in another tab');
      assert.equal(await said({ name: snake.name, bytes: bear.bytes }), 'You said: 0.9');
      await fresh.reload();
      assert.equal(await said({ name: 'copy.jpg', bytes: snake.bytes }), 'You said: 0.1');
      assert.deepEqual(wrong, []);
      await fresh.close();
    });

    test('the pilot adds up, with the rate that the user states', async () => {
      await press(page, '#tab-reports');
      await choose(page, '#pilot-rate', '6');
      const panel = await text(page, '.pilot');
      assert.match(panel, /By hand that would take\s+60 minutes/);
      assert.match(panel, /Disagreements\s+\d+ % \(\d of 6 judged; 95 % interval/);
      assert.match(panel, /What they would cost\s+[\d.]+, between/);
    });

    test('results are saved as CSV and JSON, and imported again', async () => {
      const csv = await saved(page, () => press(page, '#save-csv'));
      assert.match(csv.text, /^image,quality,quality\.standardError,quality\.views,emotion,/);
      assert.equal(csv.text.trim().split('\n').length, 7);
      const json = await saved(page, () => press(page, '#save-json'));
      const results = JSON.parse(json.text);
      assert.match(results.model.sha256, /^[0-9a-f]{64}$/);
      assert.equal(results.pictures.length, 6);
      assert.equal(results.pictures[0].scores.quality.views.length, 15);
      results.pictures = ['imported', 'sizeless'].map((each) => ({ ...results.pictures[0], image: `elsewhere/${each}.jpg` }));
      delete results.pictures[1].width;
      results.model.sha256 = 'f'.repeat(64);
      await give(page, '#results-file', 'results.json', JSON.stringify(results));
      await page.waitForFunction(() => document.querySelector('#reports .message').textContent.includes('2 pictures imported'));
      assert.match(await text(page, '#reports .message'), /another model/);
      await give(page, '#results-file', 'results.txt', 'nonsense');
      await page.waitForFunction(() => document.querySelector('#reports .message').textContent.includes('holds no results'));
      await press(page, '#tab-pictures');
      assert.equal((await readCard(page, 'imported.jpg')).values.quality, results.pictures[0].scores.quality.value);
      for (const [name, maps] of [['imported', 1], ['sizeless', 0]]) { // a map is drawn in the picture's proportions
        await press(page, `.card .open[aria-label^="${name}.jpg"]`);
        assert.equal((await page.$$('#detail [data-layer^="map:"]')).length, maps, name);
        await press(page, '#detail .close');
        await press(page, `.card .remove[aria-label*="${name}.jpg"]`);
      }
    });

    test('the printed report has the scores and the model\'s card', async () => {
      await press(page, '#tab-reports');
      await page.evaluate(() => { globalThis.print = () => { globalThis.printed = true; }; });
      await press(page, '#print');
      await page.waitForFunction(() => globalThis.printed);
      const report = await page.$eval('#report', (each) => each.textContent);
      for (const { name: picture } of pictures) assert.ok(report.includes(picture), picture);
      assert.match(report, /Its weights are random numbers/);
      assert.match(report, /SHA-256 [0-9a-f]{64}/);
    });

    test('tasks are switched off and on, and the card is shown', async () => {
      await press(page, '#tab-model');
      assert.match(await text(page, '.card-of-model'), /seeded\s+licence: MIT · 4 layers of width 256, stored as q8/);
      await press(page, '[data-task-switch="beauty"]');
      await press(page, '#tab-pictures');
      assert.equal(await page.$('.card [data-task="beauty"]'), null);
      await drop(page, [{ name: 'without.jpg', bytes: GOOD_JPEG }]);
      assert.deepEqual(Object.keys((await readCard(page, 'without.jpg')).values).includes('beauty'), false);
      await press(page, '#tab-model');
      await press(page, '[data-task-switch="beauty"]');
      await press(page, '#tab-pictures');
      await page.waitForFunction(() => [...document.querySelectorAll('.card')].every((each) => each.querySelector('[data-task="beauty"]')));
      await press(page, '.card .remove');
    });

    test('everything that was requested is listed, and the engine tells its time', async () => {
      await press(page, '#check-privacy');
      await page.waitForFunction(() => document.querySelector('.requests')?.textContent.includes('model.json'));
      const listed = await page.$eval('.requests', (each) => each.textContent);
      assert.match(listed, /app\.js/);
      assert.match(listed, /base-1-[0-9a-f]{16}\.safetensors/);
      assert.match(await text(page, '.origins'), /this page’s own server: \d+ requests/);
      assert.match(await text(page, '#engine'), /\d+ ms per view/);
    });

    test('Japanese is a switch away, and kept', async () => {
      await choose(page, '#language', 'ja');
      assert.equal(await page.$eval('html', (each) => each.lang), 'ja');
      assert.match(await text(page, '#tabs'), /画像\s+教える\s+人の評価\s+レポート/);
      assert.equal(await page.evaluate(() => localStorage.getItem('percept-language')), '"ja"');
      await choose(page, '#language', 'en');
    });

    test('a model is loaded from a folder on disk, and its pictures are scored again', async () => {
      await press(page, '#tab-model');
      const before = await page.$eval('.card [data-task="quality"] data', (each) => each.value);
      if (name === 'chromium') {
        await (await page.$('#model-folder')).uploadFile(join(work, 'model'));
      } else {
        const files = await Promise.all((await readdir(join(work, 'model'))).map(async (file) => ({ file, base64: (await readFile(join(work, 'model', file))).toString('base64') })));
        await page.evaluate((all) => {
          const transfer = new DataTransfer();
          for (const { file, base64 } of all) transfer.items.add(new File([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], file));
          const input = document.getElementById('model-folder');
          input.files = transfer.files;
          input.dispatchEvent(new Event('change'));
        }, files);
      }
      await press(page, '#tab-pictures');
      await page.waitForFunction(() => document.querySelectorAll('.card[data-state="scored"]').length === 6, { timeout: 30000 });
      assert.equal(await page.$eval('.card [data-task="quality"] data', (each) => each.value), before);
      await press(page, '#tab-model');
      assert.equal(await page.$eval('#model-address', (each) => each.value), '');
    });

    test('a run is cancelled, told, and goes on where it stopped', async () => {
      await press(page, '#tab-pictures');
      await press(page, '#clear');
      await drop(page, Array.from({ length: 30 }, (_, at) => ({ name: `${at}.jpg`, bytes: GOOD_JPEG })));
      await page.waitForFunction(() => !document.getElementById('queue').hidden && /of 30 pictures/.test(document.getElementById('queue-text').textContent));
      await press(page, '#cancel');
      await page.waitForFunction(() => /Stopped: \d+ pictures? not scored/.test(document.getElementById('idle-text').textContent));
      await press(page, '#resume');
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '30 scored', { timeout: 60000 });
      assert.equal(await text(page, '#announcer'), '30 scored');
    });

    test('when the last picture goes, the focus is at the way in', async () => {
      const focused = () => page.evaluate(() => document.activeElement.id);
      await page.focus('#clear');
      await page.keyboard.press('Enter');
      assert.equal(await focused(), 'choose');
      await drop(page, pictures.slice(0, 2));
      await page.waitForFunction(() => document.querySelectorAll('.card[data-state="scored"] img').length === 2);
      await page.focus('.card .open');
      await page.keyboard.press('Delete');
      assert.equal(await focused(), '', 'on the other picture');
      await page.keyboard.press('Delete');
      assert.equal(await focused(), 'choose');
    });

    test('a picture that is closed and removed at once leaves nothing behind that fails', async () => {
      for (let round = 0; round < 3; round += 1) {
        await drop(page, pictures.slice(0, 1));
        await page.waitForSelector('.card[data-state="scored"] .open');
        await page.evaluate(() => {
          document.querySelector('.card .open').click();
          document.getElementById('detail').close();
          document.querySelector('.card .remove').click();
        });
      }
      await page.waitForFunction(() => !document.querySelector('.card'));
      assert.deepEqual(problems, []);
    });
  });
}
