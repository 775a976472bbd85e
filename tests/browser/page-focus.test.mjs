/** Where the keyboard is when what it was at goes away: at what comes next, never at nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS, drop } from '../support/browsers.mjs';
import { picturesToChoose } from '../support/choosing.mjs';
import { runAfresh, useBrowser, useSeededSite } from '../support/set-up.mjs';
import { warmPictures } from '../support/teach-pictures.mjs';

const COUNT = 12;
const PICTURES = warmPictures(COUNT);

const site = useSeededSite();

/** As somebody without a mouse does. What is out of sight takes no focus: Enter would press what had it before. */
async function enter(page, selector) {
  await page.waitForSelector(selector, { timeout: 120000, visible: true });
  await page.focus(selector);
  await page.keyboard.press('Enter');
}

/** Waits until an element has the focus: some come a moment later. */
const focusIs = (page, selector) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), { timeout: 20000 }, selector)
  .catch(async () => assert.equal(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName), selector));

/** A trait to be judged by stars. */
async function make(page, title) {
  await page.waitForSelector('#trait-title', { timeout: 60000 });
  await page.type('#trait-title', title);
  await page.click('input[value="stars"]');
  await enter(page, '#start-trait');
}

/** Judges all pictures, and waits until that is learnt. */
async function teach(page) {
  for (let at = 0; at < COUNT; at += 1) {
    await page.waitForSelector('#teach-stage figcaption', { timeout: 60000 });
    const name = await page.$eval('#teach-stage figcaption', (each) => each.textContent);
    await page.keyboard.press(String(PICTURES.find((each) => each.name === name).stars));
  }
  await page.waitForFunction((count) => document.querySelector('.trait-card')?.innerText.includes(`${count} labels of ${count} pictures`), { timeout: 120000 }, COUNT);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('the focus goes on with what is done: a training, a trait, a rater, pictures that are taken off', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      await page.setViewport({ width: 1280, height: 720 });
      await drop(page, PICTURES);
      await page.waitForFunction((count) => document.getElementById('idle-text').textContent === `${count} scored`, { timeout: 60000 }, COUNT);
      await enter(page, '#tab-teach');
      await make(page, 'First');
      await enter(page, '#new-trait');
      await make(page, 'Warm');
      await teach(page);

      await enter(page, '#ask-deeper');
      await focusIs(page, '#ask-deeper');
      await page.waitForSelector('#start-deeper', { timeout: 120000 });
      await focusIs(page, '#ask-deeper:not([aria-disabled="true"])');
      await enter(page, '#start-deeper');
      await focusIs(page, '#cancel-deeper, #start-deeper'); // the second: where it ended at once
      await page.keyboard.press('Enter');
      await page.waitForSelector('.deeper-end', { timeout: 120000 });
      await focusIs(page, '#start-deeper');

      await page.$eval('#teach-rater-files', (input) => {
        const given = new DataTransfer();
        given.items.add(new File(['image,label\n00.png,2\n01.png,3\n'], 'ann.csv'));
        input.files = given.files;
        input.dispatchEvent(new Event('change'));
      });
      await enter(page, '#teach .raters [data-rater="ann"] button');
      await focusIs(page, '#teach .raters [data-rater="me"] button');
      await enter(page, '#hide-undo');
      await focusIs(page, '#tab-teach');

      await enter(page, '#remove-trait');
      await page.waitForFunction(() => document.getElementById('trait').value === 'first');
      await enter(page, '#undo');
      await focusIs(page, '#trait');
      assert.equal(await page.$eval('#trait', (each) => each.value), 'warm', 'what came back is in sight');

      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await enter(page, '#show-by-trait');
      await focusIs(page, '.card .open'); // which one comes first may change while scores come in
      const [top, bottom] = await page.evaluate(() => [document.getElementById('tabs').getBoundingClientRect().top, document.querySelector('.card .open').getBoundingClientRect().bottom]);
      assert.ok(top > -200 && bottom <= 720, `the gallery begins at ${top}, its first picture ends at ${bottom}`);
      assert.ok(await page.evaluate(() => document.getElementById('toolbar').getBoundingClientRect().top >= 0), 'how it is sorted is in sight');

      await enter(page, '#clear');
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 0);
      await enter(page, '#undo');
      await focusIs(page, '.card .open');
      await enter(page, '#clear');
      await enter(page, '#tab-teach');
      await enter(page, '#undo');
      await focusIs(page, '#tab-teach');
    }));

    test('a button that goes with what it did hands the focus on: scoring that is stopped, an explanation, the line that undoes', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      await drop(page, picturesToChoose(60));
      await enter(page, '#queue:not([hidden]) #cancel');
      await focusIs(page, '#resume');
      await page.keyboard.press('Enter');
      await focusIs(page, '#cancel');
      await page.keyboard.press('Enter');
      await focusIs(page, '#resume');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.getElementById('idle-text').textContent === '60 scored', { timeout: 120000 });
      await focusIs(page, '#clear'); // it was at Cancel when the last one was scored

      await page.waitForSelector('#open-best');
      await page.focus('.card .open');
      await page.keyboard.press('Delete');
      await page.waitForSelector('#undo');
      await page.focus('#undo');
      await page.keyboard.down('Control');
      await page.keyboard.press('z');
      await page.keyboard.up('Control');
      await page.waitForFunction(() => document.getElementById('undo') === null);
      await page.waitForFunction(() => document.activeElement !== document.body);

      await enter(page, '.card .open');
      await page.waitForSelector('#detail[open]');
      await page.evaluate(() => { // the moment for which the button is there
        new MutationObserver(() => document.querySelector('.explaining .cancel')?.focus()).observe(document.getElementById('detail'), { childList: true, subtree: true });
      });
      await enter(page, '#detail [data-layer="explain:quality"]');
      await page.waitForFunction(() => document.activeElement.matches('.explaining .cancel'), { timeout: 20000, polling: 'mutation' });
      await page.keyboard.press('Enter');
      await focusIs(page, '#detail [data-layer="explain:quality"]');
    }));
  });
}
