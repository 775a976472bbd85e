/** <percept-scorer> as a form control, in Chromium and Firefox: what is sent, and what is refused before it is sent. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { BROKEN, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, servePage } from '../support/browsers.mjs';
import { give, look, serveElement } from '../support/component-pages.mjs';
import { runOnPage, scoreInNode, useBrowser } from '../support/set-up.mjs';

const GOOD = { name: 'good.jpg', bytes: GOOD_JPEG };
const sample = (name) => ({ name, bytes: readFileSync(new URL(`../../web/samples/${name}`, import.meta.url)) });
const form = (attributes) => `<form><percept-scorer src="/model/" ${attributes}></percept-scorer><button>Send</button></form>`;
const PAGES = {
  '/plain': form('name="photo"'),
  '/required': form('name="photo" required'),
  '/limits': form('name="photo" tasks="quality beauty" min-quality="-9" max-quality="9"'),
  '/wrong-number': form('min-quality="half"'),
  '/wrong-task': form('tasks="beauty" min-quality="0.1"'),
  '/wrong-kind': form('max-emotion="0.1"'),
  '/fieldset': '<form><fieldset disabled><percept-scorer src="/model/" name="photo" required></percept-scorer></fieldset></form>',
};

let model;
let server;
let project;
let expected;
before(async () => {
  model = await makeSeededModel();
  server = await serveElement({ mounts: [{ prefix: '/model/', folder: model.folder }], pages: PAGES });
  project = await servePage([]);
  expected = (await scoreInNode(model.folder, { threads: 1 })).scores;
});
after(async () => {
  server.close();
  project.close();
  await model.remove();
});

for (const [browserName, launch] of Object.entries(BROWSERS)) {
  describe(browserName, () => {
    const session = useBrowser(launch);

    const onPage = (path, run, origin = () => server.origin) => () => runOnPage(session, origin() + path, async (page) => {
      await page.waitForFunction(() => customElements.get('percept-scorer'));
      await run(page);
    });
    /** Presses the form's button; what would be sent, or null. */
    const send = (page) => page.evaluate(() => new Promise((resolve) => {
      const target = document.querySelector('form');
      target.addEventListener('submit', (event) => {
        event.preventDefault();
        resolve(Object.fromEntries([...new FormData(target)].map(([name, value]) => [name, value instanceof File ? `${value.name} ${value.size}` : JSON.parse(value)])));
      }, { once: true });
      target.querySelector('button').click();
      setTimeout(() => resolve(null), 100);
    }));
    const change = (page, attribute, value) => page.$eval('percept-scorer', async (each, name, given) => {
      if (given === null) each.removeAttribute(name);
      else each.setAttribute(name, given);
      await Promise.resolve();
    }, attribute, value);

    test('the form gets the picture, and its scores', onPage('/plain', async (page) => {
      assert.deepEqual(await send(page), {});
      await give(page, GOOD);
      const { quality, emotion, beauty } = expected;
      const sent = { photo: `good.jpg ${GOOD_JPEG.length}`, 'photo-scores': { quality: quality.value, emotion: emotion.label, beauty: beauty.value } };
      assert.deepEqual(await send(page), sent);
      await change(page, 'name', 'cat');
      assert.deepEqual(await send(page), { cat: sent.photo, 'cat-scores': sent['photo-scores'] });
      await change(page, 'name', null);
      assert.deepEqual(await send(page), {});
    }));

    test('nothing is sent while a picture is being scored, or could not be', onPage('/plain', async (page) => {
      const meanwhile = await page.$eval('percept-scorer', async (each, base64) => {
        const working = each.score(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
        const seen = [each.form.checkValidity(), each.validationMessage];
        await working;
        return [...seen, each.form.checkValidity()];
      }, GOOD_JPEG.toString('base64'));
      assert.deepEqual(meanwhile, [false, 'The picture is still being scored. Wait a moment.', true]);
      await give(page, BROKEN[0]);
      assert.equal(await send(page), null);
      await page.$eval('form', (each) => each.reset());
      assert.deepEqual((await look(page)).states, ['empty']);
      assert.deepEqual(await send(page), {});
    }));

    test('required asks for a picture; a disabled element asks for nothing and takes nothing', onPage('/required', async (page) => {
      assert.equal(await send(page), null);
      const { flags, why } = await look(page);
      assert.deepEqual([flags, why], [['valueMissing'], 'Choose a picture.']);
      await page.$eval('percept-scorer', (each) => { each.disabled = true; });
      assert.deepEqual(await send(page), {});
      assert.equal(await page.$eval('percept-scorer', (each) => each.shadowRoot.querySelector('button').disabled), true);
      await page.$eval('percept-scorer', (each) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.jpg'));
        each.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
      });
      assert.deepEqual((await look(page)).states, ['empty']);
      await page.$eval('percept-scorer', (each) => { each.disabled = false; });
      assert.equal(await send(page), null);
    }));

    test('a disabled fieldset disables it', onPage('/fieldset', async (page) => {
      assert.equal(await page.$eval('percept-scorer', (each) => each.willValidate), false);
      assert.equal(await page.$eval('percept-scorer', (each) => each.shadowRoot.querySelector('button').disabled), true);
    }));

    test('limits refuse at once when they change, and are told apart from the value', onPage('/limits', async (page) => {
      await give(page, GOOD);
      const { value } = expected.quality;
      assert.ok(await send(page), 'within its limits');
      assert.equal((await look(page)).asked, 'at least -9 · at most 9');
      const near = value + 1e-5;
      await change(page, 'min-quality', String(near));
      let seen = await look(page);
      assert.deepEqual([seen.flags, seen.states], [['rangeUnderflow'], ['scored', 'refused']]);
      const [, told] = /^Image quality is (\S+)\. At least (\S+) is asked for\. Please choose another picture\.$/.exec(seen.why);
      assert.ok(Number(told) < near && told.length > 4, `${told} and ${near} read alike`);
      assert.equal(seen.message, seen.why);
      assert.equal(await send(page), null);
      await change(page, 'min-quality', String(value));
      assert.ok(await send(page), 'a limit itself is kept');
      await change(page, 'max-quality', String(value - 0.1));
      seen = await look(page);
      assert.deepEqual(seen.flags, ['rangeOverflow']);
      assert.match(seen.message, /At most/);
      await change(page, 'max-quality', null);
      assert.ok(await send(page));
    }));

    for (const [path, code] of [['/wrong-number', 'bad-argument'], ['/wrong-task', 'unknown-task'], ['/wrong-kind', 'bad-argument']]) {
      test(`a limit that cannot be checked refuses: ${path}`, onPage(path, async (page) => {
        assert.deepEqual(await give(page, GOOD), { code });
        assert.equal(await send(page), null);
        assert.match((await look(page)).message, /The attribute (min|max)-\w+ is/);
        await page.$eval('percept-scorer', (each) => { for (const name of each.getAttributeNames()) if (/^m/.test(name)) each.removeAttribute(name); });
        await page.waitForFunction(() => document.querySelector('percept-scorer').matches(':state(scored)'));
        assert.ok(await send(page), 'a wrong limit that went is no obstacle');
      }));
    }

    test('the page may refuse for reasons of its own', onPage('/plain', async (page) => {
      await page.$eval('percept-scorer', (each) => each.setCustomValidity('Not today.'));
      assert.equal((await look(page)).why, 'Not today.');
      assert.equal(await send(page), null);
      await page.$eval('percept-scorer', (each) => each.setCustomValidity(''));
      assert.deepEqual(await send(page), {});
    }));

    test('the example refuses a blurred picture before it is sent, and takes a sharp one', onPage('/examples/form.html', async (page) => {
      const press = async () => {
        await page.click('form > button');
        return page.$eval('output', (each) => each.textContent);
      };
      assert.equal(await press(), '');
      await give(page, sample('lake-blurred.jpg'));
      assert.equal(await press(), '');
      assert.match((await look(page)).message, /^Sharpness is 0\.\d\d\. At least 0\.5 is asked for\./);
      await give(page, sample('house.jpg'));
      assert.match(await press(), /^Would be sent: Bicycle, house\.jpg of \d+ bytes, scores \{"quality":0\.\d+,"sharpness":0\.\d+\}\.$/);
    }, () => project.origin));
  });
}
