/** What is brought up to date stays itself: focus, half-typed words, opened details and presses that have begun. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, SOURCES, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { useBrowser } from '../support/set-up.mjs';

let model;
let server;
before(async () => {
  model = await makeSeededModel();
  server = await servePage([SOURCES, { prefix: '/model/', folder: model.folder }]);
});
after(async () => {
  server.close();
  await model.remove();
});

/** Runs in the page: a list's items by key, renewed from one order to another; which elements are still the same. */
async function renewList(from, to) {
  const { renew } = await import('/source/ui/renew.js');
  const { element } = await import('/source/ui/element.js');
  const root = element('ul');
  document.body.append(root);
  const show = (keys) => renew(root, () => keys.map((key) => element('li', { 'data-key': key }, element('button', { textContent: key }))));
  show(from);
  const before = new Map([...root.children].map((each) => [each.dataset.key, each]));
  show(to);
  const order = [...root.children].map((each) => each.dataset.key);
  const same = [...root.children].filter((each) => before.get(each.dataset.key) === each).map((each) => each.dataset.key);
  root.remove();
  return { order: order.join(''), same: same.join('') };
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('elements come, go and stay', async () => {
      const { page } = await openPage(session.browser, `${server.origin}/?model=/model/&samples=none`);
      const renewed = (from, to) => page.evaluate(renewList, [...from], [...to]);
      assert.deepEqual(await renewed('abc', 'abc'), { order: 'abc', same: 'abc' });
      assert.deepEqual(await renewed('abc', 'xabyc'), { order: 'xabyc', same: 'abc' });
      assert.deepEqual(await renewed('abcd', 'bd'), { order: 'bd', same: 'bd' });
      assert.deepEqual(await renewed('ab', 'xy'), { order: 'xy', same: '' }, 'another key is another element, with its own listeners');
      assert.deepEqual(await renewed('', 'a'), { order: 'a', same: '' });
      assert.deepEqual(await page.evaluate(async () => {
        const { renew } = await import('/source/ui/renew.js');
        const { element } = await import('/source/ui/element.js');
        const root = element('div');
        document.body.append(root);
        const show = (words, value, share) => renew(root, () => [element('p', { style: { '--share': share } }, words), element('input', { id: 'half', defaultValue: value })]);
        show('one', 'x', 1);
        const [p, input] = root.children;
        input.value = 'half';
        input.focus();
        show('two', 'x', 2);
        const typed = input.value;
        show('two', 'y', 2);
        const result = [root.children[0] === p, root.children[1] === input, p.textContent, p.style.getPropertyValue('--share'), typed, input.value, document.activeElement === input];
        root.remove();
        return result;
      }), [true, true, 'two', '2', 'half', 'y', true]);
      await page.close();
    });

    test('a press, a half-typed score and an opened list outlive what happens meanwhile', async () => {
      const { page, problems } = await openPage(session.browser, `${server.origin}/?model=/model/&samples=none&lang=en`);
      await drop(page, [{ name: 'first.jpg', bytes: GOOD_JPEG }]);
      await readCard(page, 'first.jpg');
      await press(page, '.card .open');
      const input = await page.waitForSelector('#detail [data-judging="quality"] input');
      await input.type('0.');
      const more = async (file) => {
        await drop(page, [{ name: file, bytes: GOOD_JPEG }]);
        await readCard(page, file);
      };
      await more('second.jpg');
      await page.waitForFunction(() => document.querySelector('#detail .place').textContent === '2 of 2');
      assert.ok(await page.evaluate((each) => document.activeElement === each, input), 'the field is the same, and has the focus');
      await input.type('25');
      await page.keyboard.press('Enter');
      assert.match(await page.$eval('#detail [data-judging="quality"] output', (each) => each.textContent), /You said: 0\.25/);

      const hold = async (selector, meanwhile) => {
        const place = await (await page.$(selector)).boundingBox();
        await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
        await page.mouse.down();
        await meanwhile();
        await page.mouse.up();
      };
      await hold('#detail .close', () => more('third.jpg'));
      await page.waitForFunction(() => !document.getElementById('detail').open);
      // A tile whose picture is scored, and that moves on, is still the tile that was pressed.
      const tile = await page.$('.card[data-id="1"]');
      await press(page, '#tab-judgements');
      await press(page, '#tab-pictures');
      assert.ok(await tile.evaluate((each) => each.isConnected));

      await press(page, '#tab-privacy');
      await (await page.waitForSelector('#privacy summary')).click();
      await page.evaluate(() => fetch('/icon.svg?meanwhile').then((response) => response.text()));
      await page.waitForFunction(() => document.querySelector('.requests').textContent.includes('meanwhile'));
      assert.equal(await page.$eval('#privacy details', (each) => each.open), true);
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
