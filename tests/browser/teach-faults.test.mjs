/** Teaching on the page when things go wrong: no room, a worker that is killed, a lesson that is cancelled, names that are taken, a bias. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS, drop, openPage, press } from '../support/browsers.mjs';
import { saved } from '../support/page-controls.mjs';
import { useBrowser, useSeededSite } from '../support/set-up.mjs';
import { warmPictures } from '../support/teach-pictures.mjs';

/** Ten upright ones, which people like, and six that lie, which they do not, of all colours: the model, which sees squares, cannot tell. */
const PICTURES = warmPictures(30).filter((_, at) => (at % 2 === 0 ? at % 6 !== 4 : at % 4 === 1 && at < 25));
const starsOf = (name) => (Number.parseInt(name, 10) % 2 === 0 ? 4 : 2) + (Number.parseInt(name, 10) % 3 === 0 ? 1 : 0);

const site = useSeededSite();
const text = (page, selector) => page.$eval(selector, (each) => each.innerText);
const says = (page, selector, wanted, patience = 120000) => page.waitForFunction((at, source) => new RegExp(source).test(document.querySelector(at)?.innerText), { timeout: patience }, selector, wanted.source);

/** Runs before the page: workers can be killed, and the browser can have no room. */
function prepare() {
  const { Worker: PageWorker, IDBObjectStore } = globalThis;
  globalThis.workers = [];
  globalThis.Worker = class extends PageWorker {
    constructor(...given) {
      super(...given);
      globalThis.workers.push(this);
    }
  };
  /** Ends all workers, as a browser that needs their memory does; they say nothing but that they are gone. */
  globalThis.kill = () => {
    for (const worker of globalThis.workers) worker.terminate();
    for (const worker of globalThis.workers) worker.dispatchEvent(new Event('error'));
    globalThis.workers.length = 0;
  };
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function putWhereThereIsRoom(...given) {
    if (globalThis.isFull) throw new DOMException('full', 'QuotaExceededError');
    return put.apply(this, given);
  };
}

const kill = (page) => page.evaluate(() => globalThis.kill());

