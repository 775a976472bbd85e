/**
 * Readers of what others write, on inputs that fast-check makes and shrinks: each is read, or refused with a coded error,
 * and what is read keeps its promises. Seeded: the same inputs each time; `PROPERTY_RUNS=100000` tries more.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { ConvertError } from '../../build_scripts/convert/errors.mjs';
import { checkRecipe } from '../../build_scripts/convert/recipe.mjs';
import { PerceptError } from '../../web/lib/errors.js';
import { memoryNeeds, validateManifest } from '../../web/lib/weights/manifest.js';
import { parseHeader } from '../../web/lib/weights/safetensors.js';
import { validateVectors } from '../../web/lib/weights/vectors.js';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 1000);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const readJson = async (path) => JSON.parse(await readFile(at(path)));

function holds(property, runs = RUNS) {
  return fc.assert(property, { seed: 8, numRuns: runs });
}

/** Runs a reader; whether it read. What it throws must be of this class and have one of these codes. */
function reads(reader, kind, codes) {
  try {
    reader();
    return true;
  } catch (error) {
    assert.ok(error instanceof kind, error.stack);
    assert.ok(!codes || codes.includes(error.code), `${error.code}: ${error.message}`);
    assert.ok(error.message.length > 10);
    return false;
  }
}

/** Every place in a JSON value, as a list of keys. */
function placesOf(value, here = []) {
  if (value === null || typeof value !== 'object') return [here];
  return [here, ...Object.keys(value).flatMap((key) => placesOf(value[key], [...here, key]))];
}

/** Undefined, but one time in eight. */
const seldom = (arbitrary) => fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** From 0 to 1, evenly: fast-check's own numbers keep to the ends. */
const part = fc.noBias(fc.nat(10_000)).map((number) => number / 10_000);

const wicked = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, -1, 0, 1e308, -1e308, 2 ** 53, 0.5, '', 'constructor', '__proto__', '../../etc/passwd', 'https://example.org/x.js', '<img src=x onerror=alert(1)>', '\u0000', []),
  fc.integer(), fc.double(), fc.string({ unit: 'binary' }),
);

/** The value with some places replaced, removed or added to. */
function mutated(original) {
  const change = fc.record({ place: fc.constantFrom(...placesOf(original)), kind: fc.constantFrom('replace', 'remove', 'add'), value: wicked, key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'file')) });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const holder = { root: JSON.parse(JSON.stringify(original)) };
    for (const { place, kind, value, key } of changes) {
      const path = ['root', ...place];
      let parent = holder;
      for (const step of path.slice(0, -1)) parent = parent?.[step];
      if (parent === null || typeof parent !== 'object') continue;
      const last = path.at(-1);
      const target = kind === 'add' ? parent[last] : parent;
      if (kind === 'remove' && Array.isArray(parent)) parent.splice(Number(last), 1);
      else if (kind === 'remove') delete parent[last];
      else if (target !== null && typeof target === 'object') Object.defineProperty(target, kind === 'add' ? key : last, { value, enumerable: true, configurable: true, writable: true });
    }
    return holder.root;
  });
}

test('a manifest that is changed anywhere is accepted whole or refused in words', async () => {
  const manifest = await readJson('../../weights/demo/model.json');
  validateManifest(manifest);
  let accepted = 0;
  await holds(fc.property(mutated(manifest), (changed) => {
    if (!reads(() => validateManifest(changed), PerceptError, ['manifest-invalid', 'manifest-version'])) return;
    accepted += 1;
    const needs = memoryNeeds(changed);
    assert.ok(Number.isFinite(needs.weightBytes) && Number.isFinite(needs.laterBytes));
    for (const { file } of [...changed.base.shards, ...changed.tasks.flatMap((task) => task.shards)]) assert.match(file, /^[\w-]+\.safetensors$/);
  }));
  assert.ok(accepted > 0 && accepted < RUNS, `${accepted} of ${RUNS}`);
});

test('anything at all is no manifest, no table of results and no recipe', () => holds(fc.property(fc.anything({ withNullPrototype: true }), (anything) => {
  assert.equal(reads(() => validateManifest(anything), PerceptError), false);
  assert.equal(reads(() => validateVectors(anything), PerceptError), false);
  assert.equal(reads(() => checkRecipe(anything), ConvertError), false);
})));

test('a table of results that is changed anywhere is accepted whole or refused in words', async () => {
  const vectors = await readJson('../golden/vectors/q8/vectors.json');
  validateVectors(vectors);
  await holds(fc.property(mutated(vectors), (changed) => { reads(() => validateVectors(changed), PerceptError, ['manifest-invalid']); }));
});

for (const name of ['perceptclip-l14', 'laion-aesthetic-l14', 'template-peft']) {
  test(`a recipe that is changed anywhere is accepted or refused in words: ${name}`, async () => {
    const recipe = await readJson(`../../weights/recipes/${name}.json`);
    await holds(fc.property(mutated(recipe), (changed) => { reads(() => checkRecipe(changed), ConvertError); }), Math.ceil(RUNS / 3));
  });
}

