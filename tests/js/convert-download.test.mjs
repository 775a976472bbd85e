/** Downloads against a local server: resumed, checked, and the whole way from a recipe's address to a model folder. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { fetchFile } from '../../build_scripts/download/fetch-file.mjs';
import { writeAdapterFolder, writeHead } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { DOWNLOADS, fixture, shrunkRecipe, sizes } from '../support/layout-parity.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const CONTENTS = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));
const SHA256 = createHash('sha256').update(CONTENTS).digest('hex');

/** A server that answers as `handle` says, on a free port of this machine. */
async function serve(t, handle) {
  const server = createServer(handle);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Answers with CONTENTS, or with the part of it that is asked for. */
function answer(request, response, contents = CONTENTS) {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= contents.length) { response.writeHead(416).end(); return; }
  const headers = { 'content-length': contents.length - start };
  if (start > 0) headers['content-range'] = `bytes ${start}-${contents.length - 1}/${contents.length}`;
  response.writeHead(start > 0 ? 206 : 200, headers).end(contents.subarray(start));
}

function quiet() {
  const lines = [];
  const begun = [];
  return { lines, begun, begin: (have) => begun.push(have), add() {}, say: (line) => lines.push(line) };
}

async function prepare(t, handle) {
  const path = join(await temporaryFolder(t), 'inner/file.pth');
  return { path, url: `${await serve(t, handle)}/file.pth` };
}

test('fetches a file and checks its hash', async (t) => {
  const file = { ...await prepare(t, (request, response) => answer(request, response)), sha256: SHA256 };
  assert.equal(await fetchFile(file, quiet()), true);
  assert.deepEqual(await readFile(file.path), CONTENTS);
  assert.equal(await fetchFile(file, quiet()), false, 'it is there already');
  await writeFile(file.path, 'other');
  await assertRefused(fetchFile(file, quiet()), 'BAD_FILE', /not what the recipe describes/);
});

test('asks for the file as it is: compressed on the way it has another size', async (t) => {
  const file = await prepare(t, (request, response) => {
    if (!/gzip/.test(request.headers['accept-encoding'])) { answer(request, response); return; }
    const packed = gzipSync(CONTENTS);
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
  });
  await fetchFile(file, quiet());
  assert.deepEqual(await readFile(file.path), CONTENTS);
});

test('continues a part that was left behind', async (t) => {
  const file = { ...await prepare(t, (request, response) => answer(request, response)), sha256: SHA256 };
  await mkdir(join(file.path, '..'));
  await writeFile(`${file.path}.part`, CONTENTS.subarray(0, 123_456));
  const progress = quiet();
  await fetchFile(file, progress);
  assert.deepEqual(progress.begun, [123_456]);
  assert.deepEqual(await readFile(file.path), CONTENTS);
});

test('continues after the connection breaks', async (t) => {
  let requests = 0;
  const file = { ...await prepare(t, (request, response) => {
    requests += 1;
    if (requests > 1) { answer(request, response); return; }
    response.writeHead(200, { 'content-length': CONTENTS.length });
    response.write(CONTENTS.subarray(0, 100_000), () => response.destroy());
  }), sha256: SHA256 };
  const progress = quiet();
  await fetchFile(file, progress);
  assert.equal(requests, 2);
  assert.ok(progress.begun[1] > 0, 'it began anew');
  assert.deepEqual(await readFile(file.path), CONTENTS);
});

test('begins anew where a server knows no ranges', async (t) => {
  const file = { ...await prepare(t, (_, response) => response.writeHead(200).end(CONTENTS)), sha256: SHA256 };
  await mkdir(join(file.path, '..'));
  await writeFile(`${file.path}.part`, 'something else');
  await fetchFile(file, quiet());
  assert.deepEqual(await readFile(file.path), CONTENTS);
});

test('a wrong file is removed', async (t) => {
  const file = { ...await prepare(t, (request, response) => answer(request, response)), sha256: '0'.repeat(64) };
  await assertRefused(fetchFile(file, quiet()), 'BAD_FILE', /not what was published/);
  assert.equal(existsSync(file.path) || existsSync(`${file.path}.part`), false);
});

test('the publisher\'s hash is taken from before the redirect', async (t) => {
  for (const [hash, isRight] of [[SHA256, true], ['1'.repeat(64), false]]) {
    const file = await prepare(t, (request, response) => {
      if (request.url !== '/file.pth') { answer(request, response); return; }
      response.writeHead(302, { location: '/storage', 'x-linked-etag': `"${hash}"`, 'x-linked-size': CONTENTS.length }).end();
    });
    const progress = quiet();
    if (isRight) await fetchFile(file, progress);
    else await assertRefused(fetchFile(file, progress), 'BAD_FILE', /1111/);
    assert.deepEqual(progress.lines, []);
  }
});

test('says when nothing but the size could be checked', async (t) => {
  const file = await prepare(t, (request, response) => answer(request, response));
  const progress = quiet();
  await fetchFile(file, progress);
  assert.match(progress.lines.join(), /only its size was checked/);
});

test('says when the file is not there', async (t) => {
  const file = await prepare(t, (_, response) => response.writeHead(404).end());
  await assertRefused(fetchFile(file, quiet()), 'NOT_FOUND', /status 404.*check the address/);
});

