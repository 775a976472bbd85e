/** How far scores may be off: the same interval in every place and in both languages, for each task that tells one; and nothing claimed for one that does not. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, drop, press, servePage } from '../support/browsers.mjs';
import { countingKeys, picturesToChoose } from '../support/choosing.mjs';
import { choose, saved } from '../support/page-controls.mjs';
import { INTERVALS, makeSeededModel } from '../support/seeded-model.mjs';
import { runAfresh, useBrowser } from '../support/set-up.mjs';

const text = (page, selector) => page.$eval(selector, (each) => each.textContent.replace(/\s+/g, ' '));

/** What the two languages say. */
const SAYS = {
  en: {
    between: (low, high) => `${low} to ${high}`, spoken: (between) => `90 % interval ${between}`, means: 'for 90 % of 184 pictures that it had not learnt from, the truth lay in such a range',
    compare: /That is (?:no )?more than the likely errors of both scores together\./g, faint: 'the score itself may be off by as much', faintUnknown: 'a twentieth of the scale',
    off: /Beauty: for 90 % of 184 pictures .* from 2\.00 below the score to 3\.00 above it/, unknown: 'how far it may be off is not known', compareUnknown: 'How far the two scores may be off is not known.', noneStands: 'No part stands out: none moves the score by more than',
  },
  ja: {
    between: (low, high) => `${low}〜${high}`, spoken: (between) => `90 % 区間 ${between}`, means: '学習に使わなかった 184 枚のうち 90 % で、本当の値がこの幅に入りました',
    compare: /両方のスコアの見込まれる誤差を合わせた(?:範囲内です|大きさを超えています)。/g, faint: 'スコアそのものが、同じくらい外れることがあります', faintUnknown: '尺度の 20 分の 1',
    off: /Beauty：学習に使わなかった 184 枚のうち 90 % で、本当の値はスコアの −2\.00〜\+3\.00/, unknown: 'どれほど外れうるかは分かっていません', compareUnknown: '高いです。2 つのスコアがどれほど外れうるかは分かっていません。', noneStands: '目立って効く部分はありません。',
  },
};

let models;
let server;
before(async () => {
  models = { with: await makeSeededModel('q8', { intervals: true }), without: await makeSeededModel() };
  server = await servePage([{ prefix: '/with/', folder: models.with.folder }, { prefix: '/without/', folder: models.without.folder }]);
});
after(async () => {
  server.close();
  for (const model of Object.values(models)) await model.remove();
});

/** The interval of beauty, whose scores keep to their scale. @param {number} value */
function beautyAround(value) {
  const { below, above } = INTERVALS.beauty;
  return [Math.max(0, value - below).toFixed(1), Math.min(10, value + above).toFixed(1)];
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    for (const [language, says] of Object.entries(SAYS)) {
      test(`tiles, results, comparison, explanation, report and table have it (${language})`, () => runAfresh(session, `${server.origin}/?model=/with/&samples=none&lang=${language}`, async (page) => {
        await drop3(page);
        const value = Number(await page.$eval('.card .line[data-task="beauty"] data', (each) => each.value));
        const between = says.between(...beautyAround(value));

        const tile = await page.$eval('.card', (each) => ({ label: each.querySelector('.open').ariaLabel, drawn: [...each.querySelectorAll('.line')].map((line) => [line.dataset.task, line.querySelector('.meter .error') !== null]) }));
        assert.ok(tile.label.includes(says.spoken(between)), `${tile.label} lacks ${between}`);
        assert.deepEqual(tile.drawn.filter(([, is]) => is).map(([task]) => task), ['quality', 'beauty']);

        await press(page, '.card .open');
        const result = await text(page, '#detail .result[data-task="beauty"]');
        assert.ok(result.includes(between) && result.includes(says.means), result);
        await press(page, '#detail [data-layer="explain:beauty"]');
        await page.waitForSelector('#detail svg.overlay rect.raises, #detail svg.overlay rect.lowers');
        assert.ok((await text(page, '#detail .stage')).includes(says.faint));
        assert.ok((await text(page, '#detail .stage')).includes(says.noneStands));
        const strengths = await page.$$eval('#detail svg.overlay rect', (all) => all.map((each) => Number(each.style.getPropertyValue('--strength'))));
        const most = Math.max(...strengths);
        assert.ok(most > 0.15 && most <= 0.2, `nothing here moves beauty by 2.5, and all stays faint: ${most}`);

        await countingKeys(page).press('Escape', 'c');
        await page.waitForSelector('#comparison[open]');
        assert.ok((await text(page, '#comparison .compared')).includes(between));
        assert.equal((await text(page, '#comparison .differences')).match(says.compare).length, 2, 'of two tasks that answer with a number');
        await page.keyboard.press('Escape');

        await press(page, '#tab-reports');
        const table = await saved(page, () => press(page, '#save-csv'));
        const [head, first] = table.text.split('\n').map((line) => line.split(','));
        const cell = (column) => Number(first[head.indexOf(column)]);
        assert.deepEqual([cell('beauty.low').toFixed(1), cell('beauty.high').toFixed(1)], beautyAround(cell('beauty')));
        assert.ok(cell('quality.low') < cell('quality') && cell('quality') < cell('quality.high'));
        await press(page, '#tab-pictures');
        await choose(page, '#by-task', 'beauty');
        await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
        const printed = await text(page, '#report');
        assert.match(printed, says.off);
        assert.ok((await text(page, '#report .ends')).includes(between.slice(0, 3)), printed);
      }));

      test(`a model that tells none says so, and draws none (${language})`, () => runAfresh(session, `${server.origin}/?model=/without/&samples=none&lang=${language}`, async (page) => {
        await drop3(page);
        assert.equal(await page.$('.meter .error'), null);
        await press(page, '.card .open');
        assert.ok((await text(page, '#detail .result[data-task="beauty"]')).includes(says.unknown));
        assert.equal(await page.$('#detail .spread'), null);
        await press(page, '#detail [data-layer="explain:beauty"]');
        await page.waitForSelector('#detail svg.overlay rect.raises, #detail svg.overlay rect.lowers');
        assert.ok((await text(page, '#detail .stage')).includes(says.faintUnknown));
        await countingKeys(page).press('Escape', 'c');
        await page.waitForSelector('#comparison[open]');
        assert.ok((await text(page, '#comparison .differences')).includes(says.compareUnknown), 'of one that has a single view');
      }));
    }
  });
}

async function drop3(page) {
  await drop(page, picturesToChoose(3));
  await page.waitForFunction(() => document.querySelectorAll('.card[data-state="scored"]').length === 3 && document.getElementById('open-best'), { timeout: 120000 });
}
