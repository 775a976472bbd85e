/** A trait of one's own, from sixty dropped pictures to a saved file, by the keyboard alone; and what becomes of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { BROWSERS, drop, openPage, press } from '../support/browsers.mjs';
import { saved } from '../support/page-controls.mjs';
import { violations } from '../support/axe.mjs';
import { useBrowser, useSeededSite } from '../support/set-up.mjs';
import { warmPictures } from '../support/teach-pictures.mjs';

const COUNT = 60;
const TITLE = 'Would we put it on the cover?';
const PICTURES = warmPictures(COUNT);
const STARS = new Map(PICTURES.map(({ name, stars }) => [name, stars]));

const site = useSeededSite();

const text = (page, selector) => page.$eval(selector, (each) => each.innerText);
const shown = (page) => page.$$eval('#teach-stage figcaption', (all) => all.map((each) => each.textContent));

/** Presses Tab until an element has the focus. */
async function tabTo(page, selector) {
  for (let step = 0; step < 120; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not come to ${selector}`);
}

/** From the tab that is open to Teach, with the arrow keys. */
async function toTeach(page) {
  await tabTo(page, '[role="tab"][aria-selected="true"]');
  for (let step = 0; step < 6 && !(await page.evaluate(() => document.activeElement.id === 'tab-teach')); step += 1) await page.keyboard.press('ArrowRight');
}

const arrive = async (page, pictures) => {
  await drop(page, pictures);
  await page.waitForFunction((count) => document.getElementById('idle-text').textContent === `${count} scored`, { timeout: 120000 }, pictures.length);
};

const figure = (page) => page.waitForFunction(() => document.querySelector('.teach-meter [role="meter"]')?.getAttribute('aria-valuetext'), { timeout: 60000 }).then((handle) => handle.jsonValue());

/** What each browser saved, and the picture that was passed over in both. */
const files = new Map();
let skipped;

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    let page;
    let problems;
    before(async () => {
      ({ page, problems } = await openPage(session.browser, `${site.origin}/?model=/model/&samples=none&lang=en`));
      await page.setViewport({ width: 1280, height: 1400 });
    });
    after(() => assert.deepEqual(problems, []));

    test('sixty pictures, from drop to a saved trait, by the keyboard alone', async () => {
      await arrive(page, PICTURES);
      await toTeach(page);
      await tabTo(page, '#trait-title');
      await page.keyboard.type(TITLE);
      await tabTo(page, 'input[name="way"]');
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.evaluate(() => document.activeElement.value), 'stars');
      await tabTo(page, '#start-trait');
      await page.setViewport({ width: 1280, height: 900 });
      await page.evaluate(() => scrollTo(0, 0));
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'teach-stage');
      assert.ok(await page.$eval('#teach-stage', (each) => {
        const { bottom, top } = each.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      }), 'the picture and its answers are in view');
      await page.setViewport({ width: 1280, height: 1400 });
      assert.match(await text(page, '.teach-meter'), /It cannot know yet: 10 more judgements\./);
      await page.waitForFunction(() => !document.querySelector('.looking'), { timeout: 60000 });
      for (let at = 0; at < COUNT; at += 1) {
        const [picture] = await shown(page);
        await page.keyboard.press(String(STARS.get(picture)));
        if (at === 0) {
          await page.keyboard.press('u');
          assert.deepEqual(await shown(page), [picture], 'the undone one is asked again');
          await page.keyboard.press('ArrowRight');
          assert.notDeepEqual(await shown(page), [picture], 'skipped');
          skipped = picture;
          await page.keyboard.press(String(STARS.get((await shown(page))[0])));
        }
        if (await page.$('#teach-stage figure') === null) break;
      }
      assert.match(await text(page, '#teach'), /Everything here is judged or skipped\./);
      await press(page, '#teach-stage [data-act="again"]');
      assert.deepEqual(await shown(page), [skipped], 'what was skipped is asked again');
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.$('#teach-stage figure'), null, 'and can be skipped again');
      await page.waitForFunction(() => /59 labels of 59 pictures/.test(document.querySelector('.trait-card')?.innerText), { timeout: 60000 });
      const words = await figure(page);
      assert.ok(Number(/^-?[\d.]+/.exec(words)[0]) > 0.8, words);
      assert.match(words, /95 % interval/);
      await tabTo(page, '#save-trait');
      const file = await saved(page, () => page.keyboard.press('Enter'));
      assert.equal(file.name, 'would-we-put-it-on-the-cover.safetensors');
      files.set(name, file.bytes);
    });

    test('training deeper says what it takes, draws its curve, is cancelled, and says which way won', async () => {
      await page.setViewport({ width: 1280, height: 3000 });
      await press(page, '#ask-deeper');
      await page.waitForSelector('#start-deeper', { timeout: 60000 });
      assert.match(await text(page, '.needs'), /^About \d+ (second|minute)s?, at most \d+ (second|minute)s?, and \d+\.\d MB of memory beside the model’s\.$/);
      await press(page, '#start-deeper');
      await page.waitForFunction(() => document.querySelector('.deeper .curve svg')?.getAttribute('aria-label').includes('round'), { timeout: 120000 });
      assert.match(await text(page, '#teach'), /Judging goes on when the training is over\./);
      await press(page, '#cancel-deeper');
      await page.waitForFunction(() => /^Cancelled\./.test(document.querySelector('.deeper-end')?.innerText), { timeout: 60000 });
      assert.match(await text(page, '.trait-card'), /59 labels of 59 pictures/, 'what was taught before stays');
      await press(page, '#start-deeper');
      await page.waitForFunction(() => /^(Training deeper won|Quick training stays): .*95 % interval/.test(document.querySelector('.deeper-end')?.innerText), { timeout: 240000 });
      assert.match(await text(page, '.trait-card'), /Both ways of training/);
    });

    test('the gallery is sorted by it, with the warmest first', async () => {
      await press(page, '#show-by-trait');
      const values = await page.$$eval('.card [data-task="would-we-put-it-on-the-cover"] data', (all) => all.map((each) => Number(each.value)));
      assert.ok(values.length >= 8);
      assert.deepEqual(values, values.slice().sort((a, b) => b - a));
      const first = await page.$$eval('.card h3', (all) => all.slice(0, 5).map((each) => Number.parseInt(each.textContent, 10)));
      assert.ok(first.every((at) => at > 35), first.join());
    });

    test('the printed report says what it learnt from, how far it agrees, and what to watch', async () => {
      await page.waitForSelector('#report article');
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      const told = await page.$eval('#report .paper-traits', (each) => each.textContent);
      assert.match(told, /Traits that were taught\s*Would we put it on the cover\?[^]*59 labels of 59 pictures[^]*95 % interval[^]*What to watch[^]*It is one person’s judgement/);
      const titles = await page.$$eval('#report .paper-card h3', (all) => all.map((each) => each.textContent));
      assert.ok(titles.length > 0 && !titles.includes(TITLE), 'the model’s card has no bare heading');
    });

    test('judgements and trait are there after a reload, and other pictures are scored by it', async () => {
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await drop(page, [PICTURES[0], PICTURES.at(-1)]);
      const valueOf = async (wanted) => (await page.waitForFunction((given) => [...document.querySelectorAll('.card')].find((each) => each.querySelector('h3').textContent === given)
        ?.querySelector('[data-task="would-we-put-it-on-the-cover"] data')?.value, { timeout: 60000 }, wanted)).jsonValue().then(Number);
      assert.ok(await valueOf('59.png') > await valueOf('00.png') + 1);
      await press(page, '#tab-teach');
      await page.waitForFunction(() => /59 judgements of yours/.test(document.querySelector('.teach-meter')?.innerText));
      assert.match(await text(page, '.trait-card'), /59 labels of 59 pictures/);
    });

    test('what is removed comes back whole when it is undone', async () => {
      const card = await text(page, '.trait-card');
      await press(page, '#remove-trait');
      await page.waitForSelector('#trait-title');
      assert.match(await text(page, '.undo-bar'), /“Would we put it on the cover\?” was removed, with its judgements\./);
      await press(page, '#undo');
      await page.waitForFunction((wanted) => document.querySelector('.trait-card')?.innerText === wanted, { timeout: 30000 }, card);
      assert.match(await text(page, '.teach-meter'), /59 judgements of yours/);
      await press(page, '#remove-trait');
      await page.waitForSelector('#trait-title');
    });

    test('a trait file that is dropped onto the page scores all pictures; a damaged one is refused with a sentence', async () => {
      const file = { name: 'cover.safetensors', bytes: files.get(name) };
      await drop(page, [{ name: 'bad.safetensors', bytes: file.bytes.subarray(0, 900) }]);
      await page.waitForFunction(() => /bad\.safetensors was not added\. ./.test(document.querySelector('#teach .message')?.innerText));
      await drop(page, [file]);
      await page.waitForFunction(() => /“Would we put it on the cover\?” is on the page/.test(document.querySelector('#teach .message')?.innerText));
      assert.match(await text(page, '.trait-card'), /59 labels of 59 pictures/);
      await press(page, '#tab-pictures');
      await page.waitForFunction(() => document.querySelectorAll('.card [data-task="would-we-put-it-on-the-cover"] data').length === 2);
      await press(page, '.card .open');
      await press(page, '#detail [data-task="would-we-put-it-on-the-cover"] .about summary');
      const about = await text(page, '#detail [data-task="would-we-put-it-on-the-cover"] .about');
      assert.match(about, /^What this means\s+Learnt from\s+59 labels of 59 pictures/);
      assert.match(about, /What to watch[^]*It is one person’s judgement/);
      await press(page, '#detail .close');
      await press(page, '#tab-teach');
      await press(page, '#remove-trait');
    });

    test('two at a time, and classes of one\'s own', async () => {
      await press(page, '#tab-pictures');
      await press(page, '#clear');
      await arrive(page, PICTURES.slice(0, 24));
      await press(page, '#tab-teach');
      await page.type('#trait-title', 'Warm');
      await page.keyboard.press('Enter');
      for (let at = 0; at < 40; at += 1) {
        const [left, right] = (await shown(page)).map((each) => Number.parseInt(each, 10));
        await page.keyboard.press(at === 7 ? '=' : left > right ? 'ArrowLeft' : 'ArrowRight');
      }
      const asked = await shown(page);
      await page.click('#teach-stage figure:nth-child(2) img'); // as a finger does
      assert.notDeepEqual(await shown(page), asked);
      await page.keyboard.press('u');
      assert.deepEqual(await shown(page), asked);
      await page.keyboard.press('ArrowDown');
      assert.notDeepEqual(await shown(page), asked, 'skipped');
      await page.keyboard.press('u');
      assert.deepEqual(await shown(page), asked, 'the skipped ones come back');
      await page.waitForFunction(() => /40 comparisons/.test(document.querySelector('.trait-card')?.innerText), { timeout: 30000 });
      assert.match(await figure(page), /^\d+ %, 95 % interval \d+ % to \d+ %$/);
      const csv = (await saved(page, () => press(page, '#teach-save-labels'))).bytes.toString();
      assert.match(csv, /^better,worse,rater,tie,better_sha256,worse_sha256\n/);
      assert.equal(csv.trim().split('\n').length, 41);

      await press(page, '#new-trait');
      await page.type('#trait-title', 'Season');
      await press(page, 'input[value="classes"]');
      await page.type('#trait-classes', 'winter');
      await press(page, '#start-trait');
      assert.match(await text(page, '.teach-form .problem'), /at least two/);
      await page.type('#trait-classes', ', summer');
      await press(page, '#start-trait');
      await page.waitForSelector('#teach-stage');
      for (let at = 0; at < 24; at += 1) await page.keyboard.press(Number.parseInt((await shown(page))[0], 10) < 12 ? '1' : '2');
      assert.match(await text(page, '#teach-stage'), /Everything here is judged or skipped\./);
      await page.keyboard.press('u');
      await page.keyboard.press(Number.parseInt((await shown(page))[0], 10) < 12 ? '1' : '2');
      assert.match(await figure(page), /^\d+ %/);
      assert.match(await text(page, '.strips'), /winter: \d+\s+summer: \d+/);
      await press(page, '#show-by-trait');
      const groups = await page.$$eval('.group', (all) => all.map((each) => each.innerText.split(/\s+/)));
      assert.deepEqual(groups.map(([label]) => label).sort(), ['summer', 'winter'], 'classes are shown one after the other');
      assert.equal(groups.reduce((sum, [, count]) => sum + Number(count), 0), 24);
      await press(page, '#tab-teach');
    });

    test('where the browser keeps nothing, that is said, and judging works', async () => {
      const fresh = await session.browser.newPage();
      await fresh.evaluateOnNewDocument(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }));
      await fresh.goto(`${site.origin}/?model=/model/&samples=none&lang=en`);
      await arrive(fresh, PICTURES.slice(0, 2));
      await press(fresh, '#tab-judgements');
      await fresh.waitForSelector('#judgements .notice');
      assert.match(await text(fresh, '#judgements .notice'), /does not keep your judgements/);
      await fresh.focus('#judgements-stage');
      await fresh.keyboard.press('3');
      assert.match(await text(fresh, '#judgements .raters'), /me: 1 judgement/);
      await fresh.close();
    });

    test('pictures that are scored while the tab is open are asked about, and learnt from', async () => {
      const { page: fresh } = await openPage(session.browser, `${site.origin}/?model=/model/&samples=none&lang=en`);
      await press(fresh, '#tab-teach');
      await fresh.waitForSelector('#new-trait', { timeout: 60000 });
      await press(fresh, '#new-trait');
      await press(fresh, 'input[value="stars"]');
      await fresh.type('#trait-title', 'Early');
      await fresh.keyboard.press('Enter');
      await drop(fresh, PICTURES.slice(0, 12));
      await fresh.waitForFunction(() => document.getElementById('announcer').textContent === '12 pictures added.');
      assert.equal(await fresh.$eval('#teach', (panel) => panel.hidden), false, 'who teaches goes on');
      await fresh.focus('#teach-stage'); // once: it stays there while pictures come
      for (let at = 0; at < 12; at += 1) {
        await fresh.waitForSelector('#teach-stage figcaption', { timeout: 60000 });
        await fresh.keyboard.press(String(STARS.get((await shown(fresh))[0])));
      }
      await fresh.waitForFunction(() => /12 labels of 12 pictures/.test(document.querySelector('.trait-card')?.innerText), { timeout: 60000 });
      await press(fresh, '#remove-trait');
      await fresh.close();
    });

    test('axe finds nothing, light and dark, in both languages; a phone holds it', async () => {
      const found = [];
      for (const scheme of name === 'chromium' ? ['light', 'dark'] : ['light']) {
        if (name === 'chromium') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]); // colours change at once
        for (const language of ['en', 'ja']) {
          await page.select('#language', language);
          await press(page, '#new-trait');
          found.push(...await violations(page)); // of the form
          await press(page, '.teach-form [type="button"]');
          found.push(...await violations(page)); // of the trait
        }
      }
      assert.deepEqual([...new Set(found)], []);
      for (const width of [320, 360, 768]) {
        await page.setViewport({ width, height: 740 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `too wide at ${width}`);
      }
    });
  });
}

test('the same judgements give the same file in each browser and in Node', async () => {
  assert.deepEqual([...files.keys()], Object.keys(BROWSERS));
  const [chromium, firefox] = files.values();
  assert.ok(chromium.equals(firefox), 'the browsers differ');
  const scorer = await Scorer.load(site.folder);
  const keyed = PICTURES.map((each) => ({ ...each, key: createHash('sha256').update(each.bytes).digest('hex') })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const pictures = [];
  for (const { name, bytes } of keyed) {
    pictures.push({ name, features: await scorer.features(new Blob([bytes])), group: Number.parseInt(name, 10) % 2 === 0 ? 'portrait' : 'landscape' });
  }
  const labels = keyed.flatMap(({ name, stars }, picture) => (name === skipped ? [] : { picture, label: stars, rater: 'me' }));
  const { evidence } = await scorer.addTask(chromium);
  await scorer.removeTask('would-we-put-it-on-the-cover');
  const taught = await scorer.teach({
    id: 'would-we-put-it-on-the-cover', title: { en: TITLE }, kind: 'score', scale: [1, 5], pictures, labels, equalGroups: false, date: evidence.date,
  });
  assert.deepEqual(taught.evidence, evidence);
  assert.ok(chromium.equals(await taught.toFile()), 'Node differs');
  scorer.dispose();
});
