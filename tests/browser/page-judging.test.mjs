/** Judgements on the page that are not lost: whose those in files are, and what is taught of pictures that are not here any more. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, drop, press } from '../support/browsers.mjs';
import { arrive, picturesToChoose } from '../support/choosing.mjs';
import { choose, saved } from '../support/page-controls.mjs';
import { runAfresh, useBrowser, useSeededSite } from '../support/set-up.mjs';

const PICTURES = picturesToChoose(6);
const site = useSeededSite();

let work;
before(async () => { work = await mkdtemp(join(tmpdir(), 'percept-judging-')); });
after(() => rm(work, { recursive: true }));

const raters = (page) => page.$$eval('#judgements .raters li span', (all) => all.map((each) => each.textContent).sort());
const says = (page, words) => page.waitForFunction((wanted) => document.querySelector('main').innerText.includes(wanted), {}, words);
const held = (page) => page.evaluate(() => document.activeElement.id);

/** Gives a file to a hidden input, as its dialog would. */
async function give(page, selector, name, content) {
  const path = join(work, name);
  await writeFile(path, content);
  await (await page.$(selector)).uploadFile(path);
}

/** Chooses a folder of pictures, as its dialog would. */
const giveFolders = (page, pictures) => page.evaluate((given) => {
  const dataTransfer = new DataTransfer();
  for (const { name, base64 } of given) dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], name));
  const files = [...dataTransfer.files];
  files.forEach((file, at) => Object.defineProperty(file, 'webkitRelativePath', { value: `trip/${given[at].folder}/${file.name}` }));
  const input = document.getElementById('folder-files');
  Object.defineProperty(input, 'files', { value: files, configurable: true });
  input.dispatchEvent(new Event('change'));
  delete input.files;
}, pictures.map(({ name, folder, bytes }) => ({ name, folder, base64: bytes.toString('base64') })));

const learnt = (page, count) => page.waitForFunction((wanted) => document.querySelector('.trait-card')?.innerText.includes(`${wanted} labels of ${wanted} pictures`), { timeout: 60000 }, count);

