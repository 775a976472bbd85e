/** Words of strangers stay text: a manifest's, names of files, other people's results and labels, on the page and in the element. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { STRICT, give, serveElement } from '../support/component-pages.mjs';
import { useBrowser } from '../support/set-up.mjs';

const MARKUP = '<img src=x onerror="document.title=\'let in\'"><script>document.title="let in"</script><a href="javascript:document.title=1">a</a>';
/** Right-to-left overrides and isolates, placeholders like those of our own sentences, and one word of great length. */
const words = (where) => `${where} ${MARKUP} \u202Etxet\u2066 {name} {count?a:b} $& ${'W'.repeat(3000)}`;
/** Without what browsers change in a file's name, or the disk does not take. */
const fileName = (where) => `${where} ${MARKUP.replaceAll('/', '')} \u202Egpj.jpg`;
const IDS = ['first', 'second', 'third'];
const FOLDER = words('folder').replaceAll('/', '|');

let work;
let server;
let host;
let elsewhere;
let firstLabel;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-escaping-'));
  elsewhere = await serveElement({ pages: { '/x.jpg': 'not to be asked for' } });
  await cp(fileURLToPath(new URL('../golden/vectors/q8', import.meta.url)), join(work, 'model'), { recursive: true });
  const manifest = JSON.parse(await readFile(join(work, 'model', 'model.json'), 'utf8'));
  [firstLabel] = manifest.tasks[1].output.labels;
  await writeFile(join(work, 'model', 'model.json'), JSON.stringify(hostile(manifest)));
  await cp(fileURLToPath(new URL('../golden/pictures/jpeg-420.jpg', import.meta.url)), join(work, 'samples', 'good.jpg'));
  const files = ['good.jpg', `${elsewhere.origin}/x.jpg`, '../x.jpg', ['javascript', 'document.title="let in"'].join(':')];
  await writeFile(join(work, 'samples', 'samples.json'), JSON.stringify({ pictures: files.map((file) => ({ file, title: { en: words(`sample ${file}`) } })) }));
  const mounts = [{ prefix: '/hostile/', folder: join(work, 'model') }, { prefix: '/samples/', folder: join(work, 'samples') }];
  server = await servePage(mounts);
  host = await serveElement({ mounts, headers: { 'Content-Security-Policy': STRICT }, pages: { '/element': '<percept-scorer src="/hostile/" min-first="1e9"></percept-scorer>' } });
});
after(async () => {
  for (const each of [server, host, elsewhere]) each.close();
  await rm(work, { recursive: true });
});

/** The manifest with every text that it may hold replaced. */
function hostile(manifest) {
  const localized = (where) => ({ en: words(where), ja: words(`${where} ja`) });
  const about = (where) => ({ untrained: words(`${where} untrained`), source: `javascript:${words(`${where} source`)}`, evidence: localized(`${where} evidence`), homepage: elsewhere.origin, constructor: words(`${where} topic`) });
  Object.assign(manifest, { name: words('name'), license: words('license'), about: about('model') });
  manifest.report.weight_snr_db = { [words('report')]: 1 };
  manifest.tasks.forEach((task, at) => {
    Object.assign(task, { id: IDS[at], title: localized(`title ${at}`), license: words(`license ${at}`), about: { ...about(`task ${at}`), direction: localized(`direction ${at}`), not_for: words(`not for ${at}`) } });
    if (task.output.kind === 'classes') task.output.labels = task.output.labels.map((label) => words(`label ${label}`));
    if (task.output.kind === 'score') task.output.bands = [{ label: localized(`band ${at}`) }];
  });
  return manifest;
}

/** What other people's files say: of a picture in a folder, of one that failed, and of one that no engine has scored. */
const results = JSON.stringify({
  format: 'percept-results', version: 1, model: { sha256: words('hash') },
  pictures: [
    { image: `${FOLDER}/${words('imported').replaceAll('/', '|')}`, width: 9, height: 9, decoder: MARKUP, scores: { first: { value: 1, standardError: null, raw: [1], views: [[1]] } }, judgements: { first: { label: words('judged'), agreed: true } } },
    { image: words('failed').replaceAll('/', '|'), error: { code: MARKUP, message: words('message') } },
    { image: '__proto__', scores: { ['__proto__']: { value: 1 } }, judgements: {} },
  ],
});
const HASH = createHash('sha256').update(GOOD_JPEG).digest('hex');
const labels = `image,label,rater,sha256,__proto__\n"${words('labelled').replaceAll('"', '""')}",0.3,"${words('rater').replaceAll('"', '""')}",${HASH},1\n__proto__,0.4,constructor,${HASH},1\n`;

/** All that people see or hear, through shadow roots: texts and the attributes that hold words. */
const read = (page) => page.evaluate(() => {
  const parts = [];
  const visit = (root) => {
    parts.push(root.textContent);
    for (const each of root.querySelectorAll('*')) {
      parts.push(...['title', 'aria-label', 'alt', 'value'].map((name) => each.getAttribute(name) ?? ''));
      if (each.shadowRoot) visit(each.shadowRoot);
    }
  };
  visit(document.documentElement);
  return parts.join('\n');
});