/** A file with this header; the length before it may lie. */
function safetensors({ header, lie, data }) {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - json.length % 8) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(lie ?? BigInt(padded.length));
  return Buffer.concat([length, padded, Buffer.alloc(data)]);
}

const entry = fc.record({
  dtype: fc.constantFrom('F32', 'F16', 'U8', 'I32', 'F64', 'constructor'),
  shape: fc.oneof(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), fc.array(fc.integer(), { maxLength: 9 }), wicked),
  data_offsets: fc.oneof(fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 64 })), wicked),
}, { requiredKeys: [] });

const SIZES = { F32: 4, F16: 2, U8: 1, I32: 4 };

/** Tensors that follow one another as they should, but for an offset or two that are moved. */
const nearlyRight = fc.record({
  tensors: fc.array(fc.record({ dtype: fc.constantFrom(...Object.keys(SIZES)), shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }) }), { minLength: 1, maxLength: 4 }),
  moves: fc.array(fc.record({ which: fc.nat(3), by: fc.constantFrom(-8, -4, 4, 8), both: fc.boolean() }), { maxLength: 2 }),
  data: fc.constantFrom(0, 0, 0, -4, 4),
}).map(({ tensors, moves, data }) => {
  let end = 0;
  const laid = tensors.map(({ dtype, shape }) => {
    const begin = end;
    end += shape.reduce((product, size) => product * size, SIZES[dtype]);
    return { dtype, shape, data_offsets: [begin, end] };
  });
  for (const { which, by, both } of moves) {
    const { data_offsets: offsets } = laid[which % laid.length];
    if (both) offsets[0] += by;
    offsets[1] += by;
  }
  return { header: Object.fromEntries(laid.map((tensor, at) => [`t${at}`, tensor])), data: Math.max(0, end + data) };
});

let covered = 0;
test('a safetensors header is refused, or its tensors cover the data without hole or overlap', () => holds(fc.property(
  fc.oneof(nearlyRight, fc.record({
    header: fc.oneof(fc.dictionary(fc.string(), entry, { maxKeys: 4 }), fc.string(), wicked),
    lie: seldom(fc.oneof(fc.bigInt({ min: 0n, max: 200n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))),
    data: fc.integer({ min: 0, max: 64 }),
  })),
  (parts) => {
    const file = safetensors(parts);
    let found;
    if (!reads(() => { found = parseHeader(file, file.length, 'file'); }, PerceptError, ['weights-invalid'])) return;
    covered += found.tensors.length;
    let end = 0;
    for (const tensor of found.tensors) {
      assert.equal(tensor.begin, end);
      end = tensor.end;
    }
    assert.equal(found.dataStart + end, file.length);
  },
)));

test('some of those headers were read', () => assert.ok(covered > RUNS / 10, `${covered} tensors`));

test('arbitrary bytes are no safetensors file', () => holds(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
  reads(() => parseHeader(bytes, bytes.length, 'file'), PerceptError, ['weights-invalid']);
})));

let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'percept-properties-')); });
after(() => rm(folder, { recursive: true }));

const FIXTURES = at('../golden/checkpoints/');

/** Zip, pickle, npz and safetensors alike: bytes of real files overwritten, moved and cut, mostly near their directories. */
test('a checkpoint whose bytes are changed is read or refused in words', async () => {
  const names = (await readdir(FIXTURES)).filter((name) => !name.endsWith('.json'));
  const originals = await Promise.all(names.map((name) => readFile(join(FIXTURES, name))));
  const outcomes = { read: 0, refused: 0 };
  const change = fc.record({ place: part, reach: fc.constantFrom(64, 700, Infinity), bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) });
  await holds(fc.asyncProperty(fc.nat(names.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), seldom(part), async (which, changes, cut) => {
    const bytes = Buffer.from(originals[which]);
    for (const { place, reach, bytes: fresh } of changes) {
      const length = Math.min(bytes.length, reach);
      bytes.set(fresh.subarray(0, length), Math.max(0, bytes.length - Math.ceil(place * length) - fresh.length));
    }
    const path = join(folder, names[which]);
    await writeFile(path, cut === undefined ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length)));
    try {
      const checkpoint = await openCheckpoint(path);
      try {
        for (const name of checkpoint.tensors.keys()) await checkpoint.read(name);
        outcomes.read += 1;
      } finally {
        await checkpoint.close();
      }
    } catch (error) {
      assert.ok(error instanceof ConvertError, error.stack);
      if (/damaged|directory|sound/.test(error.message)) outcomes.refused += 1;
    }
  }), Math.ceil(RUNS / 2));
  assert.ok(outcomes.read > RUNS / 20 && outcomes.refused > RUNS / 20, JSON.stringify(outcomes));
});

test('a manifest nested a hundred thousand deep is refused, not a full stack', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  for (const place of ['about', 'report', 'tasks', 'tower', 'name']) {
    assert.equal(reads(() => validateManifest({ format: 'percept-model', version: 1, name: 'x', license: 'x', tower: {}, base: {}, tasks: [], [place]: deep }), PerceptError), false);
  }
});
