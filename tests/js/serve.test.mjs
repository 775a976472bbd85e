/** build_scripts/serve.mjs over real HTTP. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { listen, serverOf } from '../../build_scripts/serve/server.mjs';
import { SITE } from '../../build_scripts/site/place.mjs';

const DATA = Buffer.from(Uint8Array.from({ length: 1000 }, (_, at) => at % 251));
const SHARD = `base-1-${'0'.repeat(16)}.safetensors`;
let server;
let work;

before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-serve-'));
  await mkdir(join(work, 'open'));
  await writeFile(join(work, 'open', SHARD), DATA);
  await writeFile(join(work, 'open', 'page.html'), '<p>hello</p>'.repeat(100));
  await writeFile(join(work, 'secret.txt'), 'secret');
  await symlink(join(work, 'secret.txt'), join(work, 'open', 'link.txt'));
  server = createPageServer({ mounts: [{ prefix: '/open/', folder: join(work, 'open') }] });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});
after(async () => {
  server.close();
  await rm(work, { recursive: true });
});

/** A request as written, which fetch would tidy up. */
function ask(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.address().port, path, method, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('the page is at /, isolated and under a strict policy', async () => {
  const { status, headers, body } = await ask('/');
  assert.equal(status, 200);
  assert.match(body.toString(), /<title>Percept/);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.match(headers['content-security-policy'], /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/);
  assert.match(headers['content-security-policy'], /require-trusted-types-for 'script'; trusted-types percept default$/);
  assert.doesNotMatch(headers['content-security-policy'], /unsafe-inline|'unsafe-eval'|\*/);
});

test('types are right, and models are below /weights/', async () => {
  const type = async (path) => (await ask(path)).headers['content-type'];
  assert.equal(await type('/engine/wasm/picture.wasm'), 'application/wasm');
  assert.equal(await type('/percept.js'), 'text/javascript; charset=utf-8');
  assert.equal(await type('/weights/model.schema.json'), 'application/json');
  assert.equal(await type(`/open/${SHARD}`), 'application/octet-stream');
});

test('text and WebAssembly are compressed as the client likes', async () => {
  const plain = await readFile(join(SITE, 'app.js'));
  const br = await ask('/app.js', { headers: { 'Accept-Encoding': 'gzip, br' } });
  assert.equal(br.headers['content-encoding'], 'br');
  assert.ok(brotliDecompressSync(br.body).equals(plain));
  const gzip = await ask('/app.js', { headers: { 'Accept-Encoding': 'gzip, br;q=0' } });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.ok(gunzipSync(gzip.body).equals(plain));
  const none = await ask('/app.js');
  assert.equal(none.headers['content-encoding'], undefined);
  assert.ok(none.body.equals(plain));
  const weights = await ask(`/open/${SHARD}`, { headers: { 'Accept-Encoding': 'br' } });
  assert.equal(weights.headers['content-encoding'], undefined);
});

test('a changed file is compressed anew', async () => {
  const read = async () => brotliDecompressSync((await ask('/open/page.html', { headers: { 'Accept-Encoding': 'br' } })).body).toString();
  assert.match(await read(), /hello/);
  await writeFile(join(work, 'open', 'page.html'), '<p>goodbye</p>');
  assert.equal(await read(), '<p>goodbye</p>');
});

test('the service worker knows the files of the page as they are', async () => {
  const { status, headers, body } = await ask('/service-worker.js');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
  const files = JSON.parse(/^const FILES = ([^;]*);/m.exec(body)[1]);
  const plain = await readFile(join(SITE, 'app.js'));
  assert.equal(files['app.js'], createHash('sha256').update(plain).digest('hex'));
  assert.ok(files[''] && files['engine/worker.js'] && !files['service-worker.js'] && !files['percept.d.ts']);
});

test('ranges', async () => {
  const range = async (text, headers = {}) => ask(`/open/${SHARD}`, { headers: { Range: text, ...headers } });
  const tail = await range('bytes=990-');
  assert.equal(tail.status, 206);
  assert.equal(tail.headers['content-range'], 'bytes 990-999/1000');
  assert.ok(tail.body.equals(DATA.subarray(990)));
  assert.ok((await range('bytes=10-19')).body.equals(DATA.subarray(10, 20)));
  assert.ok((await range('bytes=-5')).body.equals(DATA.subarray(995)));
  assert.equal((await range('bytes=1000-')).status, 416);
  assert.equal((await range('bytes=5-2')).status, 416);
  for (const odd of ['bytes=a-b', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2']) {
    const whole = await range(odd);
    assert.equal(whole.status, 200);
    assert.ok(whole.body.equals(DATA));
  }
  const { etag } = (await ask(`/open/${SHARD}`)).headers;
  assert.equal((await range('bytes=1-2', { 'If-Range': etag })).status, 206);
  assert.equal((await range('bytes=1-2', { 'If-Range': '"other"' })).status, 200);
});

test('validators and caching', async () => {
  const first = await ask(`/open/${SHARD}`);
  assert.match(first.headers['cache-control'], /immutable/);
  assert.equal((await ask('/app.js')).headers['cache-control'], 'no-cache');
  const again = await ask(`/open/${SHARD}`, { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  assert.equal(again.headers['content-length'], undefined, 'the file has another');
});

test('only GET, HEAD and OPTIONS', async () => {
  const head = await ask(`/open/${SHARD}`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], '1000');
  assert.equal(head.body.length, 0);
  assert.equal((await ask('/', { method: 'POST' })).status, 405);
  const options = await ask(`/open/${SHARD}`, { method: 'OPTIONS' });
  assert.deepEqual([options.status, options.headers['content-length']], [204, undefined]);
});

test('nothing outside of the folders is served', async () => {
  const outside = [
    '/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json', '/weights/../../package.json',
    '/open/../secret.txt', '/open/..%2Fsecret.txt', '/open/%2e%2e%2fsecret.txt', '/open/link.txt',
    '/%00', '/%', '/open', '/engine', '/nothing', '//etc/passwd', '/open//etc/passwd',
  ];
  for (const path of outside) assert.equal((await ask(path)).status, 404, path);
});

const hasIpv6 = Object.values(networkInterfaces()).flat().some(({ address }) => address === '::1');

test('the address that it tells is one, also of IPv6', { skip: !hasIpv6 && 'this machine has no ::1' }, async (t) => {
  const own = serverOf([]);
  t.after(() => { own.close(); own.closeAllConnections(); });
  const address = await new Promise((resolve) => { listen(own, { port: 0, host: '::1' }, resolve); });
  assert.equal((await fetch(address)).status, 404);
});

test('options that make no sense end in a sentence', () => {
  const script = fileURLToPath(new URL('../../build_scripts/serve.mjs', import.meta.url));
  for (const option of ['--port=abc', '--port=99999', '--bogus']) {
    const { status, stderr } = spawnSync(process.execPath, [script, option], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 2, option);
    assert.match(stderr, /^percept: .*The options are --port NUMBER and --host NAME\.\n$/, option);
  }
});
