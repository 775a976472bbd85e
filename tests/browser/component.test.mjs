/** <percept-scorer> in Chromium and Firefox: scoring, states, people's hands, words. Forms and hosts have files of their own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROKEN, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, countWorkerThreads, forgetModels } from '../support/browsers.mjs';
import { give, look, serveElement } from '../support/component-pages.mjs';
import { runOnPage, scoreInNode, useBrowser } from '../support/set-up.mjs';

const GOOD = { name: 'good.jpg', bytes: GOOD_JPEG };
const LARGE = { name: 'house.jpg', bytes: readFileSync(new URL('../../web/samples/house.jpg', import.meta.url)) };
const PAGES = {
  '/one': '<percept-scorer src="/model/"></percept-scorer>',
  '/slow': '<percept-scorer src="/weights/demo/"></percept-scorer>',
  '/two': '<percept-scorer id="a" src="/model/" tasks="beauty"></percept-scorer><percept-scorer id="b" src="/model/" tasks="emotion beauty"></percept-scorer>',
  '/lazy': '<percept-scorer src="/model/" loading="lazy"></percept-scorer>',
  '/missing': '<percept-scorer src="/nothing/"></percept-scorer>',
  '/label': '<label for="photo">Photograph</label><percept-scorer id="photo" src="/model/"></percept-scorer>',
  '/slots': '<percept-scorer src="/model/"><em slot="invitation">Your cat, please</em><small>Only cats</small></percept-scorer>',
  '/nothing-yet': '',
};

let model;
let server;
let expected;
before(async () => {
  model = await makeSeededModel();
  server = await serveElement({ mounts: [{ prefix: '/model/', folder: model.folder }], pages: PAGES });
  expected = (await scoreInNode(model.folder, { threads: 1 })).scores;
});
after(async () => {
  server.close();
  await model.remove();
});

for (const [browserName, launch] of Object.entries(BROWSERS)) {
  describe(browserName, () => {
    const session = useBrowser(launch);
    const countsThreads = { skip: browserName === 'firefox' && 'it keeps the threads of ended workers for the next ones' };
    const allThreadsEnd = async () => {
      for (let tries = 0; countWorkerThreads(session.browser) > 0 && tries < 120; tries += 1) await sleep(50);
      assert.equal(countWorkerThreads(session.browser), 0);
    };

    /** Opens a page, runs the test, and asks that nothing went wrong meanwhile. */
    const onPage = (path, run, allowed) => () => runOnPage(session, server.origin + path, async (page, { requests }) => {
      await page.waitForFunction(() => customElements.get('percept-scorer'));
      await run(page, requests);
    }, allowed);
    /** Files come as a person's drop or paste. */
    const handOver = (page, type, files) => page.evaluate((kind, given) => {
      const data = new DataTransfer();
      for (const { name, base64 } of given) data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name));
      const event = kind === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true, composed: true, cancelable: true }) : new Event('paste', { bubbles: true, composed: true });
      if (kind === 'paste') Object.defineProperty(event, 'clipboardData', { value: data }); // Firefox's ClipboardEvent takes none
      document.querySelector('percept-scorer').shadowRoot.querySelector('[part~=choose]').dispatchEvent(event);
    }, type, files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })));
    const until = (page, state) => page.waitForFunction((wanted) => document.querySelector('percept-scorer').matches(`:state(${wanted})`), { timeout: 20000 }, state);

    test('a picture gets the scores of Node, shown with title, value and scale', onPage('/one', async (page) => {
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.deepEqual(await give(page, GOOD), { scores: expected });
      const { states, file, labels, values, valid, spoken } = await look(page);
      assert.deepEqual(states, ['scored']);
      assert.equal(file, 'good.jpg');
      assert.equal(labels, 'Image quality Emotion Beauty');
      assert.equal(values, `${expected.quality.value.toFixed(2)} ${expected.emotion.label} ${expected.beauty.value.toFixed(1)}`);
      assert.equal(valid, true);
      assert.match(spoken, /^Image quality -?\d\.\d\d on a scale from 0 to 1, Emotion \w+, \d+ %, Beauty/);
      const canvas = await page.waitForFunction(() => document.querySelector('percept-scorer').shadowRoot.querySelector('canvas'));
      assert.deepEqual(await canvas.evaluate(({ width, height, ariaLabel }) => [width, height, ariaLabel]), [61, 43, 'good.jpg']);
    }));

    test('events tell of the model, the picture and the result, in this order', onPage('/lazy', async (page, requests) => {
      await sleep(300);
      assert.equal(requests.filter(({ url }) => url.includes('/model/')).length, 0, 'a lazy element has asked for the model');
      await forgetModels(session.browser, server.origin);
      await page.$eval('percept-scorer', (each) => {
        window.heard = [];
        for (const type of ['progress', 'score', 'error']) each.addEventListener(type, ({ detail }) => window.heard.push(detail.phase ?? `${type} ${Object.keys(detail.scores)}`));
      });
      await give(page, GOOD);
      const heard = (await page.evaluate(() => window.heard)).filter((each, at, all) => each !== all[at - 1]);
      assert.deepEqual([...new Set(heard)], ['starting', 'downloading', 'preparing', 'ready', 'decoding', 'computing', 'score quality,emotion,beauty']);
      assert.equal(heard.at(-1), 'score quality,emotion,beauty');
    }));

    test('drop and paste take the first file, and say so', onPage('/one', async (page) => {
      await page.evaluate(() => document.addEventListener('change', ({ target }) => { window.changed = target.value.name; }));
      await handOver(page, 'drop', [GOOD, LARGE]);
      assert.match((await look(page)).spoken, /^One picture at a time: this is good\.jpg\./);
      await until(page, 'scored');
      assert.match((await look(page)).spoken, /^One picture at a time: this is good\.jpg\. Image quality/);
      assert.equal(await page.evaluate(() => window.changed), 'good.jpg');
      await handOver(page, 'paste', [{ ...GOOD, name: 'pasted.jpg' }]);
      await until(page, 'scored');
      assert.equal((await look(page)).file, 'pasted.jpg');
      assert.match((await look(page)).spoken, /^Image quality/);
      assert.equal(await page.evaluate(() => window.changed), 'pasted.jpg');
    }));

    test('a chosen file is scored, and the same one can be chosen again', onPage('/one', async (page) => {
      const input = await page.evaluateHandle(() => document.querySelector('percept-scorer').shadowRoot.querySelector('input'));
      const path = new URL('../golden/pictures/jpeg-420.jpg', import.meta.url).pathname;
      for (let time = 0; time < 2; time += 1) {
        await input.uploadFile(path);
        await until(page, 'scored');
        await page.$eval('percept-scorer', (each) => each.clear());
      }
      assert.deepEqual((await look(page)).states, ['empty']);
    }));

    test('keys reach the button first, and the focus stays when buttons go', onPage('/one', async (page) => {
      await page.keyboard.press('Tab');
      const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.textContent);
      assert.equal(await focused(), 'Choose a picture');
      await give(page, GOOD);
      assert.equal(await focused(), 'Choose another');
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Remove');
      await page.keyboard.press('Enter');
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.equal(await focused(), 'Choose a picture');
    }));

    test('button, empty area and label open the picker', {
      skip: browserName === 'firefox' && 'the driver of Firefox does not tell of file pickers',
    }, onPage('/label', async (page) => {
      const opens = async (act) => {
        const [picker] = await Promise.all([page.waitForFileChooser({ timeout: 5000 }), act()]);
        await picker.cancel();
      };
      const box = await (await page.$('percept-scorer')).boundingBox();
      await opens(() => page.click('label'));
      await opens(() => page.mouse.click(box.x + 20, box.y + 20));
      await opens(async () => { await page.focus('percept-scorer'); await page.keyboard.press('Enter'); });
    }));

    test('Escape cancels: no result, no error, and the next picture works', onPage('/slow', async (page) => {
      await page.$eval('percept-scorer', (each) => each.addEventListener('error', () => { window.failed = true; }));
      await page.focus('percept-scorer');
      const stopped = give(page, LARGE);
      await page.waitForFunction(() => document.querySelector('percept-scorer').matches(':state(scoring)'));
      assert.match((await look(page)).buttons, /^Cancel$/);
      assert.equal((await look(page)).flags.join(), 'customError');
      await page.keyboard.press('Escape');
      assert.deepEqual(await stopped, { code: 'aborted' });
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.equal(await page.evaluate(() => window.failed), undefined);
      assert.ok((await give(page, GOOD)).scores.quality);
    }));

    test('another picture replaces the one that is being scored', onPage('/slow', async (page) => {
      const first = give(page, LARGE);
      await sleep(50);
      assert.ok((await give(page, GOOD)).scores);
      assert.deepEqual(await first, { code: 'aborted' });
      assert.equal((await look(page)).file, 'good.jpg');
    }));

    test('what is no picture says why, refuses, and the next one works', onPage('/one', async (page) => {
      for (const broken of BROKEN) {
        assert.deepEqual(await give(page, broken), { code: broken.code });
        const { states, flags, message, why, buttons } = await look(page);
        assert.deepEqual([states, flags], [['failed'], ['badInput']]);
        assert.match(message, /\.$/);
        assert.equal(why, message);
        assert.equal(buttons, 'Choose another Remove');
      }
      assert.deepEqual((await give(page, GOOD)).scores, expected);
    }));

    test('a missing model says so and can be tried again', onPage('/missing', async (page) => {
      await until(page, 'failed');
      assert.match((await look(page)).message, /the server answered 404/);
      assert.equal((await look(page)).buttons, 'Choose a picture Try again');
      await page.$eval('percept-scorer', (each) => { each.src = '/model/'; });
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.deepEqual((await give(page, GOOD)).scores, expected);
      await page.$eval('percept-scorer', (each) => each.removeAttribute('src'));
      assert.deepEqual(await give(page, GOOD), { code: 'bad-argument' });
    }, /404/));

    test('a model that was given up while it loaded says nothing any more', onPage('/one', async (page) => {
      await page.$eval('percept-scorer', async (each) => {
        each.src = '/hang/';
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        each.src = '/model/';
      });
      await sleep(3500); // longer than a model without elements is kept
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.deepEqual((await give(page, GOOD)).scores, expected);
    }));

    const scoreOutside = async (page) => {
      const scored = await page.evaluate(async (base64) => {
        const each = document.createElement('percept-scorer');
        each.src = '/model/';
        const { scores } = await each.score(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
        return Object.keys(scores);
      }, GOOD_JPEG.toString('base64'));
      assert.deepEqual(scored, ['quality', 'emotion', 'beauty']);
    };
    test('an element outside of the page scores', onPage('/nothing-yet', scoreOutside));
    test('an element outside of the page keeps no model', countsThreads, onPage('/nothing-yet', async (page) => {
      await scoreOutside(page);
      await allThreadsEnd();
    }));

    test('attributes and properties mirror each other, also those set before the definition', onPage('/nothing-yet', async (page) => {
      const seen = await page.evaluate(async () => {
        const early = document.createElement('x-early');
        early.src = '/model/';
        early.tasks = 'beauty';
        customElements.define('x-early', class extends customElements.get('percept-scorer') {});
        document.body.append(early);
        customElements.upgrade(early);
        const each = document.createElement('percept-scorer');
        Object.assign(each, { src: '/model/', tasks: 'beauty', name: 'n', loading: 'lazy', required: true, disabled: true });
        const attributes = Object.fromEntries(each.getAttributeNames().map((name) => [name, each.getAttribute(name)]));
        each.required = false;
        return { attributes, required: each.hasAttribute('required'), early: [early.getAttribute('src'), Object.hasOwn(early, 'src')], defaults: document.createElement('percept-scorer').loading };
      });
      assert.deepEqual(seen, {
        attributes: { src: '/model/', tasks: 'beauty', name: 'n', loading: 'lazy', required: '', disabled: '' },
        required: false, early: ['/model/', false], defaults: 'eager',
      });
    }));

    test('changing tasks scores anew, an unknown one fails', onPage('/one', async (page) => {
      await give(page, GOOD);
      await page.$eval('percept-scorer', (each) => { each.tasks = ' beauty\n emotion '; });
      await page.waitForFunction(() => document.querySelector('percept-scorer').result);
      assert.equal((await look(page)).labels, 'Beauty Emotion');
      await page.$eval('percept-scorer', (each) => { each.tasks = 'nothing'; });
      await until(page, 'failed');
      assert.equal(await page.$eval('percept-scorer', (each) => each.error.code), 'unknown-task');
    }));

    test('elements of one model share its scorer', onPage('/two', async (page, requests) => {
      await give(page, GOOD, '#a');
      await give(page, GOOD, '#b');
      assert.equal(requests.filter(({ url }) => url.endsWith('model.json')).length, 1);
      assert.deepEqual((await look(page, '#b')).labels, 'Emotion Beauty');
      await page.evaluate(() => document.querySelector('#a').remove());
      assert.ok((await give(page, GOOD, '#b')).scores.beauty);
    }));

    test('the workers go with the last element of their model', countsThreads, onPage('/two', async (page) => {
      await give(page, GOOD, '#a');
      await page.evaluate(() => document.querySelector('#a').remove());
      assert.ok((await give(page, GOOD, '#b')).scores.beauty);
      assert.ok(countWorkerThreads(session.browser) > 0);
      await page.evaluate(() => document.body.replaceChildren());
      await allThreadsEnd();
    }));

    test('an element that is moved goes on; one that is removed gives up', onPage('/slow', async (page) => {
      const outcome = await page.evaluate(async (base64) => {
        const each = document.querySelector('percept-scorer');
        const file = () => new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], 'a.jpg');
        const code = ({ code: found }) => found;
        const moved = each.score(file()).then(() => 'scored', code);
        const anew = new Promise((resolve) => { each.addEventListener('score', () => resolve('scored'), { once: true }); });
        document.body.append(document.createElement('main'));
        document.querySelector('main').append(each);
        const seen = [await moved, await anew, each.result !== null];
        const removed = each.score(file()).then(() => 'scored', code);
        each.remove();
        return [...seen, await removed];
      }, LARGE.bytes.toString('base64'));
      assert.deepEqual(outcome, ['aborted', 'scored', true, 'aborted']);
    }));

    test('a scorer of the page\'s own is used and not disposed of', onPage('/nothing-yet', async (page) => {
      assert.deepEqual(await page.evaluate(async (base64) => {
        const { Scorer: Library } = await import('/percept.js');
        const scorer = await Library.load('/model/');
        const each = document.createElement('percept-scorer');
        each.scorer = scorer;
        document.body.append(each);
        const picture = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
        const { scores } = await each.score(picture);
        each.remove();
        return [Object.keys(scores), (await scorer.score(picture)).scores.beauty.value === scores.beauty.value];
      }, GOOD_JPEG.toString('base64')), [['quality', 'emotion', 'beauty'], true]);
    }));

    test('what is no picture and no scorer is refused where it is set', onPage('/one', async (page) => {
      assert.deepEqual(await page.$eval('percept-scorer', (each) => [['value', 'a.jpg'], ['value', {}], ['scorer', Promise.resolve()], ['scorer', '/model/']].map(([name, wrong]) => {
        try {
          each[name] = wrong;
          return 'taken';
        } catch ({ code }) {
          return code;
        }
      })), ['bad-argument', 'bad-argument', 'bad-argument', 'bad-argument']);
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.deepEqual((await give(page, GOOD)).scores, expected);
    }));

    test('Japanese where the page is Japanese', onPage('/one', async (page) => {
      await page.evaluate(() => { document.documentElement.lang = 'ja-JP'; document.querySelector('percept-scorer').toggleAttribute('required'); });
      const { invitation, buttons, why } = await look(page);
      assert.deepEqual([invitation, buttons, why], ['ここに画像をドロップ', '画像を選ぶ', '画像を選んでください。']);
      await give(page, BROKEN[0]);
      assert.match((await look(page)).message, /^この形式のファイルは採点できません。/);
      await page.$eval('percept-scorer', (each) => { each.lang = 'fr'; });
      assert.equal((await look(page)).buttons, 'Choose another Remove', 'English where the language is another');
    }));

    test('slots take the page\'s own words', onPage('/slots', async (page) => {
      assert.equal((await look(page)).invitation, '');
      const seen = await page.$$eval('em, small', (all) => all.map((each) => each.checkVisibility()));
      assert.deepEqual(seen, [true, true]);
      await give(page, GOOD);
      assert.deepEqual(await page.$$eval('em, small', (all) => all.map((each) => each.checkVisibility())), [false, true]);
    }));

    const animationOf = (page) => page.evaluate(() => getComputedStyle(document.querySelector('percept-scorer').shadowRoot.querySelector('[part~=meter-fill]')).animationName);

    test('it fits 320 pixels, follows the page\'s colour scheme, and its bars grow', onPage('/one', async (page) => {
      await give(page, { ...GOOD, name: 'a-rather-long-name-of-a-picture-that-does-not-fit-anywhere.jpg' });
      for (const width of [320, 480, 1280]) {
        await page.setViewport({ width, height: 700 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `too wide at ${width}`);
      }
      const surface = (scheme) => page.evaluate(async (wanted) => {
        document.documentElement.style.colorScheme = wanted;
        await new Promise((resolve) => { setTimeout(resolve, 300); }); // the colours take a moment to change
        return getComputedStyle(document.querySelector('percept-scorer').shadowRoot.querySelector('[part=zone]')).backgroundColor;
      }, scheme);
      assert.deepEqual([await surface('light'), await surface('dark')], ['rgb(255, 254, 251)', 'rgb(28, 34, 35)']);
      assert.equal(await animationOf(page), 'grow');
    }));

    test('it stays still where that is wished', { skip: browserName === 'firefox' && 'its driver does not emulate media features' }, onPage('/one', async (page) => {
      await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
      await give(page, GOOD);
      assert.equal(await animationOf(page), 'none');
    }));
  });
}