test('a part that is whole, too long or of a smaller file is judged by the file\'s size', async (t) => {
  const handle = (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start >= CONTENTS.length) response.writeHead(416, { 'content-range': `bytes */${CONTENTS.length}` }).end();
    else answer(request, response);
  };
  for (const [length, isRight] of [[CONTENTS.length, true], [CONTENTS.length + 500, false]]) {
    const file = await prepare(t, handle);
    await mkdir(join(file.path, '..'));
    await writeFile(`${file.path}.part`, Buffer.concat([CONTENTS, Buffer.alloc(500)]).subarray(0, length));
    if (isRight) assert.equal(await fetchFile(file, quiet()), true);
    else await assertRefused(fetchFile(file, quiet()), 'BAD_FILE', /not what was published/);
  }
  const larger = { ...await prepare(t, handle), bytes: 2 * CONTENTS.length };
  await mkdir(join(larger.path, '..'));
  await writeFile(`${larger.path}.part`, CONTENTS);
  await assertRefused(fetchFile(larger, quiet()), 'NOT_FOUND', /ended after 300000 of 600000/);
});

test('what goes on for ever, or leads away, or says nothing, is given up at once', async (t) => {
  const handlers = {
    'more than the 300000 bytes': (_, response) => {
      const pour = () => { while (!response.destroyed && response.write(CONTENTS)); };
      response.on('drain', pour);
      pour();
    },
    'redirects to file: addresses': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'which is no address': (_, response) => response.writeHead(302, { location: 'http://[' }).end(),
    'status 204': (_, response) => response.writeHead(204).end(),
  };
  for (const [message, handle] of Object.entries(handlers)) {
    const file = { ...await prepare(t, handle), bytes: CONTENTS.length };
    const progress = quiet();
    await assertRefused(fetchFile(file, progress), 'NOT_FOUND', new RegExp(message));
    assert.deepEqual(progress.lines, []);
  }
  const folder = await temporaryFolder(t);
  await assertRefused(fetchFile({ path: folder, url: 'http://localhost/' }, quiet()), 'BAD_FILE', /is a folder/);
});

test('a recipe gets files into its own folder alone', async (t) => {
  const folder = await localTwin(t, 'clip-b32', DOWNLOADS['clip-b32']);
  const path = join(folder, 'recipe.json');
  const recipe = await readFile(path, 'utf8');
  for (const wrong of ['../elsewhere/x.bin', '/tmp/percept-elsewhere/x.bin', '.']) {
    await writeFile(path, JSON.stringify({ ...JSON.parse(recipe), downloads: [{ ...JSON.parse(recipe).downloads[0], path: wrong }] }));
    await assert.rejects(run(process.execPath, [join(ROOT, 'build_scripts/download.mjs'), path]), /BAD_RECIPE: .*outside of the recipe's folder/);
  }
});

/** What the template leaves to its user. */
async function writeOwnAdapter(folder) {
  await writeAdapterFolder(folder, sizes, { targets: ['q_proj', 'v_proj'], rank: 4, alpha: 8 }, 1);
  await writeHead(join(folder, 'head.safetensors'), sizes.embedding, [4, 1], 1);
}

test('wrong use of the command ends with 2', async () => {
  await assert.rejects(run(process.execPath, [join(ROOT, 'build_scripts/download.mjs')]), ({ code, stderr }) => code === 2 && /^Usage: /.test(stderr));
});

/** A published recipe's twin: its words with tiny files and this server's addresses. */
async function localTwin(t, name, files) {
  const folder = await temporaryFolder(t);
  const recipe = await shrunkRecipe(name);
  const origin = await serve(t, async (request, response) => answer(request, response, await readFile(fixture(request.url.slice(1)))));
  recipe.downloads.forEach((download, index) => {
    assert.ok(download.url.startsWith('https://'));
    download.url = `${origin}/${files[index]}`;
    delete download.sha256;
    delete download.bytes;
  });
  const local = JSON.parse(JSON.stringify(recipe).replaceAll('../../build/downloads/', 'downloads/'));
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(local));
  if (name === 'template-peft') await writeOwnAdapter(join(folder, 'my-adapter'));
  return folder;
}

for (const [name, shards] of [['perceptclip-l14', [1, 1, 1]], ['laion-aesthetic-l14', [1, 1]], ['clip-b32', [0]], ['clip-l14', [0]], ['template-peft', [1]]]) {
  test(`weights/recipes/${name}.json: from the address to the model folder`, async (t) => {
    const folder = await localTwin(t, name, DOWNLOADS[name]);
    await run(process.execPath, [join(ROOT, 'build_scripts/download.mjs'), join(folder, 'recipe.json')]);
    await run(process.execPath, [join(ROOT, 'build_scripts/convert.mjs'), join(folder, 'recipe.json'), '--outdir', join(folder, 'out')]);
    const manifest = JSON.parse(await readFile(join(folder, 'out/model.json')));
    assert.deepEqual(manifest.tasks.map((task) => task.shards.length), shards);
    assert.equal(manifest.tower.activation, 'quick_gelu');
    assert.match(manifest.license, name.startsWith('clip') ? /^MIT$/ : /none stated/);
    for (const { about } of manifest.tasks) assert.ok(about.not_for && about.trained_on);
  });
}
