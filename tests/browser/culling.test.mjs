/** Pictures are chosen: by few keys, with stars and flags that stay, large, side by side, filtered and in orders of one's own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard } from '../support/browsers.mjs';
import { photographed } from '../support/camera-jpeg.mjs';
import { choose } from '../support/page-controls.mjs';
import { arrive, countingKeys, picturesToChoose } from '../support/choosing.mjs';
import { useSeededSite } from '../support/set-up.mjs';

const COPIED = [0, 20, 35];
const PICTURES = picturesToChoose(37, COPIED);
const MOST_KEYS = { judging: 20, best: 12 };
/** Smaller than this share of the scroll's room counts as the same place. */
const CLOSE = 0.02;

const site = useSeededSite();

const text = (page, selector) => page.$eval(selector, (each) => each.innerText.trim());
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((each) => each.textContent.trim()));
const selected = (page) => page.$$eval('.card', (all) => all.filter((each) => each.querySelector('.pick').getAttribute('aria-pressed') === 'true').map((each) => each.querySelector('h3').textContent));
const valueOf = (page, task) => page.$$eval('.card', (all, id) => Object.fromEntries(all.map((each) => [each.querySelector('h3').textContent, Number(each.querySelector(`[data-task="${id}"] data`).value)])), task);
const rating = (page, name) => page.$$eval('.card', (all, wanted) => all.find((each) => each.querySelector('h3').textContent === wanted).querySelector('.marks .visually-hidden')?.textContent ?? '', name);
const soon = (page, run, ...given) => page.waitForFunction(run, { timeout: 30000 }, ...given);
const toNowhere = (page) => page.evaluate(() => document.activeElement.blur());

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let page;
    let problems;
    before(async () => {
      browser = await launch();
      ({ page, problems } = await openPage(browser, `${site.origin}/?model=/model/&samples=none&lang=en`));
      await page.setViewport({ width: 1280, height: 5200 });
      await arrive(page, PICTURES);
      await choose(page, '#by-task', 'beauty');
    });
    after(async () => {
      await browser.close();
      assert.deepEqual(problems, []);
    });

    test(`the best 5 of 40 are chosen with at most ${MOST_KEYS.best} keys, one of each group of near-copies`, async (context) => {
      await toNowhere(page);
      const keys = countingKeys(page);
      await keys.press('b', '5', 'Enter');
      await soon(page, () => document.getElementById('selected-count')?.textContent === '5 selected');
      // near-copies are told when all pictures were looked at
      await press(page, '#open-best');
      await soon(page, () => !document.querySelector('#drawer').textContent.includes('Looking for near-copies'));
      await press(page, '#open-best');
      await toNowhere(page);
      await keys.press('p');
      const values = await valueOf(page, 'beauty');
      const plain = (each) => each.replace('copy-', '');
      const expected = Object.keys(values).filter((each) => each.startsWith('copy-') === false).sort((a, b) => values[b] - values[a]).slice(0, 5);
      assert.deepEqual((await selected(page)).map(plain).sort(), expected.sort());
      for (const each of await selected(page)) assert.equal(await rating(page, each), 'Pick');
      context.diagnostic(`${keys.count} keys`);
      assert.ok(keys.count <= MOST_KEYS.best, `${keys.count} keys`);
      await keys.press('Control+z');
      for (const each of await selected(page)) assert.equal(await rating(page, each), '');
      await keys.press('Escape');
      assert.deepEqual(await selected(page), []);
    });

    test('the best 10 take two clicks, and it is told until near-copies are known what they are', async () => {
      await page.click('#open-best');
      await page.click('[data-best="10"]');
      await soon(page, () => document.getElementById('selected-count')?.textContent === '10 selected');
      await soon(page, () => document.getElementById('best-told').textContent.startsWith('The best 10 in “Beauty” are selected.'));
      await press(page, '[data-act="clear"]');
    });

    test(`15 pictures are judged with at most ${MOST_KEYS.judging} keys: stars in the gallery, and for a task`, async (context) => {
      await choose(page, '#sort', 'name');
      await page.evaluate(() => document.querySelector('.card .open').focus());
      const names = await texts(page, '.card h3');
      const first = names.indexOf(await page.evaluate(() => document.activeElement.closest('.card').querySelector('h3').textContent));
      const stars = Array.from({ length: 15 }, (_, at) => String(1 + (at % 5)));
      const keys = countingKeys(page);
      await keys.press(...stars);
      for (const [at, count] of stars.entries()) assert.equal(await rating(page, names[first + at]), count === '1' ? '1 star' : `${count} stars`, names[first + at]);
      assert.ok(keys.count <= MOST_KEYS.judging);

      const judging = countingKeys(page);
      await judging.press('j');
      await soon(page, () => document.activeElement.id === 'judgements-stage');
      await judging.press(...stars);
      context.diagnostic(`stars: ${keys.count} keys, judgements for a task: ${judging.count} keys`);
      await press(page, '#tab-judgements');
      await soon(page, () => /\b15\b/.test(document.getElementById('judgements').textContent));
      assert.ok(judging.count <= MOST_KEYS.judging, `${judging.count} keys`);
      for (let step = 0; step < 15; step += 1) await page.keyboard.press('u');
      await page.keyboard.press('g');
      assert.equal(await page.$eval('#pictures', (each) => each.hidden), false);
    });

    test('stars stay over a reload, by content; undo takes each back', async () => {
      await press(page, '#tab-pictures');
      assert.equal(await rating(page, '04.png'), '5 stars');
      const again = await openPage(browser, `${site.origin}/?model=/model/&samples=none&lang=en`);
      await arrive(again.page, [{ name: 'renamed.png', bytes: PICTURES[4].bytes }, { name: '04.png', bytes: PICTURES[30].bytes }, PICTURES[2]]);
      await soon(again.page, () => document.querySelectorAll('.card .marks').length > 0);
      assert.deepEqual(await Promise.all(['renamed.png', '04.png'].map((each) => rating(again.page, each))), ['5 stars', '']);
      assert.deepEqual(again.problems, []);
      await again.page.close();
    });

    test('a click with Ctrl selects one more, with Shift a range; Ctrl+A all; what is done is done to all of them', async () => {
      const card = (wanted) => `.card:nth-child(${wanted}) .open`;
      const names = await texts(page, '.card h3');
      await page.keyboard.down('Control');
      await page.click(card(2));
      await page.click(card(4));
      await page.keyboard.up('Control');
      assert.deepEqual(await selected(page), [names[1], names[3]]);
      await page.keyboard.down('Shift');
      await page.click(card(6));
      await page.keyboard.up('Shift');
      assert.deepEqual(await selected(page), names.slice(3, 6));
      await page.keyboard.down('Shift');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.up('Shift');
      assert.deepEqual(await selected(page), names.slice(3, 7));
      await page.keyboard.press('x');
      for (const each of names.slice(3, 7)) assert.match(await rating(page, each), /Reject/);
      await press(page, '#undo');
      await countingKeys(page).press('Control+a');
      assert.equal((await selected(page)).length, PICTURES.length);
      await page.keyboard.press('Escape');
      assert.equal((await selected(page)).length, 0);
    });

    test('a rectangle drawn with the mouse selects what it touches, with Ctrl more, and opens nothing', async () => {
      const names = await texts(page, '.card h3');
      const boxes = await page.$$eval('.card', (all) => all.map((each) => { const { left, top, right, bottom } = each.getBoundingClientRect(); return { left, top, right, bottom }; }));
      const columns = boxes.findIndex(({ top }) => top > boxes[0].top);
      const drag = async (from, to) => {
        await page.mouse.move(from.x, from.y);
        await page.mouse.down();
        await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
        await page.mouse.move(to.x, to.y, { steps: 3 });
        assert.ok(await page.$('.rubber-band'), 'it is to be seen');
        await page.mouse.up();
      };
      const middle = ({ left, top, right, bottom }) => ({ x: (left + right) / 2, y: top + (bottom - top) / 4 });
      await drag(middle(boxes[0]), middle(boxes[columns + 1]));
      assert.deepEqual((await selected(page)).sort(), [names[0], names[1], names[columns], names[columns + 1]].sort());
      assert.equal(await page.$('#detail[open]'), null, 'the end of a drag is no click');
      assert.equal(await page.$('.rubber-band'), null);
      await page.keyboard.down('Control');
      await drag(middle(boxes[2]), { x: boxes[2].right - 4, y: boxes[2].bottom - 20 });
      await page.keyboard.up('Control');
      assert.equal((await selected(page)).length, 5);
      await page.mouse.move(middle(boxes[0]).x, middle(boxes[0]).y);
      await page.mouse.down();
      await page.mouse.move(middle(boxes[1]).x, middle(boxes[1]).y, { steps: 4 });
      assert.equal((await selected(page)).length, 2);
      await page.keyboard.press('Escape');
      assert.equal((await selected(page)).length, 5, 'Escape takes it back');
      await page.mouse.up();
      assert.equal(await page.$('#detail[open]'), null);
      await page.mouse.click(middle(boxes[0]).x, middle(boxes[0]).y);
      await page.waitForSelector('#detail[open]');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape'); // at once: the browser has not told yet that the picture is closed
      assert.equal((await selected(page)).length, 0);
    });

    test('near-copies are grouped, the best of each is proposed, and the others can be hidden', async () => {
      await choose(page, '#group', 'similar');
      await soon(page, (wanted) => document.querySelectorAll('.group').length === wanted, COPIED.length + 1);
      const groups = await texts(page, '.group .count');
      assert.deepEqual(groups.slice(0, -1), COPIED.map(() => '2'));
      assert.equal((await texts(page, '.best-of')).length, COPIED.length);
      await press(page, '#open-filter');
      await press(page, '#filter-best');
      await soon(page, (wanted) => document.querySelectorAll('.card').length === wanted, PICTURES.length - COPIED.length);
      const key = await page.$eval('#filter-group option:nth-child(2)', (each) => each.value);
      await press(page, '#filter-best');
      await choose(page, '#filter-group', key);
      await soon(page, () => document.querySelectorAll('.card').length === 2);
      await press(page, '#filter-none');
      await choose(page, '#group', 'none');
    });

    test('stars, flags and names filter', async () => {
      await choose(page, '#filter-stars', '4');
      assert.equal((await texts(page, '.card h3')).length, 6);
      await choose(page, '#filter-stars', '-1');
      assert.equal((await texts(page, '.card h3')).length, PICTURES.length - 15);
      await press(page, '#filter-none');
      await choose(page, '#filter-name', 'COPY-');
      assert.equal((await texts(page, '.card h3')).length, COPIED.length);
      await press(page, '#filter-none');
      await choose(page, '#filter-flag', 'pick');
      assert.equal((await texts(page, '.card h3')).length, 0);
      await press(page, '#filter-none');
      await press(page, '#open-filter');
    });

    test('a combined order is made of weights, saved by name, and there again', async () => {
      await press(page, '#open-order');
      await choose(page, '[data-weight="beauty"]', '100');
      assert.equal(await page.$eval('#sort', (each) => each.value), 'combined');
      const order = async () => texts(page, '.card h3');
      const byBeauty = await valueOf(page, 'beauty');
      const sorted = (await order()).map((each) => byBeauty[each]);
      assert.deepEqual(sorted, sorted.slice().sort((a, b) => b - a));
      await choose(page, '[data-weight="beauty"]', '-50');
      assert.deepEqual((await order()).map((each) => byBeauty[each]), sorted.slice().reverse());
      await choose(page, '[data-weight="quality"]', '100');
      await page.type('#order-name', 'for the cover');
      await page.click('#order-save');
      const wanted = await order();
      await choose(page, '[data-weight="quality"]', '0');
      await choose(page, '#order-saved', 'for the cover');
      assert.deepEqual(await order(), wanted);
      await press(page, '#order-forget');
      assert.equal(await page.$('#order-saved'), null);
      await press(page, '#undo');
      assert.deepEqual(await texts(page, '#order-saved option'), ['—', 'for the cover']);
      await press(page, '#open-order');
      await choose(page, '#sort', 'name');
    });

    test('100 % shows one pixel as one, with the map at that place; the strip and the arrows go on', async () => {
      await page.setViewport({ width: 700, height: 500 });
      await press(page, '.card .open');
      await page.waitForSelector('#detail .filmstrip');
      await press(page, '[data-layer="map:quality"]');
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press('z');
      const measured = () => page.$eval('#detail .lens', (lens) => {
        const image = lens.querySelector('img');
        const overlay = lens.querySelector('.overlay');
        return {
          isClose: lens.classList.contains('close'),
          pixels: image.clientWidth * devicePixelRatio / image.naturalWidth,
          together: overlay === null || Math.abs(overlay.getBoundingClientRect().width - image.clientWidth) < 1,
        };
      });
      assert.deepEqual(await measured(), { isClose: true, pixels: 1, together: true });
      const title = await text(page, '#detail h2');
      await page.keyboard.press('ArrowRight');
      assert.notEqual(await text(page, '#detail h2'), title);
      await soon(page, () => document.querySelector('#detail .lens.close img')?.complete);
      assert.equal((await measured()).isClose, true);
      await page.keyboard.press(' ');
      assert.equal((await measured()).isClose, false);
      await press(page, '#detail .filmstrip button');
      assert.equal(await text(page, '#detail h2'), title);
      await page.keyboard.press('i');
      await page.waitForSelector('#detail .histogram rect');
      assert.match(await text(page, '#detail .picture-facts'), /nothing of a camera/);
      await page.keyboard.press('g');
      assert.equal(await page.$('#detail[open]'), null);
      await page.setViewport({ width: 1280, height: 5200 });
    });

    test('two to four lie side by side, and move together at 100 %', async () => {
      await page.evaluate(() => document.querySelectorAll('.card .pick').forEach((each, at) => at < 3 && each.click()));
      await page.keyboard.press('c');
      await page.waitForSelector('#comparison[open]');
      assert.equal((await texts(page, '.compared h3')).length, 3);
      await page.setViewport({ width: 260, height: 300 });
      await page.keyboard.press('z');
      await soon(page, () => document.querySelectorAll('#comparison .lens.close').length === 3);
      const moved = await page.evaluate(async () => {
        const lenses = [...document.querySelectorAll('#comparison .lens')];
        for (const lens of lenses) lens.style.setProperty('width', '40px');
        lenses[0].scrollTo(lenses[0].scrollWidth, 10);
        await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
        return lenses.map((lens) => (lens.scrollLeft + lens.clientWidth / 2) / lens.scrollWidth);
      });
      for (const place of moved) assert.ok(place > 0.5 && Math.abs(place - moved[0]) < 0.5, moved.join());
      assert.ok(Math.abs(moved[1] - moved[0]) < 0.2 + CLOSE, moved.join());
      const chosen = () => text(page, '.compared[aria-current] h3');
      const before = await chosen();
      await page.keyboard.press('ArrowRight');
      assert.notEqual(await chosen(), before);
      await page.keyboard.press('2');
      assert.equal(await page.$eval('.compared[aria-current] [data-stars="2"]', (each) => each.getAttribute('aria-pressed')), 'true');
      await page.keyboard.press('Escape');
      await page.setViewport({ width: 1280, height: 5200 });
      await countingKeys(page).press('Control+z', 'Escape');
    });

    test('keys are listed, and can be held to the pictures', async () => {
      await page.keyboard.press('?');
      await page.waitForSelector('#keys-dialog[open]');
      assert.match(await text(page, '#keys-dialog'), /reject/);
      await press(page, '#keys-anywhere');
      await page.keyboard.press('Escape');
      await toNowhere(page);
      const marks = (await texts(page, '.marks')).length;
      await page.keyboard.press('p');
      assert.equal((await texts(page, '.marks')).length, marks);
      await press(page, '#show-keys');
      await press(page, '#keys-anywhere');
      await page.keyboard.press('Escape');
    });

    test('what the camera wrote is shown beside the histogram, the place only when it is asked for', async () => {
      const taken = { name: 'camera.jpg', bytes: photographed(Buffer.from(GOOD_JPEG)) };
      await drop(page, [taken]);
      await readCard(page, taken.name);
      await page.$$eval('.card', (all, wanted) => all.find((each) => each.querySelector('h3').textContent === wanted).querySelector('.open').click(), taken.name);
      await page.waitForSelector('#detail .picture-facts');
      if (!(await page.$('#detail .picture-facts[open]'))) await press(page, '#detail .picture-facts summary');
      await page.waitForSelector('#detail #show-place');
      const shown = await text(page, '#detail .picture-facts');
      for (const each of ['NIKON D850', '24-70mm f/2.8', '1/250 s', 'ƒ/5.6', 'ISO 400', '35 mm', '2026-11-29 15:04:05']) assert.ok(shown.includes(each), `${each} in ${shown}`);
      assert.doesNotMatch(await page.$eval('#detail', (each) => each.textContent), /43\.76/);
      await press(page, '#show-place');
      assert.match(await text(page, '#detail .picture-facts'), /43\.76960, 11\.25580/);
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowRight');
      await page.waitForSelector('#detail #show-place');
      assert.doesNotMatch(await text(page, '#detail .picture-facts'), /43\.76/, 'it is asked for each picture');
      await page.keyboard.press('Escape');
    });
  });
}