/** Nothing became markup, nothing is wider than the window, and nobody was asked for anything. */
async function staysText(page, title) {
  const found = await page.evaluate(() => {
    const wrong = [];
    const visit = (root) => {
      wrong.push(...root.querySelectorAll('body script:not([src="page/from-disk.js"]), [onerror], img[src="x"], iframe'));
      wrong.push(...[...root.querySelectorAll('a[href], form[action]')].filter((each) => new URL(each.href ?? each.action, location).origin !== location.origin));
      for (const each of root.querySelectorAll('*')) if (each.shadowRoot) visit(each.shadowRoot);
    };
    visit(document);
    return { wrong: wrong.map(({ tagName, className }) => `${tagName}.${className}`), polluted: Object.keys(Object.prototype), overflow: document.documentElement.scrollWidth - innerWidth, widest: [...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth).map(({ tagName, className, parentElement }) => `${parentElement.className} > ${tagName}.${className}`).slice(0, 12) };
  });
  assert.deepEqual(found.wrong, []);
  assert.deepEqual(found.polluted, []);
  assert.ok(found.overflow <= 0, `${found.overflow} pixels too wide: ${found.widest.join(', ')}`);
  assert.equal(await page.title(), title);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('on the page: in every panel and dialog, in both languages', async () => {
      const { page, problems, requests } = await openPage(session.browser, `${server.origin}/?model=/hostile/&lang=en`);
      const upload = async (selector, file, content) => {
        await writeFile(join(work, file), content);
        await (await page.$(selector)).uploadFile(join(work, file));
      };
      const shows = async (...wanted) => {
        let text = await read(page);
        for (let tries = 0; tries < 100 && !wanted.every((each) => text.includes(each)); tries += 1) { // it may still be on its way
          await sleep(50);
          text = await read(page);
        }
        for (const each of wanted) assert.ok(text.includes(each), `${each.slice(0, 40)}… is not shown as it is written`);
        await staysText(page, 'Percept');
      };
      const closeDetail = async () => {
        await press(page, '#detail .close');
        await page.waitForSelector('#detail:empty');
      };
      assert.equal((await readCard(page, words('sample good.jpg'))).state, 'scored');
      await shows(words('sample good.jpg'));
      const picture = fileName('picture');
      await drop(page, [{ name: picture, bytes: GOOD_JPEG }, { name: fileName('broken'), bytes: Buffer.from('text') }]);
      assert.deepEqual(Object.keys((await readCard(page, picture)).values), IDS);
      assert.equal((await readCard(page, fileName('broken'))).state, 'failed');
      await shows(picture, words('model untrained'), words('title 0'));

      await press(page, '#tab-reports');
      await page.waitForSelector('#results-file');
      await upload('#results-file', 'results.json', results);
      await page.waitForFunction(() => document.querySelector('#reports .message').textContent !== '');
      await press(page, '#tab-pictures');
      await page.select('#group', 'folder');
      await page.waitForSelector('.group h3');
      await shows(FOLDER, words('imported').replaceAll('/', '|'), words('message'));
      await page.select('#group', 'none');

      const cards = (await page.$$('.card .open')).length;
      for (let at = 0; at < cards; at += 1) {
        await page.evaluate((which) => document.querySelectorAll('.card .open')[which].click(), at);
        await page.waitForSelector('#detail[open] .results');
        await staysText(page, 'Percept');
        await closeDetail();
      }
      await page.evaluate((wanted) => [...document.querySelectorAll('.card')].find((each) => each.querySelector('h3').textContent === wanted).querySelector('.open').click(), picture);
      await shows(words('band 0'), words('direction 0'), words('not for 1'), `javascript:${words('task 2 source')}`, words('task 0 topic'));
      await press(page, '#detail [data-layer="explain:first"]');
      await page.waitForSelector('#detail [data-layer="explain:first"][aria-pressed="true"]');
      await closeDetail();

      await press(page, '#tab-judgements');
      await page.waitForSelector('#rater-files');
      await upload('#rater-files', 'labels.csv', labels);
      await page.waitForSelector('.raters [data-rater]');
      await shows(words('rater'));
      await page.$eval('#rater', (input, value) => {
        input.value = value;
        input.dispatchEvent(new Event('input', { bubbles: true }));
        input.dispatchEvent(new Event('change', { bubbles: true }));
      }, words('me'));

      await press(page, '#tab-model');
      await shows(words('name'), words('license'), words('license 2'), words('model evidence'), elsewhere.origin);
      await press(page, '#tab-privacy');
      await shows();
      await page.evaluate(() => { globalThis.print = () => {}; });
      await press(page, '#tab-reports');
      await page.waitForSelector('#print');
      await press(page, '#print');
      await page.waitForFunction(() => document.querySelector('#report').childElementCount > 0);
      await shows(words('name'), words('title 0'));
      await page.select('#language', 'ja');
      await press(page, '#tab-model');
      await shows(words('model evidence ja'), words('title 1 ja'));
      assert.deepEqual(problems, []);
      assert.deepEqual(requests.map(({ url }) => url).filter((url) => !url.startsWith(`${server.origin}/`) && !/^(blob|data):/.test(url)), []);
      assert.deepEqual(requests.map(({ url }) => new URL(url).pathname).filter((path) => /\/x(\.jpg)?$/.test(path)), []);
      await page.close();
    });

    test('in the element: titles, bands, labels, the file\'s name, and what it says of a limit', async () => {
      const { page, problems } = await openPage(session.browser, `${host.origin}/element`);
      assert.deepEqual(Object.keys((await give(page, { name: fileName('picture'), bytes: GOOD_JPEG })).scores), IDS);
      await page.waitForFunction(() => document.querySelector('percept-scorer').validationMessage !== '');
      const text = await read(page);
      for (const each of [fileName('picture'), words('title 0'), words('title 1'), words('band 0'), words(`label ${firstLabel}`)].map((all) => all.slice(0, 150))) assert.ok(text.includes(each), each);
      await staysText(page, 'Test');
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
