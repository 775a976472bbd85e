/** `npx percept FOLDER`: the packed package, installed offline into an empty folder, opens the page with a model, without a checkout. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard } from '../support/browsers.mjs';
import { packPackage } from '../support/packed.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { scoreInNode, useBrowser } from '../support/set-up.mjs';

const run = promisify(execFile);

let model;
let work;
let served;
let address;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-packed-'));
  const packed = await packPackage(work);
  await writeFile(join(work, 'package.json'), '{"private": true}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', packed.path], { cwd: work });
  served = spawn(join(work, 'node_modules/.bin/percept'), [model.folder, '--port', '0'], { cwd: work, env: { PATH: process.env.PATH } });
  const [said] = await once(served.stdout, 'data');
  [address] = /http:\S+/.exec(String(said));
});
after(async () => {
  served.kill();
  await model.remove();
  await rm(work, { recursive: true });
});

test('npx finds it, and it says what it wants', async () => {
  const { stdout } = await run('npx', ['--offline', 'percept', '--help'], { cwd: work });
  assert.match(stdout, /^npx percept FOLDER/);
  for (const [given, sentence] of [[[], /which folder/], [['nowhere'], /There is no folder/], [['.'], /has no model\.json/], [[model.folder, '--port', 'x'], /no port 'x'/]]) {
    await assert.rejects(run(join(work, 'node_modules/.bin/percept'), given, { cwd: work }), ({ code, stderr }) => code === 2 && sentence.test(stderr));
  }
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('the page opens with the model, scores as the project does, and has what comes later', async () => {
      const { page, problems } = await openPage(session.browser, `${new URL(address).origin}/`);
      assert.match(page.url(), /[?&]model=(\/|%2F)model/);
      await drop(page, [{ name: 'good.jpg', bytes: GOOD_JPEG }]);
      const card = await readCard(page, 'good.jpg');
      const expected = await scoreInNode(model.folder);
      assert.equal(card.values.beauty, expected.scores.beauty.value);
      await page.waitForSelector('#open-best');
      await press(page, '#show-keys');
      await page.waitForSelector('#keys-dialog[open]');
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
