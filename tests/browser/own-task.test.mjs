/**
 * A task of one's own, from people's labels to the page: labels.csv in words, by two raters, teach.mjs, the trait merged into the model's
 * folder, and the class and its evidence on a card in Chromium.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mergeTraits } from '../../build_scripts/traits/open.mjs';
import { BROWSERS, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { bitmap } from '../support/convert-fixtures.mjs';
import { synthetic } from '../support/picture-helpers.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

const TEACH = fileURLToPath(new URL('../../build_scripts/teach.mjs', import.meta.url));
const SIDE = 64;
const COUNT = 24;

let model;
let work;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-own-'));
});
after(async () => {
  await model.remove();
  await rm(work, { recursive: true });
});

/** Every other picture is warm: its reds are raised. */
function pictureOf(at) {
  return synthetic(SIDE, SIDE, 700 + at).map((value, place) => (place % 3 === (at % 2 ? 0 : 2) ? 128 + value / 2 : value / 2));
}

test('labels in words become a class on the page, with the figures of what was held out', async () => {
  const pictures = join(work, 'pictures');
  await mkdir(pictures);
  const rows = ['image,label,rater'];
  for (let at = 0; at < COUNT; at += 1) {
    await writeFile(join(pictures, `${at}.bmp`), bitmap(pictureOf(at), SIDE));
    for (const rater of ['ann', 'bo']) rows.push(`${at}.bmp,${at % 2 ? 'warm' : 'cold'},${rater}`);
  }
  const [labels, trait, report] = ['labels.csv', 'mood.safetensors', 'report.json'].map((name) => join(work, name));
  await writeFile(labels, rows.join('\n'));
  await promisify(execFile)(process.execPath, [TEACH, '--model', model.folder, '--labels', labels, '--images', pictures, '--id', 'mood', '--title', 'Mood', '--out', trait, '--report', report]);
  const { held_out: { head: { accuracy } }, raters } = JSON.parse(await readFile(report));
  assert.ok(accuracy.value > 0.8, `accuracy ${accuracy.value}`);
  assert.deepEqual(raters, { count: 2, agreement: 1 });

  const manifest = JSON.parse(await readFile(join(model.folder, 'model.json')));
  await writeFile(join(model.folder, 'model.json'), JSON.stringify(await mergeTraits(manifest, [trait], model.folder)));
  const server = await servePage([{ prefix: '/own/', folder: model.folder }]);
  const browser = await BROWSERS.chromium();
  try {
    const { page, problems } = await openPage(browser, `${server.origin}/?model=/own/&samples=none`);
    const name = '0.bmp';
    await drop(page, [{ name, bytes: await readFile(join(pictures, name)) }]);
    const card = await readCard(page, name);
    assert.equal(card.state, 'scored', card.text);
    assert.match(card.text, /Mood\s+cold/);
    await press(page, '.card .open');
    const shown = await page.evaluate(() => document.body.textContent);
    assert.match(shown, new RegExp(`right classes ${accuracy.value.toFixed(2)} \\[`));
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    server.close();
  }
});
