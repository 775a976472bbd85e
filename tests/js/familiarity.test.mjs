/** How familiar a picture is: numpy's numbers, in a model of its own, and nothing where a model does not carry it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { Familiarity } from '../../web/lib/model/familiarity.js';
import { Scorer } from '../../web/lib/percept.js';
import { validateManifest } from '../../web/lib/weights/manifest.js';
import { normals } from '../golden/generator.mjs';
import { writeSafetensors, writeTowerFolder } from '../golden/seeded-folders.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { headLesson, warmPictures } from '../support/lessons.mjs';
import { familiarityTensors, makeSeededModel } from '../support/seeded-model.mjs';

const golden = JSON.parse(await readFile(new URL('../golden/familiarity.json', import.meta.url), 'utf8'));
const pictures = warmPictures(6, { size: 80 }).map(({ source }) => source);

let model;
let manifest;
let scorer;
before(async () => {
  model = await makeSeededModel('q8', { familiarity: true });
  manifest = JSON.parse(await readFile(join(model.folder, 'model.json'), 'utf8'));
  scorer = await Scorer.load(model.folder, { threads: 1 });
});
after(async () => {
  scorer.dispose();
  await model.remove();
});

/** Filled with tensors. @param {number} width @param {{name: string, shape: number[], make: () => Float32Array}[]} tensors */
function known(width, tensors) {
  const made = new Familiarity(width);
  for (const { name, shape, make } of tensors) made.roomFor({ name: `familiarity.${name}`, dtype: 'F32', shape }).set(new Uint8Array(make().buffer));
  made.ready();
  return made;
}

test('distances and shares are numpy\'s', async () => {
  const { width, cases } = golden.seeded;
  const made = known(width, await familiarityTensors());
  for (const { seed, deviation, distance, familiar } of cases) {
    const embedding = normals(seed, 'embedding', width, deviation);
    const found = made.distance(embedding);
    assert.ok(Math.abs(found / distance - 1) < 1e-12, `${found} ${distance}`);
    assert.equal(made.of(embedding), familiar);
  }
  assert.ok(new Set(cases.map(({ familiar }) => familiar)).size > 5);
});

test('what lies exactly as far counts', () => {
  const { far, cases } = golden.ties;
  const given = (name, shape, values) => ({ name, shape, make: () => Float32Array.from(values) });
  const made = known(2, [given('mean', [2], [0, 0]), given('axes', [1, 2], [1, 0]), given('power', [1], [1]), given('rest', [1], [1]), given('far', [far.length], far)]);
  for (const { embedding, distance, familiar } of cases) assert.deepEqual([made.distance(embedding), made.of(embedding)], [distance, familiar]);
});

test('a score tells it, of the bare embedding of its own view', async () => {
  const made = known(128, await familiarityTensors());
  const found = [];
  for (const picture of pictures) {
    const { familiar, scores } = await scorer.score(picture);
    const { embedding } = await scorer.embed(picture, { tasks: ['beauty'] });
    assert.equal(familiar, made.of(embedding));
    assert.equal((await scorer.score(picture, { tasks: ['quality'] })).familiar, familiar);
    assert.deepEqual(Object.keys(scores), ['quality', 'emotion', 'beauty']);
    found.push(familiar);
  }
  assert.ok(found.every((share) => share > 0 && share < 1) && new Set(found).size > 1, found.join());
  assert.equal('familiar' in await scorer.embed(pictures[0]), false);
});

test('a picture that is smaller than all that the model learnt from is not familiar, whatever it shows', async () => {
  const familiar = async (size) => (await scorer.score(warmPictures(1, { size })[0].source, { tasks: ['beauty'] })).familiar;
  assert.ok(await familiar(12) > 0);
  assert.equal(await familiar(11), 0);
});

