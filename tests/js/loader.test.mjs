/** web/engine: which build runs, whether it may be trusted, and which passes a call needs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { candidateBuilds } from '../../web/lib/engine/builds.js';
import { threadCount } from '../../web/lib/engine/thread-count.js';
import { supports } from '../../web/lib/engine/probes.js';
import { compileModule } from '../../web/lib/wasm.js';
import { openTower } from '../../web/lib/engine/open.js';
import { planPasses } from '../../web/lib/model/plan.js';
import { BASE, Tower } from '../../web/lib/engine/tower.js';

const names = (builds) => builds.map(({ name, threads }) => `${name} ${threads}`);

/** Runs with the real probes replaced: what an engine without these features would answer. */
async function withoutFeatures(rejected, run) {
  const { validate } = WebAssembly;
  const probes = { simd128: 0xba, relaxed: 0x93 };
  WebAssembly.validate = (bytes) => !rejected.some((name) => bytes.includes(probes[name]));
  try {
    return await run();
  } finally {
    WebAssembly.validate = validate;
  }
}

test('the best build comes first, then what to fall back to', () => withoutFeatures([], () => {
  assert.deepEqual(names(candidateBuilds('auto', 4)), ['relaxed-shared 4', 'relaxed 1', 'simd128-shared 4', 'simd128 1']);
  assert.deepEqual(names(candidateBuilds('auto', 1)), ['relaxed 1', 'simd128 1']);
  assert.deepEqual(names(candidateBuilds('simd128', 2)), ['simd128-shared 2', 'simd128 1']);
  assert.deepEqual(names(candidateBuilds('reference', 4)), ['reference 1']);
}));

test('without relaxed SIMD the simd128 build runs, without SIMD none', async () => {
  await withoutFeatures(['relaxed'], () => {
    assert.deepEqual(names(candidateBuilds('auto', 1)), ['simd128 1']);
    assert.throws(() => candidateBuilds('relaxed', 1), { code: 'variant-unavailable' });
  });
  await withoutFeatures(['relaxed', 'simd128'], () => {
    assert.throws(() => candidateBuilds('auto', 1), { code: 'no-simd' });
    assert.throws(() => candidateBuilds('simd128', 1), { code: 'no-simd' });
  });
});

test('the probes agree with what the modules need', async () => {
  const valid = async (name) => WebAssembly.validate(await readFile(new URL(`../../web/lib/wasm/tower-${name}.wasm`, import.meta.url)));
  assert.equal(supports('simd128'), await valid('simd128'));
  assert.equal(supports('relaxed'), await valid('relaxed'));
  assert.equal(supports('simd128'), true);
});

test('threads and variants that make no sense are refused', () => {
  for (const threads of [0, -1, 1.5, 65, '2', NaN]) assert.throws(() => threadCount(threads), { code: 'bad-argument' });
  assert.equal(threadCount(3), 3);
  assert.throws(() => candidateBuilds('toString', 1), { code: 'bad-argument' });
});