/** A labels.csv of somebody who gave no name. @param {number[]} stars of each picture */
const labels = (stars) => `image,label,rater,sha256\n${stars.map((label, at) => (
  `${PICTURES[at].name},${label},me,${createHash('sha256').update(PICTURES[at].bytes).digest('hex')}\n`)).join('')}`;

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    /** A page on which the first four pictures are judged by keys. */
    const onJudgedPage = (run) => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      await page.setViewport({ width: 1280, height: 2000 });
      await arrive(page, PICTURES);
      await press(page, '#tab-judgements');
      await page.waitForSelector('#judgements-stage');
      await page.focus('#judgements-stage');
      for (let at = 0; at < 4; at += 1) await page.keyboard.press('5');
      await run(page);
    });

    test('judgements under my name or none are joined as I say, and mine stay', () => onJudgedPage(async (page) => {
      const own = (await saved(page, () => press(page, '#save-labels'))).text;
      const two = [1, 2].map((stars) => join(work, `${name}-${stars}`, 'labels.csv'));
      for (const [at, path] of two.entries()) {
        await mkdir(dirname(path));
        await writeFile(path, labels(new Array(6).fill((at + 1) / 10)));
      }
      await (await page.$('#rater-files')).uploadFile(...two);
      await says(page, 'labels.csv has 6 judgements under your name');
      await says(page, '4 differ from what you said here. If they are yours, what you said here counts.');
      assert.deepEqual(await raters(page), ['me: 4 judgements'], 'nothing is taken unasked');
      await page.focus('.whose input');
      await page.keyboard.press('Enter');
      await says(page, '6 judgements of labels joined.');
      assert.equal(await held(page), 'join-raters');
      assert.deepEqual(await raters(page), ['labels: 6 judgements', 'me: 4 judgements']);
      assert.deepEqual(await page.$$eval('.whose input', (all) => all.map((field) => field.value)), ['labels (2)'], 'the other file is of somebody else');
      await page.$eval('.whose input', (field) => { field.value = 'me'; });
      await press(page, '.whose-other');
      assert.equal(await page.$eval('.whose input', (field) => field.validationMessage), 'Give another name than your own.');
      await press(page, '.whose-mine');
      await says(page, '2 judgements more are yours. 4 that you judged otherwise here stay as you said.');
      assert.deepEqual(await raters(page), ['labels: 6 judgements', 'me: 6 judgements']);
      await press(page, '#undo');
      await page.waitForFunction(() => document.querySelector('#judgements .message').textContent === ''); // it is true no more
      const everybody = (await saved(page, () => press(page, '#save-labels'))).text;
      for (const line of own.trim().split('\n')) assert.ok(everybody.includes(line), line);

      await give(page, '#rater-files', 'backup.csv', own);
      await says(page, 'backup.csv: 4 judgements were here already.');
      assert.equal(await page.$('.whose'), null, 'of what I said just so nothing is asked');
    }));

    test('after the last picture the keys go on: what was judged last is undone by its key, and asked again', () => onJudgedPage(async (page) => {
      for (let at = 4; at < 6; at += 1) await page.keyboard.press('5');
      await says(page, 'There is no picture left to judge.');
      assert.equal(await held(page), 'judgements-stage');
      await page.keyboard.press('u');
      await page.waitForSelector('#judgements-stage figure');
      assert.equal(await held(page), 'judgements-stage');
      await page.keyboard.press('ArrowRight');
      await says(page, 'There is no picture left to judge.');
      assert.equal(await held(page), 'judgements-stage');
      await press(page, '#judgements-stage [data-act="undo"]');
      await page.waitForSelector('#judgements-stage figure');
    }));

    test('results that are imported change no judgement of mine unasked', () => onJudgedPage(async (page) => {
      await press(page, '#tab-reports');
      const results = JSON.parse((await saved(page, () => press(page, '#save-json'))).text);
      for (const picture of results.pictures) picture.judgements = { quality: { label: '0', agreed: false } };
      await give(page, '#results-file', 'results.json', JSON.stringify(results));
      await says(page, 'results.json has 6 judgements under your name');
      await press(page, '#reports .whose-none');
      await says(page, 'results.json was left out.');
      assert.equal(await held(page), 'import');
      await press(page, '#tab-judgements');
      assert.deepEqual(await raters(page), ['me: 4 judgements']);
    }));

    test('a table that is dropped is joined where a trait is taught in sight, and is no picture', () => onJudgedPage(async (page) => {
      const ann = { name: 'ann.csv', bytes: Buffer.from(`image,label\n${PICTURES[0].name},2\n${PICTURES[1].name},7\n`) };
      await press(page, '#tab-teach');
      await page.waitForSelector('#trait-title');
      await drop(page, [ann]);
      await page.waitForFunction(() => /^Not a picture: ann\.csv\. Open judgements on the tab Teach/.test(document.getElementById('remark').innerText));
      await page.$eval('#trait-title', (field) => { field.value = 'cover'; });
      await page.click('input[value="stars"]');
      await press(page, '#start-trait');
      await drop(page, [ann]);
      await says(page, 'ann.csv: 1 judgement joined. 1 line was left out. Needed here: stars from 1 to 5.');
      assert.equal(await page.$eval('#remark', (each) => each.hidden), true);
      await drop(page, [{ name: 'bob.csv', bytes: Buffer.from(`better,worse\n${PICTURES[0].name},${PICTURES[1].name}\n`) }]);
      await says(page, 'bob.csv was not joined: it has comparisons of two pictures. Needed here: stars from 1 to 5.');
      assert.deepEqual(await page.$$eval('#teach .raters li span', (all) => all.map((each) => each.textContent)), ['ann: 1 judgement']);
      assert.equal(await page.$eval('#idle-text', (each) => each.textContent), '6 scored');
    }));

    test('a sample is asked about until pictures of one\'s own come, and then one of those; who makes a trait goes on with the form', () => runAfresh(session, `${site.origin}/?model=/model/&lang=en`, async (page) => {
      const asked = () => page.$eval('#teach-stage figcaption', (each) => each.textContent).catch(() => '');
      const start = async (title) => {
        await page.$eval('#trait-title', (field, wanted) => { field.value = wanted; }, title);
        await page.click('input[value="stars"]');
        await press(page, '#start-trait');
      };
      await page.waitForFunction(() => document.querySelectorAll('.card[data-state="scored"]').length >= 3, { timeout: 120000 });
      await press(page, '#tab-teach');
      await page.waitForSelector('#trait-title');
      await start('cover');
      await page.waitForSelector('#teach-stage figcaption');
      assert.doesNotMatch(await asked(), /^\d+\.png$/);
      await drop(page, PICTURES.slice(0, 3));
      await page.waitForFunction(() => /^\d+\.png$/.test(document.querySelector('#teach-stage figcaption')?.textContent), { timeout: 60000 });
      assert.equal(await held(page), 'teach-stage');
      await press(page, '#new-trait');
      await page.type('#trait-title', 'calm');
      await drop(page, PICTURES.slice(3));
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '6 scored', { timeout: 60000 });
      assert.equal(await page.$eval('#teach', (panel) => panel.hidden), false);
      assert.equal(await page.$eval('#trait-title', (field) => field.value), 'calm');
    }));

    test('whose a dropped file is, is asked once by the stage of its own trait, and no more when that is removed', () => onJudgedPage(async (page) => {
      const make = async (title, way) => {
        await page.waitForSelector('#trait-title');
        await page.$eval('#trait-title', (field, value) => { field.value = value; }, title);
        await page.click(`input[value="${way}"]`);
        await press(page, '#start-trait');
        await page.waitForSelector('#teach-stage figure');
      };
      const asked = () => page.$$eval('#teach .whose', (all) => all.length);
      const mine = { name: 'mine.csv', bytes: Buffer.from(labels([1, 2, 3])) };
      await page.setViewport({ width: 1280, height: 900 });
      await press(page, '#tab-teach');
      await make('warm', 'stars');
      await drop(page, [{ name: 'ann.csv', bytes: Buffer.from(`image,label\n${PICTURES[0].name},2\n`) }]);
      await says(page, 'ann.csv: 1 judgement joined.');
      assert.equal(await held(page), 'teach-stage', 'which one can go on with');
      await drop(page, [mine]);
      await page.waitForFunction(() => document.activeElement.matches('#dropped .whose'));
      await drop(page, [mine]);
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      assert.equal(await asked(), 1);
      const { top, bottom } = await page.$eval('#dropped .whose', (each) => each.getBoundingClientRect().toJSON());
      assert.ok(top >= 0 && bottom <= 900, `the question lies at ${top} to ${bottom}`);
      await press(page, '#new-trait');
      await make('clean', 'pairs');
      assert.equal(await asked(), 0, 'it is of the other trait');
      await choose(page, '#trait', 'warm');
      assert.equal(await asked(), 1);
      await press(page, '#remove-trait');
      await page.waitForFunction(() => document.getElementById('trait').value === 'clean');
      await press(page, '#new-trait');
      await make('warm', 'pairs');
      assert.deepEqual([await page.$eval('#trait', (each) => each.value), await asked()], ['warm-2', 0], 'the first id can still come back');
    }));

    test('the line that offers to undo leaves the answers free, on a wide page and on a phone', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      await page.setViewport({ width: 1280, height: 900 });
      await arrive(page, PICTURES);
      await press(page, '.card .remove');
      await press(page, '#tab-teach');
      await page.waitForSelector('#trait-title');
      await page.type('#trait-title', 'calm');
      await press(page, '#start-trait');
      for (const [tab, stage] of [['#tab-judgements', '#judgements-stage'], ['#tab-teach', '#teach-stage']]) {
        await press(page, tab);
        await page.waitForSelector(`${stage} .answer`);
        for (const [width, height] of [[1280, 900], [390, 844]]) {
          await page.setViewport({ width, height });
          await page.$eval(stage, (each) => each.scrollIntoView({ block: 'end' }));
          const free = await page.$$eval(`${stage} button`, (all) => all.map((each) => {
            const { bottom, left, right, top } = each.getBoundingClientRect();
            return [top, bottom - 1].every((y) => each.contains(document.elementFromPoint((left + right) / 2, y)));
          }));
          assert.ok(await page.$('#undo') !== null && free.length >= 5 && !free.includes(false), `${stage} at ${width}: ${free}`);
          await page.$eval(stage, (each) => each.scrollIntoView());
          const [line, question] = await page.evaluate((within) => [document.querySelector('.undo-bar').getBoundingClientRect().bottom, document.querySelector(`${within} h3`).getBoundingClientRect().top], stage);
          assert.ok(line <= question, `${stage} at ${width}: the line ends at ${line}, the question begins at ${question}`);
        }
      }
    }));

    test('what was taught by folders is shown by them, and goes on learning, when the pictures are not here', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      await page.setViewport({ width: 1280, height: 2000 });
      const pictures = picturesToChoose(16).map((each, at) => ({ ...each, folder: at % 2 === 0 ? 'Italy' : 'Japan' }));
      await giveFolders(page, pictures.slice(0, 14));
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '14 scored', { timeout: 120000 });
      await press(page, '#tab-teach');
      await page.waitForSelector('#trait-title');
      await page.$eval('#trait-title', (field) => { field.value = 'cover'; });
      await page.click('input[value="stars"]');
      await press(page, '#start-trait');
      await page.waitForFunction(() => !document.querySelector('.looking'), { timeout: 60000 });
      for (let at = 0; at < 14; at += 1) await page.keyboard.press(String(1 + ((at * 3) % 5)));
      await learnt(page, 14);
      const table = () => page.$eval('.trait-bias table', (each) => each.innerText);
      assert.match(await table(), /by Folder[^]*trip\/Italy/);
      await page.reload();
      await page.waitForSelector('.trait-bias table', { timeout: 60000 });
      assert.match(await table(), /by Folder[^]*trip\/Italy/);
      await drop(page, pictures.slice(14));
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '2 scored', { timeout: 60000 });
      await press(page, '#tab-teach');
      await page.waitForSelector('#teach-stage figure');
      await page.focus('#teach-stage');
      for (const key of ['4', '2']) await page.keyboard.press(key);
      await learnt(page, 16);
      assert.match(await table(), /by Folder[^]*trip\/Japan/);
      for (const [by, group] of [['orientation', 'Portrait'], ['folder', 'trip/Japan']]) {
        await choose(page, '#bias-group', by);
        await page.waitForFunction((wanted) => document.querySelector('.trait-bias table').innerText.includes(wanted), {}, group);
      }
    }));
  });
}