test('it costs a view where no pass gives it, and the scores are as without it', async () => {
  const viewsOf = async (tasks, options = {}) => {
    let views;
    const result = await scorer.score(pictures[0], { tasks, ...options, onProgress: ({ phase, total }) => { if (phase === 'computing') views = total; } });
    return { views, result };
  };
  assert.equal((await viewsOf(['beauty'])).views, 1);
  assert.equal((await viewsOf(['emotion', 'beauty'], { embedding: true })).views, 1);
  const { views, result } = await viewsOf(['quality'], { embedding: true });
  assert.equal(views, 17, 'fifteen, one for the embedding of the first task, one for familiarity');
  const plain = await makeSeededModel();
  const own = await Scorer.load(plain.folder, { threads: 1 });
  const expected = await own.score(pictures[0], { tasks: ['quality'], embedding: true });
  assert.equal('familiar' in expected, false);
  assert.deepEqual([result.scores, result.embedding], [expected.scores, expected.embedding]);
  own.dispose();
  await plain.remove();
});

test('the manifest is accepted, and by the schema; what is wrong with it is refused', async () => {
  const schema = JSON.parse(await readFile(new URL('../../weights/model.schema.json', import.meta.url), 'utf8'));
  const matches = new Ajv({ allErrors: true, strict: false }).compile(schema);
  assert.ok(matches(manifest), JSON.stringify(matches.errors));
  assert.equal(scorer.manifest.familiarity.threshold, 0.25);
  const wrong = [
    [(f) => { delete f.threshold; }, true], [(f) => { f.threshold = 2; }, true], [(f) => { f.smallest = 0; }, true], [(f) => { f.unfamiliar[0].below = -1; }, true],
    [(f) => { f.unfamiliar[0].name = 'noise'; }, true], [(f) => { f.surprise = 1; }, true],
    [(f) => { f.preprocess.views = { grid: [1, 2], size: 64 }; }, false], [(f) => { f.preprocess.views.center = 32; }, false],
  ];
  for (const [change, bySchema] of wrong) {
    const changed = structuredClone(manifest);
    change(changed.familiarity);
    assert.equal(matches(changed), !bySchema);
    assert.throws(() => validateManifest(changed), { code: 'manifest-invalid', message: /familiarity/ });
  }
});

test('tensors that nothing reads, that lack or lie are refused', async () => {
  const other = structuredClone(manifest);
  delete other.familiarity;
  const path = join(model.folder, 'model.json');
  await writeFile(path, JSON.stringify(other));
  await assert.rejects(Scorer.load(model.folder, { threads: 1 }), { code: 'unknown-tensor' });
  await writeFile(path, JSON.stringify(manifest));
  const plain = await makeSeededModel();
  const without = JSON.parse(await readFile(join(plain.folder, 'model.json'), 'utf8'));
  await writeFile(join(plain.folder, 'model.json'), JSON.stringify({ ...without, familiarity: manifest.familiarity }));
  await assert.rejects(Scorer.load(plain.folder, { threads: 1 }), { code: 'missing-tensor', message: /familiarity\.mean/ });
  await plain.remove();
  const made = new Familiarity(128);
  const room = (name, shape, dtype = 'F32') => () => made.roomFor({ name: `familiarity.${name}`, dtype, shape });
  assert.equal(made.roomFor({ name: 'projection.codes', dtype: 'U8', shape: [1] }), null);
  assert.throws(room('median', [128]), { code: 'unknown-tensor' });
  for (const wrong of [['mean', [127]], ['mean', [128], 'F16'], ['axes', [129, 128]], ['axes', [5, 64]], ['axes', [640]], ['rest', [2]], ['far', [0]], ['power', []]]) {
    assert.throws(room(...wrong), { code: 'wrong-shape' }, wrong.join());
  }
  const tensors = await familiarityTensors();
  const changed = (name, change) => tensors.map((tensor) => (tensor.name === name ? { ...tensor, make: () => change(tensor.make()) } : tensor));
  for (const [name, change] of [['power', (v) => v.fill(0, 2, 3)], ['rest', (v) => v.fill(-1)], ['far', (v) => v.reverse()], ['mean', (v) => v.fill(NaN, 0, 1)], ['axes', (v) => v.fill(Infinity, 9, 10)]]) {
    assert.throws(() => known(128, changed(name, change)), { code: 'not-finite' }, name);
  }
  assert.throws(() => known(128, tensors.map((tensor) => (tensor.name === 'power' ? { ...tensor, shape: [4], make: () => tensor.make().slice(0, 4) } : tensor))), { code: 'wrong-shape' });
});

