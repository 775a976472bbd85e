/** `make dist`: what it writes, and what it refuses. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeDist } from '../../build_scripts/dist.mjs';
import { listFiles } from '../../build_scripts/site/service-worker.mjs';
import { writeTrait } from '../../web/lib/weights/trait-file.js';

const SITE_SCRIPT = fileURLToPath(new URL('../../build_scripts/site.mjs', import.meta.url));
const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));

let work;
before(async () => { work = await mkdtemp(join(tmpdir(), 'percept-dist-')); });
after(() => rm(work, { recursive: true }));

/** What the page itself never loads: other pages do. */
const FOR_OTHERS = ['engine/wasm/tower-reference.wasm', 'percept-scorer.js', 'percept.js'];

test('it holds the page, the engine, the models, and a service worker that knows every file of the page', async () => {
  const out = join(work, 'dist');
  const { warnings } = await writeDist(out, [DEMO]);
  assert.deepEqual(warnings, []);
  const files = JSON.parse(/^const FILES = ([^;]*);/m.exec(await readFile(join(out, 'service-worker.js'), 'utf8'))[1]);
  for (const [path, hash] of Object.entries(files)) {
    const bytes = await readFile(join(out, path || 'index.html'));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), hash, path);
  }
  const rest = (await listFiles(out)).filter((path) => path !== 'index.html' && !Object.hasOwn(files, path));
  const others = rest.filter((path) => !path.startsWith('weights/demo/'));
  const unknown = others.filter((path) => !path.endsWith('.d.ts') && !path.startsWith('examples/') && !FOR_OTHERS.includes(path));
  assert.deepEqual(unknown, ['.nojekyll', '.percept-dist', 'LICENSE', 'NOTICE.md', '_headers', 'page/heif/LICENSE', 'service-worker.js']);
  for (const path of FOR_OTHERS) assert.ok(others.includes(path), path);
  for (const path of ['engine/wasm/tower-simd128.wasm', 'engine/wasm/hash.wasm', 'engine/worker.js', 'app.js']) assert.ok(files[path], path);
  await access(join(out, 'weights/demo/model.json'));
  await writeDist(out, [DEMO]); // again, over its own
});

test('of the types it holds the public ones, which find one another', async () => {
  const files = await listFiles(join(work, 'dist'));
  const types = files.filter((path) => path.endsWith('.d.ts'));
  assert.deepEqual(types.sort(), ['percept-scorer.d.ts', 'percept.d.ts']);
  for (const path of types) {
    const text = await readFile(join(work, 'dist', path), 'utf8');
    for (const [, target] of text.matchAll(/from '(\.[^']+)'/g)) assert.ok(files.includes(new URL(target, `file:///${path}`).pathname.slice(1)), `${path} names ${target}`);
  }
  assert.deepEqual(files.filter((path) => path.endsWith('.md') && !path.startsWith('weights/')), ['NOTICE.md']);
});

