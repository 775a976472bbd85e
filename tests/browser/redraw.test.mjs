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

/** Runs in the page: a list's items by key, drawn in one order and then in another; which elements are still the same. */
async function redrawList(from, to) {
  const { html, render } = await import('/source/ui/html.js');
  const { repeat } = await import('/source/ui/lit-directives.js');
  const root = document.createElement('ul');
  document.body.append(root);
  const heard = [];
  const show = (keys, time) => render(html`${repeat(keys, (key) => key, (key) => html`<li data-key=${key}><button @click=${() => heard.push(key + time)}>${key}</button></li>`)}`, root);
  show(from, 1);
  const before = new Map([...root.children].map((each) => [each.dataset.key, each]));
  show(to, 2);
  const order = [...root.children].map((each) => each.dataset.key);
  const same = [...root.children].filter((each) => before.get(each.dataset.key) === each).map((each) => each.dataset.key);
  for (const button of root.querySelectorAll('button')) button.click();
  root.remove();
  return { order: order.join(''), same: same.join(''), heard: heard.join('') };
}

/** Runs in the page: a paragraph and a field, drawn again while somebody types into the field. */
async function redrawField() {
  const { html, render } = await import('/source/ui/html.js');
  const root = document.createElement('div');
  document.body.append(root);
  const show = (words, value, share) => render(html`<p .style=${`--share: ${share}`}>${words}</p><input id="half" .value=${value} />`, root);
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
}

/** Runs in the page: what templates become. */
async function drawTemplates() {
  const { html, nothing, render, svg } = await import('/source/ui/html.js');
  const draw = (template) => {
    const root = document.createElement('div');
    render(template, root);
    return root;
  };
  const markup = '<img src=x onerror="document.title=1">';
  const all = draw(html`
    <p class="a ${'b'} c" title=${markup} data-none=${nothing} ?hidden=${true} .tabIndex=${4}>
      ${markup}, ${'one'} and
      so <b>on</b>
    </p>
    <svg viewBox="0 0 1 1">${[1, 2].map((x) => svg`<rect x=${x} />`)}</svg>`);
  const [p, drawing] = all.children;
  const refused = [() => html`<p><b></p>`, () => html`<p>`, () => html`</p>`, () => html`<p class="a>`, () => html`<p ${1}></p>`].map((make) => {
    try {
      return draw(make()).textContent;
    } catch ({ name }) {
      return name;
    }
  });
  return {
    text: p.textContent, classes: p.className, title: p.title === markup, none: p.hasAttribute('data-none'), hidden: p.hidden, tabIndex: p.tabIndex,
    elements: [...all.querySelectorAll('*')].map(({ localName }) => localName).join(' '),
    drawn: [...drawing.children].every((each) => each instanceof SVGRectElement) && drawing.hasAttribute('viewBox'), refused: [...new Set(refused)],
  };
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('elements come, go and stay, and hear what was drawn last', async () => {
      const { page } = await openPage(session.browser, `${server.origin}/?model=/model/&samples=none`);
      const redrawn = (from, to) => page.evaluate(redrawList, [...from], [...to]);
      assert.deepEqual(await redrawn('abc', 'abc'), { order: 'abc', same: 'abc', heard: 'a2b2c2' });
      assert.deepEqual(await redrawn('abc', 'xabyc'), { order: 'xabyc', same: 'abc', heard: 'x2a2b2y2c2' });
      assert.deepEqual(await redrawn('abcd', 'bd'), { order: 'bd', same: 'bd', heard: 'b2d2' });
      assert.deepEqual(await redrawn('abc', 'cab'), { order: 'cab', same: 'cab', heard: 'c2a2b2' });
      assert.deepEqual(await redrawn('ab', 'xy'), { order: 'xy', same: '', heard: 'x2y2' }, 'another key is another element');
      assert.deepEqual(await redrawn('', 'a'), { order: 'a', same: '', heard: 'a2' });
      assert.deepEqual(await page.evaluate(redrawField), [true, true, 'two', '2', 'half', 'y', true]);
      await page.close();
    });

    test('a template becomes elements, text stays text, and what cannot be read is refused', async () => {
      const { page, problems } = await openPage(session.browser, `${server.origin}/?model=/model/&samples=none`);
      assert.deepEqual(await page.evaluate(drawTemplates), {
        text: '<img src=x onerror="document.title=1">, one and so on', classes: 'a b c', title: true, none: false, hidden: true, tabIndex: 4,
        elements: 'p b svg rect rect', drawn: true, refused: ['SyntaxError'],
      });
      assert.deepEqual(problems, []);
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