for (const outtype of ['f32', 'f16', 'q4']) {
  test(`${outtype} models carry it in single precision`, async () => {
    const other = await makeSeededModel(outtype, { familiarity: true });
    const own = await Scorer.load(other.folder, { threads: 1 });
    const { familiar } = await own.score(pictures[0], { tasks: ['beauty'] });
    const { embedding } = await own.embed(pictures[0], { tasks: ['beauty'] });
    assert.equal(familiar, known(128, await familiarityTensors()).of(embedding));
    own.dispose();
    await other.remove();
  });
}

test('a recipe is held to it', async () => {
  const work = await mkdtemp(join(tmpdir(), 'percept-familiarity-'));
  const sizes = { width: 32, layers: 1, heads: 2, mlp_width: 64, patch: 16, image: 32, embedding: 128 };
  await writeTowerFolder(join(work, 'tower'), { sizes, activation: 'gelu', seed: 1, outliers: false });
  const tensors = await familiarityTensors();
  const tried = async (changes, file = tensors) => {
    await writeSafetensors(join(work, 'known.safetensors'), file);
    const recipe = {
      name: 'tiny', base: { path: 'tower' }, tasks: [{ id: 'bare' }],
      familiarity: { path: 'known.safetensors', threshold: 0.02, preprocess: { resize: { height: 32, width: 32 }, mean: [0, 0, 0], std: [1, 1, 1] }, ...changes },
    };
    recipe.tasks[0].preprocess = { resize: { height: 32, width: 32 }, mean: [0, 0, 0], std: [1, 1, 1] };
    await writeFile(join(work, 'recipe.json'), JSON.stringify(recipe));
    return convert(join(work, 'recipe.json'), { dryRun: true });
  };
  const { origins } = await tried({});
  assert.ok(origins.some(({ what }) => what === 'familiarity: resize'));
  await assert.rejects(tried({ threshold: 2 }), { code: 'BAD_RECIPE' });
  await assert.rejects(tried({ smallest: 0.5 }), { code: 'BAD_RECIPE' });
  await assert.rejects(tried({ surprise: 1 }), { code: 'BAD_RECIPE' });
  await assert.rejects(tried({ path: 'none.safetensors' }), { code: 'NOT_FOUND' });
  await assert.rejects(tried({ preprocess: { resize: { shorter: 32 }, views: { grid: [1, 2], size: 32 }, mean: [0, 0, 0], std: [1, 1, 1] } }), { code: 'BAD_RECIPE', message: /one view/ });
  await assert.rejects(tried({}, tensors.slice(1)), { code: 'MISSING_TENSOR', message: /mean/ });
  await assert.rejects(tried({}, [...tensors, { name: 'median', shape: [1], make: () => new Float32Array(1) }]), { code: 'UNKNOWN_TENSOR' });
  await assert.rejects(tried({}, tensors.map((tensor) => (tensor.name === 'far' ? { ...tensor, make: () => tensor.make().reverse() } : tensor))), { code: 'BAD_FILE', message: /ascend/ });
  await rm(work, { recursive: true });
});

test('traits are taught on such a base, and read again', async () => {
  const trait = await scorer.teach(headLesson());
  const { scores, familiar } = await scorer.score(pictures[1], { tasks: ['warmth', 'beauty'] });
  assert.ok(Number.isFinite(scores.warmth.value) && familiar === (await scorer.score(pictures[1], { tasks: ['beauty'] })).familiar);
  const file = await trait.toFile();
  await scorer.removeTask('warmth');
  await scorer.addTask(file);
  assert.deepEqual((await scorer.score(pictures[1], { tasks: ['warmth'] })).scores.warmth, scores.warmth);
});
