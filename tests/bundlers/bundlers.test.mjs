/**
 * The package, as npm packs it, in applications that each bundler makes with its own defaults: built and served, or from its
 * development server, in a real browser. `make test-bundlers`; npm installs the bundlers into build/bundlers.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, servePlainly } from '../support/browsers.mjs';
import { packPackage, unpackInto } from '../support/packed.mjs';
import { scoreInNode } from '../support/set-up.mjs';
import { APPLICATIONS } from './applications.mjs';
import { startServer } from './dev-server.mjs';
import { PATIENCE, install } from './install.mjs';
import { isolated } from './isolated.mjs';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = join(project, 'weights/demo');
const ENVIRONMENT = { ...process.env, CI: '1', NEXT_TELEMETRY_DISABLED: '1' };

let work;
let archive;
let browser;
let expected;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-bundlers-'));
  ({ path: archive } = await packPackage(work));
  browser = await BROWSERS.chromium();
  expected = (await scoreInNode(DEMO, { threads: 1 })).scores.quality.value;
});
after(async () => {
  await browser?.close();
  await rm(work, { recursive: true });
});

/** A fresh application: its files, the packed library, a model and a picture where a host has its static files. */
async function prepare(application, folder) {
  for (const made of ['dist', 'public', '.next', '.parcel-cache', 'node_modules/.vite', 'node_modules/percept']) {
    await rm(join(folder, made), { recursive: true, force: true, maxRetries: 10, retryDelay: 500 }); // the server of the row before may still write as it ends
  }
  await unpackInto(archive, folder);
  for (const [path, text] of Object.entries(application.files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await cp(DEMO, join(folder, 'public/weights/demo'), { recursive: true });
  await writeFile(join(folder, 'public/good.jpg'), GOOD_JPEG);
}

/** The application says its score, or what went wrong, in its title. */
async function titleOf(url) {
  const page = await browser.newPage();
  const seen = [];
  page.on('console', (message) => seen.push(message.text()));
  page.on('pageerror', (error) => seen.push(error.message));
  try {
    await page.goto(url, { timeout: PATIENCE, waitUntil: 'domcontentloaded' });
    await page.waitForFunction("/^(scored|failed)/.test(document.title)", { timeout: PATIENCE })
      .catch((error) => { throw new Error(`${error.message} ${seen.join('; ')}`); });
    return await page.title();
  } finally {
    await page.close();
  }
}

/** @param {string} command @param {string} cwd */
async function shell(command, cwd) {
  await run('sh', ['-c', command], { cwd, env: ENVIRONMENT, timeout: PATIENCE }).catch(({ killed, stdout, stderr }) => {
    throw new Error(`'${command}' ${killed ? `took more than ${PATIENCE / 1000} seconds` : 'failed'}: ${stderr}${stdout}`);
  });
}

/** What the application says on a host that knows nothing of isolation, and on one that isolates it. @param {string} url */
async function titlesOf(url) {
  const behind = await isolated(url);
  try {
    return [await titleOf(url), await titleOf(`${behind.origin}/`)];
  } finally {
    behind.close();
  }
}

async function built(folder, { build, out }) {
  await shell(build, folder);
  const server = await servePlainly([{ prefix: '/', folder: join(folder, out) }]); // Parcel puts a script into the page, which our own server's policy forbids
  try {
    return await titlesOf(`${server.origin}/`);
  } finally {
    server.close();
  }
}

/** @param {string} command what serves the application, and says where */
async function served(folder, command) {
  const server = await startServer(command, { cwd: folder, env: ENVIRONMENT, patience: PATIENCE });
  try {
    return await titlesOf(server.url);
  } finally {
    server.stop();
  }
}

for (const application of APPLICATIONS) {
  test(application.title, { timeout: 3 * PATIENCE }, async (t) => {
    const { folder, skip } = await install(application.name, application.tools);
    if (skip) {
      t.skip(skip);
      return;
    }
    await prepare(application, folder);
    if (application.build && application.start) await shell(application.build, folder);
    const titles = application.start ? await served(folder, application.start) : await built(folder, application);
    assert.deepEqual(titles, [`scored ${expected} on 1 thread`, `scored ${expected} on 2 threads`]);
  });
}