test('every address in the page is relative', async () => {
  for (const path of await listFiles(join(work, 'dist'))) {
    if (!/\.(html|js|css)$/.test(path)) continue;
    const text = await readFile(join(work, 'dist', path), 'utf8');
    assert.doesNotMatch(text, /(src|href)="\/|from '\/|import\('\/|url\(["']?\//, path);
  }
});

test('it refuses folders of others, models that lack a file, and two of one name', async () => {
  const other = join(work, 'other');
  await mkdir(other);
  await writeFile(join(other, 'precious.txt'), 'x');
  await writeFile(join(other, 'service-worker.js'), '// of another app');
  await assert.rejects(writeDist(other, []), /not empty/);
  await assert.rejects(promisify(execFile)(process.execPath, [SITE_SCRIPT, '--out', other]), ({ code, stderr }) => code === 1 && /not empty/.test(stderr));
  assert.equal(await readFile(join(other, 'precious.txt'), 'utf8'), 'x');
  await assert.rejects(writeDist(join(other, 'precious.txt'), []), /not a folder/);
  const broken = join(work, 'broken');
  await mkdir(broken);
  await writeFile(join(broken, 'model.json'), await readFile(join(DEMO, 'model.json')));
  await assert.rejects(writeDist(join(work, 'new'), [broken]), /ENOENT/);
  await assert.rejects(access(join(work, 'new.part')), { code: 'ENOENT' });
  await assert.rejects(writeDist(join(work, 'new'), [DEMO, `${DEMO}/`]), /Two models/);
});

test('what lies beside the folder is replaced only where an earlier run left it', async () => {
  const out = join(work, 'beside');
  await mkdir(`${out}.part`);
  await writeFile(join(`${out}.part`, 'precious.txt'), 'mine');
  await assert.rejects(writeDist(out, []), /beside\.part is not empty, and not of this program's making/);
  await assert.rejects(promisify(execFile)(process.execPath, [SITE_SCRIPT, '--out', out]), /beside\.part is not empty/);
  assert.equal(await readFile(join(`${out}.part`, 'precious.txt'), 'utf8'), 'mine');
  await writeFile(join(`${out}.part`, '.percept-dist'), '');
  await writeDist(out, []);
  assert.deepEqual((await readdir(work)).filter((name) => name.startsWith('beside')), ['beside']);
});

test('options that it does not know are wrong use, which ends with 2', async () => {
  for (const name of ['site', 'dist', 'download']) {
    const script = fileURLToPath(new URL(`../../build_scripts/${name}.mjs`, import.meta.url));
    await assert.rejects(promisify(execFile)(process.execPath, [script, '--no-such-option']), { code: 2 }, name);
  }
});

test('links of a model become files, and what a link smuggles in is refused', async () => {
  const linked = join(work, 'linked');
  await mkdir(linked);
  for (const name of await readdir(DEMO)) await symlink(join(DEMO, name), join(linked, name));
  const out = join(work, 'unlinked');
  await writeDist(out, [linked]);
  const copied = join(out, 'weights/linked');
  for (const name of await readdir(copied)) assert.ok((await lstat(join(copied, name))).isFile(), name);
  assert.ok((await readdir(copied)).includes('vectors.json'));
  await rm(join(linked, 'vectors.json'));
  await symlink('/etc/passwd', join(linked, 'vectors.json'));
  await assert.rejects(writeDist(out, [linked]), SyntaxError);
  const shard = (await readdir(DEMO)).find((name) => name.endsWith('.safetensors'));
  await rm(join(linked, 'vectors.json'));
  await rm(join(linked, shard));
  const bytes = await readFile(join(DEMO, shard));
  bytes[bytes.length - 1] ^= 1;
  await writeFile(join(linked, shard), bytes);
  await assert.rejects(writeDist(out, [linked]), /damaged/);
  await access(join(out, 'index.html'));
});

test('it says how to open a model that the page does not open by itself', async () => {
  const { warnings } = await writeDist(join(work, 'bare'), []);
  assert.deepEqual(warnings, []);
});

test('a trait becomes a task of the model that it was taught on, and none without such a model', async () => {
  const manifest = JSON.parse(await readFile(join(DEMO, 'model.json')));
  const { preprocess } = manifest.tasks.find(({ preprocess: { views } }) => views.center);
  const inputs = manifest.tower.embedding || manifest.tower.width;
  const evidence = {
    pictures: 3, labels: 3, pairs: 0, raters: { count: 1, agreement: null }, folds: 0, seed: 1, date: null, held_out: { head: null, deeper: null }, kept: 'head',
    difference: null, curve: [], different: [], groups: [], equal_groups: false, notes: ['few-labels'],
  };
  const task = { id: 'cover', title: { en: 'Cover' }, adapter: false, head: [{ outputs: 1, activation: 'identity' }], normalize: true, preprocess, output: { kind: 'score', from: [0, 1], to: [0, 1], clamp: false } };
  const tensors = [{ name: 'head.0.weight', shape: [1, inputs, 8], values: new Float32Array(inputs * 8) }, { name: 'head.0.bias', shape: [8], values: new Float32Array(8) }];
  const trait = join(work, 'cover.safetensors');
  await writeFile(trait, await writeTrait(manifest, { task, evidence, tensors }));
  const out = join(work, 'with-trait');
  await writeDist(out, [DEMO], [trait]);
  const { tasks } = JSON.parse(await readFile(join(out, 'weights/demo/model.json')));
  assert.deepEqual(tasks.map(({ id }) => id), [...manifest.tasks.map(({ id }) => id), 'cover']);
  await access(join(out, 'weights/demo', tasks.at(-1).shards[0].file));
  await assert.rejects(writeDist(join(work, 'none'), [], [trait]), /needs a model to stand on/);
  await writeFile(trait, await writeTrait({ ...manifest, name: 'other', tower: { ...manifest.tower, norm_epsilon: 0.5 } }, { task, evidence, tensors }));
  await assert.rejects(writeDist(join(work, 'none'), [DEMO], [trait]), /cover\.safetensors: The trait was taught on another model, 'other'/);
});
