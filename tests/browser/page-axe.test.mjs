/**
 * Every view and dialog of the page before axe: in both languages, and in Chromium also dark and in forced colours, which no language changes.
 *
 *   PERCEPT_SCREENSHOTS=FOLDER node --test tests/browser/page-axe.test.mjs      also draws each of them, to be looked at
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { violations } from '../support/axe.mjs';
import { BROWSERS, drop, press } from '../support/browsers.mjs';
import { picturesToChoose } from '../support/choosing.mjs';
import { runAfresh, useBrowser, useSeededSite } from '../support/set-up.mjs';

const SCREENSHOTS = process.env.PERCEPT_SCREENSHOTS;
const LANGUAGES = ['en', 'ja'];
const MODES = {
  light: [{ name: 'prefers-color-scheme', value: 'light' }],
  dark: [{ name: 'prefers-color-scheme', value: 'dark' }],
  forced: [{ name: 'prefers-color-scheme', value: 'dark' }, { name: 'forced-colors', value: 'active' }],
};
/** Another mode changes colours alone. */
const COLOURS = { runOnly: ['color-contrast', 'link-in-text-block'] };
/** A sheet of paper has no landmarks. */
const ON_PAPER = { rules: { 'landmark-one-main': { enabled: false }, region: { enabled: false } } };
const STILL = { name: 'prefers-reduced-motion', value: 'reduce' };

/** Ten differ, and two come a second time; one cannot be read. */
const PICTURES = [...picturesToChoose(10, [2, 5]), { name: 'bad.jpg', bytes: Buffer.from('no picture') }];

const site = useSeededSite('q8', { intervals: true });
before(() => SCREENSHOTS && mkdir(SCREENSHOTS, { recursive: true }));

/** Shows the page in one of the modes. @param {import('puppeteer-core').CDPSession} inspector of the page: its modes end with it @param {'screen' | 'print'} media */
async function appear(page, inspector, mode, media = 'screen') {
  const features = [...MODES[mode], STILL];
  await inspector.send('Emulation.setEmulatedMedia', { media, features });
  const queries = [media, ...features.map(({ name, value }) => `(${name}: ${value})`)];
  assert.deepEqual(await page.evaluate((all) => all.filter((each) => !matchMedia(each).matches), queries), [], 'the browser shows the mode');
}

const soon = (page, selector) => page.waitForSelector(selector, { timeout: 60000 });
const nowhere = (page) => page.evaluate(() => document.activeElement.blur());

/** Goes through all that the page can show. @param {(view: string) => Promise<void>} look called in each */
async function walk(page, look) {
  await soon(page, '#guide:not([hidden])');
  await look('empty');
  await drop(page, PICTURES);
  await page.waitForFunction((count) => document.querySelectorAll('.card[data-state]').length === count && !document.getElementById('idle').hidden, { timeout: 120000 }, PICTURES.length);
  await soon(page, '#open-best');
  await look('pictures');
  await page.select('#group', 'similar');
  await soon(page, '.best-of');
  await look('groups');
  await page.select('#group', 'none');
  for (const drawer of ['best', 'filter', 'order']) {
    await press(page, `#open-${drawer}`);
    await look(drawer);
    await press(page, `#open-${drawer}`);
  }
  await page.$$eval('.card[data-state="scored"] .pick', (all) => all.slice(0, 3).forEach((each) => each.click()));
  await nowhere(page);
  for (const key of ['4', 'p']) await page.keyboard.press(key);
  await look('selected');
  await page.keyboard.press('c');
  await soon(page, '#comparison[open]');
  await look('side by side');
  await page.keyboard.press('z');
  await look('side by side at 100 %');
  await page.keyboard.press('Escape');
  await nowhere(page);
  await page.keyboard.press('e');
  await soon(page, '#save-dialog[open]');
  await look('save');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await soon(page, '#keys-dialog[open]');
  await look('keys');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Delete');
  await press(page, '.card[data-state="scored"] .open');
  await soon(page, '#detail .filmstrip');
  await look('one picture');
  await press(page, '[data-layer="map:quality"]');
  await look('map');
  await press(page, '[data-layer="explain:quality"]');
  await soon(page, '#detail .overlay :is(.raises, .lowers)');
  await look('explanation');
  await nowhere(page);
  await page.keyboard.press('i');
  await soon(page, '#detail .histogram rect');
  await page.keyboard.press('z');
  await look('facts, at 100 %');
  await page.keyboard.press('Escape');
  await press(page, '.card[data-state="failed"] .open');
  await look('one that failed');
  await page.keyboard.press('Escape');
  await nowhere(page);
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement.id === 'judgements-stage', { timeout: 30000 });
  await look('judging');
  for (const key of ['1', '5', '3', '2', '4', '1']) await page.keyboard.press(key);
  await soon(page, '.scatter circle');
  await look('judgements');
  await press(page, '#tab-teach');
  await look('a new trait');
  await page.type('#trait-title', 'Cover?');
  await press(page, 'input[name="way"][value="stars"]');
  await press(page, '#start-trait');
  await soon(page, '#teach-stage');
  await look('teaching');
  await press(page, '#tab-reports');
  await soon(page, '.pilot');
  await look('reports');
  await press(page, '#tab-model');
  await look('model');
  await press(page, '#tab-privacy');
  await page.$$eval('#privacy details', (all) => all.forEach((each) => { each.open = true; }));
  await look('privacy');
  await press(page, '#tab-reports');
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await soon(page, '#report article');
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    for (const language of LANGUAGES) {
      const modes = name === 'chromium' && language === 'en' ? Object.keys(MODES) : ['light'];
      test(`axe finds nothing: ${modes.join(', ')}, ${language}`, () => runAfresh(session, `${site.origin}/?model=/model/&samples=none&lang=${language}`, async (page) => {
        const inspector = name === 'chromium' && await page.createCDPSession();
        const found = [];
        const check = async (view) => {
          for (const mode of modes) {
            if (inspector) await appear(page, inspector, mode);
            found.push(...(await violations(page, undefined, mode === modes[0] ? {} : COLOURS)).map((each) => `${view}, ${mode}: ${each}`));
            if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${language}-${view.replaceAll(/\W+/g, '-')}-${mode}.png`) });
          }
        };
        await walk(page, check);
        if (inspector) {
          await appear(page, inspector, 'light', 'print');
          found.push(...(await violations(page, undefined, ON_PAPER)).map((each) => `report on paper: ${each}`));
          if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${language}-report.png`), fullPage: true });
        }
        assert.deepEqual(found, []);
      }));
    }
  });
}