async function judge(page) {
  await page.waitForSelector('#teach-stage figcaption', { timeout: 60000 });
  await page.focus('#teach-stage');
  await page.keyboard.press(String(starsOf(await page.$eval('#teach-stage figcaption', (each) => each.textContent))));
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    let page;

    test('judgements of a moment without room are there after a reload; a killed worker costs none', async () => {
      ({ page } = await openPage(session.browser, `${site.origin}/icon.svg`));
      await page.evaluateOnNewDocument(prepare);
      await page.goto(`${site.origin}/?model=/model/&samples=none&lang=en`);
      await drop(page, PICTURES);
      await says(page, '#idle-text', /^16 scored$/);
      await press(page, '#tab-teach');
      await page.type('#trait-title', 'Cover');
      await press(page, 'input[value="stars"]');
      await press(page, '#start-trait');
      for (let at = 0; at < 6; at += 1) await judge(page);
      await page.evaluate(() => { globalThis.isFull = true; });
      for (let at = 0; at < 3; at += 1) await judge(page);
      await says(page, '#teach .notice', /does not keep your judgements/);
      await says(page, '.trait-card', /9 labels of 9 pictures/);
      await page.evaluate(() => { globalThis.isFull = false; });
      await judge(page);
      await page.waitForFunction(() => !document.querySelector('#teach > .notice[role="alert"]'));
      await judge(page);
      await kill(page);
      for (let at = 0; at < 5; at += 1) await judge(page);
      await says(page, '.trait-card', /16 labels of 16 pictures/);
      await page.waitForFunction(() => !document.querySelector('#teach aside .problem'));
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent, { timeout: 60000 });
      await press(page, '#tab-teach');
      await says(page, '.teach-meter', /16 judgements of yours/);
      await says(page, '.trait-card', /16 labels of 16 pictures/);
      await drop(page, PICTURES); // the groups come back with them
      await says(page, '#idle-text', /^16 scored$/);
      await press(page, '#tab-teach');
      await says(page, '.trait-bias', /Portrait/);
    });

    test('where a group is off by more than chance, the groups can weigh the same: agreement before and after, and back', async () => {
      await says(page, '.trait-bias .notice', /off for some groups by more than chance/);
      await press(page, '#equal-groups');
      await says(page, '.trait-bias .notice', /The groups weigh the same\. Agreement before: .?0\.\d\d.+ Now: .?0\.\d\d/);
      await says(page, '.trait-card .watch', /weigh/);
      await press(page, '#unequal-groups');
      await says(page, '.trait-bias .notice', /off for some groups by more than chance/);
      assert.match(await text(page, '.trait-card'), /16 labels of 16 pictures/);
    });

    test('a file whose name is taken waits for an answer; both can stay', async () => {
      const { bytes } = await saved(page, () => press(page, '#save-trait'));
      await drop(page, [{ name: 'from-anna.safetensors', bytes }]);
      await says(page, '.taken', /^from-anna\.safetensors has the name of “Cover”, which is here already\. Both can stay/);
      await press(page, '.taken .leave-out');
      await says(page, '#teach .message', /from-anna\.safetensors was left out\./);
      await drop(page, [{ name: 'from-anna.safetensors', bytes }]);
      await says(page, '.taken', /Add it as “cover-2”/);
      await press(page, '.taken .add-beside');
      await says(page, '#teach .message', /“Cover \(2\)” is on the page/);
      assert.deepEqual(await page.$$eval('#trait option', (all) => all.map((each) => each.textContent.trim())), ['Cover', 'Cover (2)']);
      await press(page, '#tab-pictures');
      await says(page, '.card [data-task="cover-2"] .mark', /^\(2\)$/); // also where a tile has little room
      await press(page, '#tab-teach');
      await press(page, '#remove-trait');
      await says(page, '.trait-card', /16 labels of 16 pictures/); // one's own is where it was
    });

    test('a worker that is killed while it trains deeper: a sentence, and the training goes on from there', async () => {
      await press(page, '#ask-deeper');
      await page.waitForSelector('#start-deeper', { timeout: 120000 });
      await press(page, '#start-deeper');
      await page.waitForFunction(() => {
        const isTraining = /^Check 2/.test(document.querySelector('.deeper > p:not(.notes)')?.innerText);
        if (isTraining) globalThis.kill(); // at once: a training this small is soon over
        return isTraining;
      }, { polling: 'mutation', timeout: 240000 });
      await says(page, '.deeper .problem', /has died/);
      assert.match(await text(page, '.trait-card'), /16 labels of 16 pictures/);
      await press(page, '#ask-deeper');
      await page.waitForSelector('#start-deeper', { timeout: 120000 });
      await press(page, '#start-deeper');
      await says(page, '.deeper-end', /^(Training deeper won|Quick training stays)/, 240000);
    });

    test('a training goes on while another trait is in sight; each trait has its own depth', async () => {
      await press(page, '#new-trait');
      await page.type('#trait-title', 'Mood');
      await press(page, 'input[value="stars"]');
      await press(page, '#start-trait');
      for (let at = 0; at < 16; at += 1) await judge(page);
      await says(page, '.trait-card', /16 labels of 16 pictures/);
      await page.select('#trait', 'cover');
      await page.select('#depth', 'all');
      await press(page, '#ask-deeper');
      await page.waitForSelector('#start-deeper', { timeout: 120000 });
      await press(page, '#start-deeper');
      await page.waitForSelector('#cancel-deeper');
      await page.select('#trait', 'mood');
      assert.equal(await page.$eval('#depth', (each) => each.value), 'last', 'the depth of the other one');
      await page.select('#depth', 'all');
      await press(page, '#ask-deeper');
      await page.select('#trait', 'cover');
      await page.evaluate(() => document.getElementById('cancel-deeper')?.click()); // on a fast machine it has ended
      await says(page, '.deeper-end', /^(Cancelled\.|Training deeper won|Quick training stays)/, 20000);
      assert.equal(await page.$eval('#depth', (each) => each.value), 'all');
      await page.select('#trait', 'mood');
      await press(page, '#remove-trait');
    });

    test('a lesson that is cancelled at any stage leaves what was there', async () => {
      const found = await page.evaluate(async (files) => {
        const { Scorer: Library } = await import('/percept.js');
        const scorer = await Library.load('/model/', { threads: 1 });
        const pictures = files.map(({ base64, stars }, at) => ({ name: String(at), stars, source: new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))]) }));
        const lesson = { id: 'own', kind: 'score', scale: [1, 5], pictures, labels: pictures.map(({ stars }, picture) => ({ picture, label: stars })), depth: { last: 1 }, epochs: 2, folds: 2, rank: 4 };
        const bytesOf = async () => (await scorer.traits.find(({ task }) => task.id === 'own').toFile()).join();
        await scorer.teach({ ...lesson, depth: 'head', labels: lesson.labels.slice(0, 12) });
        const before = await bytesOf();
        const codes = [];
        for (const phase of ['looking', 'fitting', 'training']) {
          const controller = new AbortController();
          codes.push(await scorer.teach(lesson, { signal: controller.signal, onProgress: (progress) => { if (progress.phase === phase) controller.abort(); } }).then(() => 'taught', (error) => error.code));
          codes.push(await bytesOf() === before);
        }
        const told = [];
        const taught = await scorer.teach({ ...lesson, depth: 'head' }, { onProgress: ({ predictions }) => { if (predictions) told.push(predictions.join()); } });
        codes.push(told.length === 1 && told[0] === taught.predictions.join());
        scorer.dispose();
        return codes;
      }, PICTURES.map(({ name: own, bytes }) => ({ base64: bytes.toString('base64'), stars: starsOf(own) })));
      assert.deepEqual(found, ['aborted', true, 'aborted', true, 'aborted', true, true]);
    });
  });
}