for (const name of ['reference', 'simd128', 'simd128-shared', ...(supports('relaxed') ? ['relaxed', 'relaxed-shared'] : [])]) {
  test(`the ${name} build imports its memory alone and knows the answer`, async () => {
    const module = await compileModule(`tower-${name}.wasm`);
    assert.deepEqual(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
    const tower = await Tower.trial({ module, shared: name.endsWith('-shared') });
    assert.equal(tower.knowsTheAnswer(), true);
    assert.equal(tower.info.build, name);
  });
}

const SIZES = { width: 64, layers: 2, heads: 2, mlp_width: 128, patch: 8, image: 32, embedding: 16, activation: 'gelu', norm_epsilon: 1e-5 };

test('a build that computes wrong numbers is passed over', async () => {
  const { knowsTheAnswer } = Tower.prototype;
  let asked = 0;
  Tower.prototype.knowsTheAnswer = function answer() {
    asked += 1;
    return asked > 1 && knowsTheAnswer.call(this);
  };
  const needs = Promise.resolve({ sizes: SIZES, tasks: 1, views: 1, weightBytes: 1000, laterBytes: 1000 });
  try {
    const { tower, build } = await openTower(needs, { variant: 'simd128', threads: 2 });
    assert.equal(build.name, 'simd128');
    assert.equal(build.threads, 1);
    assert.ok(tower.batch >= 1);
    Tower.prototype.knowsTheAnswer = () => false;
    await assert.rejects(openTower(needs, { variant: 'simd128', threads: 1 }), { code: 'build-rejected' });
  } finally {
    Tower.prototype.knowsTheAnswer = knowsTheAnswer;
  }
});

test('memory is as large as state and weights, and grows only for the tasks and for teaching', async () => {
  const weightBytes = 8 << 20;
  const laterBytes = 1 << 20;
  const needs = Promise.resolve({ sizes: SIZES, tasks: 1, views: 1, weightBytes, laterBytes });
  const { tower } = await openTower(needs, { variant: 'simd128', threads: 1 });
  const before = tower.memoryBytes;
  assert.ok(before - tower.stateBytes - weightBytes < 256 << 10, `${before} bytes for ${tower.stateBytes} + ${weightBytes}`);
  tower.reserve(weightBytes);
  assert.equal(tower.memoryBytes, before);
  const { trainer } = tower;
  trainer.configure({ firstBlock: 0, targets: ['query', 'key', 'value'], rank: 16, slots: 2, pictures: 128, items: 4096, outputs: 256 });
  tower.reserve(laterBytes);
  tower.reserve(trainer.bytes);
  assert.throws(() => tower.reserve(1 << 20), { code: 'out-of-memory' });
});

test('a ViT-L/14 needs less than 16 MiB beside its weights', async () => {
  const sizes = { width: 1024, layers: 24, heads: 16, mlp_width: 4096, patch: 14, image: 224, embedding: 768, activation: 'quick_gelu', norm_epsilon: 1e-5 };
  const needs = Promise.resolve({ sizes, tasks: 1, views: 1, weightBytes: 1000, laterBytes: 1000 });
  const { tower } = await openTower(needs, { variant: 'simd128', threads: 2 });
  assert.equal(tower.batch, 1);
  assert.ok(tower.memoryBytes < 16 << 20, `${tower.memoryBytes} bytes`);
});

test('sizes that the engine does not take give its own sentence', async () => {
  const needs = Promise.resolve({ sizes: { ...SIZES, heads: 5 }, tasks: 1, views: 1, weightBytes: 1000, laterBytes: 1000 });
  await assert.rejects(openTower(needs, { variant: 'simd128', threads: 1 }), { code: 'manifest-invalid', message: /does not take this model: .*heads/ });
});

const V8_OF_NODE_20 = process.versions.node.startsWith('20.');
test('Node 20, whose baseline compiler gets the relaxed dot wrong, is not trusted with it', {
  skip: !V8_OF_NODE_20 && 'this Node has the relaxed dot without a flag',
}, async () => {
  const script = `
    const { openTower } = await import(${JSON.stringify(new URL('../../web/lib/engine/open.js', import.meta.url).href)});
    const { supports } = await import(${JSON.stringify(new URL('../../web/lib/engine/probes.js', import.meta.url).href)});
    const needs = Promise.resolve({ sizes: ${JSON.stringify(SIZES)}, tasks: 1, views: 1, weightBytes: 1000, laterBytes: 1000 });
    const { build } = await openTower(needs, { variant: 'auto', threads: 1 });
    console.log(supports('relaxed'), build.name);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--experimental-wasm-relaxed-simd', '--liftoff-only', '--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  assert.equal(stdout.trim(), 'true simd128');
});

const preprocess = (changes) => ({ resize: { shorter: 64, interpolation: 'bicubic' }, views: { center: 64 }, mean: [0, 0, 0], std: [1, 1, 1], orientation: 'apply', ...changes });

test('tasks without an adapter share a pass where their preprocessing is the same', () => {
  const task = (number, adapter, changes) => ({ number, adapter, preprocess: preprocess(changes) });
  const grouped = (tasks, embedding = false) => planPasses(tasks, embedding ? tasks[0].preprocess : null).passes.map((pass) => [pass.adapter, pass.recipe, pass.tasks.map(({ number }) => number), pass.embedding]);
  assert.deepEqual(grouped([task(0, false), task(1, false)]), [[BASE, 0, [0, 1], false]]);
  assert.deepEqual(grouped([task(0, true), task(1, true), task(2, false)]), [[0, 0, [0], false], [1, 0, [1], false], [BASE, 0, [2], false]]);
  assert.deepEqual(grouped([task(0, false), task(1, false, { mean: [1, 0, 0] })]), [[BASE, 0, [0], false], [BASE, 0, [1], false]]);
  assert.deepEqual(grouped([task(0, false), task(1, false, { views: { grid: [2, 2], size: 64 } })]), [[BASE, 0, [0], false], [BASE, 1, [1], false]]);
  assert.deepEqual(grouped([task(0, false), task(1, false, { orientation: 'ignore' })]), [[BASE, 0, [0], false], [BASE, 1, [1], false]]);
  assert.deepEqual(grouped([task(0, true), task(1, false)], true), [[0, 0, [0], false], [BASE, 0, [1], true]]);
  assert.deepEqual(grouped([task(0, true)], true), [[0, 0, [0], false], [BASE, 0, [], true]]);
});
