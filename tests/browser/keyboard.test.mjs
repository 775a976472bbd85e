/** Everything that the page does, with the keyboard alone: every feature is come to by Tab, arrows, letters and Enter, and the focus is never lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS, drop } from '../support/browsers.mjs';
import { countingKeys, picturesToChoose } from '../support/choosing.mjs';
import { saved } from '../support/page-controls.mjs';
import { runAfresh, useBrowser, useSeededSite } from '../support/set-up.mjs';

const PICTURES = picturesToChoose(12, [3]);
const MOST_TABS = 90;
const TABS = ['pictures', 'teach', 'judgements', 'reports', 'model', 'privacy'];

const site = useSeededSite();

/** A person at the keyboard. */
function personAt(page) {
  const { press } = countingKeys(page);
  const is = (selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  const soon = (run, ...given) => page.waitForFunction(run, { timeout: 60000 }, ...given);
  return {
    press, is, soon,
    /** Where the skip link leads, which is tried first. */
    toMain: () => page.evaluate(() => document.getElementById('main').focus()),
    /** Goes on with Tab, or back with Shift+Tab, until an element has the focus, which must be seen to have it. */
    async tabTo(selector, key = 'Tab') {
      for (let step = 0; step < MOST_TABS; step += 1) {
        if (await is(selector)) {
          const seen = await page.evaluate(() => ({ isVisible: document.activeElement.checkVisibility(), isRinged: document.activeElement.matches(':focus-visible') }));
          assert.deepEqual(seen, { isVisible: true, isRinged: true }, `the focus at ${selector}`);
          return;
        }
        await press(key);
      }
      assert.fail(`${key} does not come to ${selector}; it is at ${await page.evaluate(() => `${document.activeElement.localName}#${document.activeElement.id}.${document.activeElement.className}`)}`);
    },
    /** Where the focus is now, somebody who cannot point can go on. */
    async holds(where) {
      assert.equal(await page.evaluate(() => document.activeElement === document.body), false, `the focus is lost ${where}`);
    },
    text: (selector) => page.$eval(selector, (each) => each.innerText.replace(/\s+/g, ' ').trim()),
    value: (selector) => page.$eval(selector, (each) => each.value),
    isOpen: (selector) => page.$(`${selector}[open]`).then(Boolean),
  };
}

/** To a tab, by the arrow keys, from wherever the focus is. */
async function toTab(person, page, id) {
  await person.toMain();
  await person.tabTo('[role="tab"][aria-selected="true"]');
  for (let step = 0; step < TABS.length && !(await person.is(`#tab-${id}`)); step += 1) await person.press('ArrowRight');
  assert.ok(await person.is(`#tab-${id}`));
  assert.equal(await page.$eval(`#${id}`, (each) => each.hidden), false);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('from the first picture to the last file, without a mouse', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      const person = personAt(page);
      const { holds, is, isOpen, press, soon, tabTo, text, toMain, value } = person;

      // in
      await soon(() => document.getElementById('engine').textContent);
      await press('Tab');
      assert.ok(await is('.skip'), 'the first stop leads past the head');
      await press('Enter');
      assert.ok(await is('#main'));
      await tabTo('#choose');
      await tabTo('#choose-folder');
      await drop(page, PICTURES); // the browser's own window for files is no part of the page
      await soon((count) => document.querySelectorAll('.card[data-state="scored"]').length === count && document.getElementById('open-best'), PICTURES.length);
      await toMain();
      await tabTo('#keep-no');
      await press('Enter');
      await holds('when the question of keeping was answered');

      // arranging
      await tabTo('#sort');
      await press('End');
      if (await value('#sort') === 'combined') await press('Home', 'ArrowDown');
      assert.notEqual(await value('#sort'), 'added');
      await tabTo('#from');

      // choosing the best, filtering, a combined order
      await tabTo('#open-best');
      await press('Enter');
      await tabTo('[data-best="5"]');
      await press('Enter');
      await soon(() => document.getElementById('selected-count')?.textContent === '5 selected');
      await holds('when the best were chosen');
      await press('Escape');
      await toMain();
      await tabTo('#open-filter');
      await press('Enter');
      await tabTo('#filter-name');
      await page.keyboard.type('copy-');
      await soon(() => document.querySelectorAll('.card').length === 1);
      await tabTo('#filter-none');
      await press('Enter');
      await soon((count) => document.querySelectorAll('.card').length === count, PICTURES.length);
      await holds('when the filter was taken off');
      await press('Escape');
      assert.ok(await is('#open-filter'), 'Escape closes the drawer and goes back to its button');
      await tabTo('#open-order');
      await press('Enter');
      await tabTo('[data-weight="beauty"]');
      await press('End');
      await soon(() => document.getElementById('sort').value === 'combined');
      await tabTo('#order-name');
      await page.keyboard.type('mine');
      await press('Enter');
      await soon(() => document.getElementById('order-saved'));
      await toMain();
      await tabTo('#order-forget');
      await press('Enter');
      await soon(() => !document.getElementById('order-saved'));
      await holds('when a saved order was deleted');

      // in the gallery
      await toMain();
      await tabTo('.card .open');
      const current = () => page.evaluate(() => document.activeElement.closest('.card')?.querySelector('h3').textContent);
      await press('Home');
      const first = await current();
      await press('ArrowRight');
      assert.notEqual(await current(), first);
      await press('ArrowDown', 'Home');
      assert.equal(await current(), first);
      const marks = (wanted) => page.$$eval('.card', (all, each) => all.find((card) => card.querySelector('h3').textContent === each).querySelector('.marks .visually-hidden')?.textContent ?? '', wanted);
      await press('4');
      assert.equal(await marks(first), '4 stars');
      await press('Home', 'p');
      assert.match(await marks(first), /Pick/);
      await press('Home', 'u');
      assert.equal(await marks(first), '4 stars');
      await press('Home', 's', 'ArrowRight', 's');
      assert.equal(await text('#selected-count'), '2 selected');
      await press('Shift+ArrowRight', 'Escape');
      assert.equal(await page.$('#selected-count'), null);
      await press('Control+a');
      assert.equal(await text('#selected-count'), `${PICTURES.length} selected`);
      await press('Escape', 'Delete');
      await soon((count) => document.querySelectorAll('.card').length === count, PICTURES.length - 1);
      await holds('when a picture was removed');
      await press('Control+z');
      await soon((count) => document.querySelectorAll('.card').length === count, PICTURES.length);

      // side by side
      await press('c');
      await soon(() => document.querySelector('#comparison[open]'));
      const chosen = () => text('.compared[aria-current] h3');
      const left = await chosen();
      await press('ArrowRight');
      assert.notEqual(await chosen(), left);
      await press('x', 'z');
      assert.equal(await page.$eval('#compare-zoom', (each) => each.ariaPressed), 'true');
      await press('Escape');
      await holds('when the comparison was closed');

      // one picture
      await press('Enter');
      await soon(() => document.querySelector('#detail .filmstrip'));
      const title = await text('#detail h2');
      await press('ArrowRight');
      assert.notEqual(await text('#detail h2'), title);
      await press('i');
      await soon(() => document.querySelector('#detail .histogram rect'));
      await press('z', 'Shift+ArrowRight', 'z');
      await tabTo('[data-layer="map:quality"]');
      await press('Enter');
      await tabTo('[data-layer="explain:beauty"]');
      await press('Enter');
      await soon(() => document.querySelector('#detail .overlay :is(.raises, .lowers)'));
      await holds('when the explanation came');
      await tabTo('#detail [data-judging="quality"] .agree');
      await press('Enter');
      await soon(() => /You agreed/.test(document.querySelector('#detail [data-judging="quality"] output').textContent));
      await press('Tab');
      await page.keyboard.type('0.5');
      await press('Tab');
      await soon(() => /You said: 0\.5/.test(document.querySelector('#detail [data-judging="quality"] output').textContent));
      await press('Escape');
      assert.equal(await isOpen('#detail'), false);
      await holds('when the picture was closed');

      // out
      await press('e');
      await soon(() => document.querySelector('#save-dialog[open]'));
      await tabTo('#with-sidecars');
      await press(' ');
      await tabTo('#to-zip');
      const zip = await saved(page, () => press('Enter'));
      assert.match(zip.name, /\.zip$/);
      await tabTo('#to-table');
      assert.match((await saved(page, () => press('Enter'))).name, /\.csv$/);
      await press('Escape', '?');
      assert.ok(await isOpen('#keys-dialog'));
      await tabTo('#keys-anywhere');
      await press('Escape');

      // judging
      await toMain();
      await press('j');
      await soon(() => document.activeElement.id === 'judgements-stage');
      await press('5', '1', '3', 'ArrowRight', '2', 'u');
      await soon(() => /\b[34] pictures/.test(document.getElementById('judgements').innerText));
      await tabTo('#save-labels');
      assert.equal((await saved(page, () => press('Enter'))).name, 'labels-quality.csv');

      // teaching
      await toTab(person, page, 'teach');
      await tabTo('#trait-title');
      await page.keyboard.type('Cover?');
      await tabTo('input[name="way"]');
      await press('ArrowDown');
      await tabTo('#start-trait');
      await press('Enter');
      await soon(() => document.activeElement.id === 'teach-stage');
      await press('4', '2');

      // reports, model, privacy, language
      await toTab(person, page, 'reports');
      for (const [selector, file] of [['#save-csv', /\.csv$/], ['#save-json', /\.json$/]]) {
        await tabTo(selector);
        assert.match((await saved(page, () => press('Enter'))).name, file);
      }
      await tabTo('#pilot-rate');
      await toTab(person, page, 'model');
      await tabTo('[data-task-switch="emotion"]');
      const isOn = () => page.$eval('[data-task-switch="emotion"]', (each) => each.checked ?? each.ariaPressed);
      const before = await isOn();
      await press(' ');
      assert.notEqual(await isOn(), before);
      await toTab(person, page, 'privacy');
      await tabTo('#privacy summary');
      await press('Enter');
      assert.ok(await page.$eval('#privacy details', (each) => each.open));
      await tabTo('#verify button');
      await toMain();
      await tabTo('#language', 'Shift+Tab');
      await press('End');
      await soon(() => document.documentElement.lang === 'ja');
      await page.select('#language', 'en');
    }));

    test('Enter opens the window for files', { skip: name !== 'chromium' && 'its driver does not tell of that window' }, () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      const { is, press, soon, tabTo } = personAt(page);
      await soon(() => document.getElementById('engine').textContent);
      await tabTo('#choose');
      const asked = page.waitForFileChooser();
      assert.ok(await is('#choose')); // a way to the page and back: by now it knows that somebody waits
      await press('Enter');
      await (await asked).cancel();
    }));

    test('the space bar presses what has the focus; on a picture it shows 100 %', () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=en`, async (page) => {
      const { press, soon, tabTo, toMain, is, isOpen, text } = personAt(page);
      await drop(page, PICTURES.slice(0, 4));
      await soon(() => document.getElementById('idle-text').textContent === '4 scored');
      await page.waitForSelector('#open-filter');
      await toMain();
      await tabTo('#open-filter');
      await press(' ');
      await soon(() => document.getElementById('drawer'));
      await tabTo('#filter-best');
      await press(' ');
      await soon(() => document.getElementById('filter-best').checked);
      await press(' ');
      await soon(() => !document.getElementById('filter-best').checked);
      await tabTo('.card .pick');
      await press(' ');
      await soon(() => document.getElementById('selected-count')?.textContent === '1 selected');
      await press('Escape');
      assert.equal(await isOpen('#detail'), false, 'no button opens a picture');

      await tabTo('.card .open', 'Shift+Tab');
      await press(' ');
      assert.ok(await isOpen('#detail'));
      const isClose = () => page.$eval('#detail .lens', (each) => each.classList.contains('close'));
      await soon(() => document.querySelector('#detail .lens.close'));
      await press(' ');
      assert.deepEqual([await isOpen('#detail'), await isClose()], [true, false], 'the focus is at the picture');
      const title = await text('#detail h2');
      await press('ArrowRight', ' ');
      assert.notEqual(await text('#detail h2'), title);
      await soon(() => document.querySelector('#detail .lens.close'));
      await tabTo('#detail .previous', 'Shift+Tab');
      await press(' ');
      assert.equal(await text('#detail h2'), title);
      await tabTo('#detail .icon.close', 'Shift+Tab');
      await press(' ');
      assert.equal(await isOpen('#detail'), false);

      await press('c');
      await soon(() => document.querySelector('#comparison[open]'));
      await press(' ');
      assert.equal(await page.$eval('#compare-zoom', (each) => each.ariaPressed), 'true');
      await tabTo('.compared:not([aria-current]) .choose-one');
      await press(' ');
      assert.ok(await is('.compared[aria-current] .choose-one'));
      await press('Escape');
      await toMain();
      await tabTo('[role="tab"][aria-selected="true"]');
      await press('ArrowRight', 'ArrowLeft', ' ');
      assert.equal(await isOpen('#detail'), false);
    }));
  });
}
