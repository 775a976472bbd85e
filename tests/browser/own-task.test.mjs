/**
 * A task of one's own, from people's labels to the page: labels.csv in words, by several raters, adapt.py, convert.mjs,
 * and the class and its evidence on a card in Chromium. It needs PyTorch, as tests/js/train.test.mjs does.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BROWSERS, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { findPython } from '../support/python.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const { python, skip } = findPython(['numpy', 'PIL', 'torch']);

let work;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-own-'));
});
after(() => rm(work, { recursive: true }));

const runPython = (...args) => run(python, ['-B', ...args], { cwd: ROOT });

/** Each rater's scores as two words, parted at that rater's own middle; the classes are told apart by warmth. */
function inWords(csv) {
  const rows = csv.trim().split(/\r?\n/).slice(1).map((line) => line.split(','));
  const middle = (rater) => {
    const own = rows.filter((row) => row[2] === rater).map((row) => Number(row[1])).sort((a, b) => a - b);
    return own[Math.floor(own.length / 2)];
  };
  return ['image,label,rater', ...rows.map(([image, label, rater]) => `${image},${Number(label) < middle(rater) ? 'cold' : 'warm'},${rater}`)].join('\n');
}

test('labels in words become a class on the page, with the figures of what was held out', { skip }, async () => {
  await runPython('tests/train/make_labelled.py', work);
  const labels = join(work, 'words.csv');
  await writeFile(labels, inWords(await readFile(join(work, 'labels.csv'), 'utf8')));
  const out = join(work, 'mood');
  await runPython('build_scripts/train/adapt.py', '--base', join(work, 'trunk'), '--labels', labels, '--images', join(work, 'pictures'),
    '--out', out, '--epochs', '2', '--folds', '2');
  const report = JSON.parse(await readFile(join(out, 'report.json')));
  assert.deepEqual(report.classes, ['cold', 'warm']);
  assert.ok(report.held_out.accuracy.value > 0.8, `accuracy ${report.held_out.accuracy.value}`);
  assert.ok(report.agreement.mean > 0.5);
  const model = join(work, 'model');
  await run(process.execPath, [join(ROOT, 'build_scripts', 'convert.mjs'), join(out, 'recipe.json'), '--outdir', model]);

  const server = await servePage([{ prefix: '/own/', folder: model }]);
  const browser = await BROWSERS.chromium();
  try {
    const { page, problems } = await openPage(browser, `${server.origin}/?model=/own/&samples=none`);
    const name = '0.png';
    await drop(page, [{ name, bytes: await readFile(join(work, 'pictures', name)) }]);
    const card = await readCard(page, name);
    assert.equal(card.state, 'scored', card.text);
    assert.match(card.text, /Mood\s+(cold|warm)/);
    await press(page, '.card .open');
    const shown = await page.evaluate(() => document.body.textContent);
    assert.match(shown, new RegExp(`accuracy ${report.held_out.accuracy.value.toFixed(2)} \\[`));
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    server.close();
  }
});
