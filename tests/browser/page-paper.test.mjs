/** What is printed: the report, whatever was pressed before, with pictures, ranking, verdict, and the model's card on one page. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, drop, press, servePage } from '../support/browsers.mjs';
import { runAfresh, useBrowser } from '../support/set-up.mjs';

const SAMPLES = fileURLToPath(new URL('../../web/samples', import.meta.url));
const FILES = ['house.jpg', 'house-overexposed.jpg', 'lake.jpg', 'lake-blurred.jpg', 'pebbles.jpg', 'pebbles-hazy.jpg', 'spheres.jpg', 'spheres-compressed.jpg', 'spheres-out-of-focus.jpg'];

let server;
let pictures;
before(async () => {
  server = await servePage([]);
  pictures = await Promise.all(FILES.map(async (name) => ({ name, bytes: await readFile(join(SAMPLES, name)) })));
});
after(() => server.close());

/** Pages of a PDF. @param {Uint8Array} pdf */
const pagesOf = (pdf) => Buffer.from(pdf).toString('latin1').match(/\/Type \/Page\b/g).length;

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    for (const language of ['en', 'ja']) {
      /** On a page with all pictures scored. */
      const withReport = (run) => () => runAfresh(session, `${server.origin}/?samples=none&lang=${language}`, async (page) => {
        await drop(page, pictures);
        await page.waitForFunction((count) => !document.getElementById('idle').hidden && document.querySelectorAll('.card[data-state="scored"] img').length === count, { timeout: 120000 }, FILES.length);
        await page.waitForSelector('#report .ranking');
        await run(page);
      });
      const prepare = (page) => page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      /** What is said is a column more. */
      const agree = async (page) => {
        await press(page, '.card .open');
        await press(page, '#detail .agree');
        await page.keyboard.press('Escape');
      };

      test(`Ctrl+P prints the report at any time (${language})`, withReport(async (page) => {
        const printed = async () => {
          await prepare(page);
          return page.evaluate(() => ({
            paths: [...document.querySelectorAll('#report .path')].map((each) => each.textContent.replace(/ \?$/, '')),
            isMarkMeant: [...document.querySelectorAll('#report .path')].some((each) => each.textContent.endsWith(' ?')) === /[“「]\?[”」]/.test(document.getElementById('report').textContent),
            figures: [...document.querySelectorAll('#report .ranking tbody tr')].map((row) => Number(row.querySelector('td').textContent)),
            ends: [...document.querySelectorAll('#report .ends')].map((end) => end.querySelectorAll('img').length),
            missing: [...document.querySelectorAll('#report img')].filter(({ complete, naturalWidth }) => !complete || naturalWidth === 0).length,
            verdict: document.querySelector('#report .verdict').textContent,
            card: document.querySelectorAll('#report .paper-card h3').length,
            head: document.querySelectorAll('#report .ranking thead th').length,
          }));
        };
        const tasks = await page.$$eval('#by-task option', (all) => all.length);
        const plain = await printed();
        assert.deepEqual(plain.paths.slice().sort(), FILES.slice().sort());
        assert.ok(plain.isMarkMeant, 'a mark behind a name is explained, and only then');
        assert.deepEqual(plain.figures, plain.figures.slice().sort((a, b) => b - a), 'a ranking');
        assert.deepEqual({ ends: plain.ends, missing: plain.missing, head: plain.head }, { ends: [4, 4], missing: 0, head: tasks + 1 });
        assert.ok(plain.card >= tasks);
        assert.match(plain.verdict, language === 'en' ? /^Not yet: 0 pictures are judged/ : /評価は 0 枚/);
        await agree(page);
        assert.equal((await printed()).head, tasks + 2, 'what was said since is in it');
      }));

      test(`on paper the card has one page, and many figures leave room for names (${language})`, { skip: name !== 'chromium' && 'its driver does not emulate paper' }, withReport(async (page) => {
        await agree(page);
        await prepare(page);
        await page.emulateMediaType('print');
        const sizes = await page.$eval('.paper-card', (card) => {
          const points = (each) => Number.parseFloat(getComputedStyle(each).fontSize);
          return [...card.querySelectorAll('p, dt, dd, h4')].map((each) => points(each) / points(card));
        });
        assert.deepEqual([...new Set(sizes)], [1], 'the card has letters of one size');
        await page.setViewport({ width: 688, height: 1000 }); // of A4 within its margins
        const room = await page.$eval('#report .dense', (table) => ({
          wide: table.scrollWidth, high: Math.max(...[...table.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)),
          names: Math.min(...[...table.querySelectorAll('.path')].map((each) => each.offsetWidth / Number.parseFloat(getComputedStyle(each).fontSize))),
        }));
        assert.ok(room.wide <= 688 && room.high <= 40 && room.names >= 9, `names have room beside many figures, and a page has many rows: ${JSON.stringify(room)}`);
        const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4' });
        await page.evaluate(() => document.querySelector('.paper-card').remove());
        const withoutCard = await page.pdf({ preferCSSPageSize: true, format: 'A4' });
        if (process.env.PERCEPT_LOOK) {
          await mkdir(process.env.PERCEPT_LOOK, { recursive: true });
          await writeFile(join(process.env.PERCEPT_LOOK, `report-${language}.pdf`), pdf);
        }
        assert.equal(pagesOf(pdf), pagesOf(withoutCard) + 1, 'the card has one page');
      }));
    }
  });
}
