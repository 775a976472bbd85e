/** The safetensors reader: sound files of each type, and files that lie. */
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { halfToNumber } from '../../build_scripts/convert/floats.mjs';
import { assertRefused, temporaryFolder, writeRawSafetensors } from '../support/convert-fixtures.mjs';

const ONE = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

async function openWritten(t, entries, data, headerText) {
  const path = join(await temporaryFolder(t), 'file.safetensors');
  await writeRawSafetensors(path, entries, data, headerText);
  const checkpoint = await openCheckpoint(path);
  t.after(() => checkpoint.close());
  return checkpoint;
}

test('reads F32, F16 and BF16', async (t) => {
  const data = Buffer.alloc(24);
  [1.5, -2].forEach((value, index) => data.writeFloatLE(value, 4 * index));
  [0x3C00, 0xC100, 0x0001, 0x7BFF].forEach((half, index) => data.writeUInt16LE(half, 8 + 2 * index));
  [0x3FC0, 0xC000, 0x0000, 0x4049].forEach((half, index) => data.writeUInt16LE(half, 16 + 2 * index));
  const checkpoint = await openWritten(t, {
    __metadata__: { format: 'pt' },
    whole: ONE,
    half: { dtype: 'F16', shape: [2, 2], data_offsets: [8, 16] },
    brain: { dtype: 'BF16', shape: [4], data_offsets: [16, 24] },
  }, data);
  assert.deepEqual([...checkpoint.tensors.keys()], ['whole', 'half', 'brain']);
  assert.deepEqual([...await checkpoint.read('whole')], [1.5, -2]);
  assert.deepEqual([...await checkpoint.read('half')], [1, -2.5, 2 ** -24, 65504]);
  assert.deepEqual([...await checkpoint.read('brain')], [1.5, -2, 0, 3.140625]);
  await assertRefused(checkpoint.read('absent'), 'MISSING_TENSOR', /absent/);
});

test('widens the special halves', () => {
  assert.deepEqual([0x8000, 0x7C00, 0xFC00, 0x0400].map(halfToNumber), [-0, Infinity, -Infinity, 2 ** -14]);
  assert.ok(Number.isNaN(halfToNumber(0x7E00)));
});

test('lists integers but does not read them as weights', async (t) => {
  const checkpoint = await openWritten(t, { ids: { dtype: 'I64', shape: [1, 2], data_offsets: [0, 16] } }, Buffer.alloc(16));
  await assertRefused(checkpoint.read('ids'), 'UNSUPPORTED', /ids .* I64/);
});

const LIES = {
  'a hole': [{ a: ONE, b: { ...ONE, data_offsets: [12, 20] } }, 20, /hole before "b"/],
  'an overlap': [{ a: ONE, b: { ...ONE, data_offsets: [4, 12] } }, 12, /"b" overlaps/],
  'a shape that is not its bytes': [{ a: { ...ONE, shape: [3] } }, 8, /"a" is F32 \[3\], 12 bytes, but its data has 8/],
  'a negative side': [{ a: { ...ONE, shape: [-2] } }, 8, /"a" has no usable shape/],
  'a product beyond 2^53': [{ a: { ...ONE, shape: [2 ** 40, 2 ** 40] } }, 8, /"a" is F32/],
  'a huge empty product': [{ a: { ...ONE, shape: [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52, 0] } }, 8, /"a" is F32/],
  'too many sides': [{ a: { ...ONE, shape: Array(9).fill(1) } }, 8, /"a" has no usable shape/],
  'a fractional side': [{ a: { ...ONE, shape: [0.5] } }, 8, /"a" has no usable shape/],
  'offsets backwards': [{ a: { ...ONE, data_offsets: [8, 0] } }, 8, /"a" is F32/],
  'a missing offset': [{ a: { ...ONE, data_offsets: [0] } }, 8, /"a" has no usable data_offsets/],
  'an unknown type': [{ a: { ...ONE, dtype: 'F33' } }, 8, /unknown type "F33"/],
  'a type from the prototype': [{ a: { ...ONE, dtype: 'constructor' } }, 8, /unknown type "constructor"/],
  'a null entry': [{ a: null }, 8, /"a" is not described/],
  'data beyond the file': [{ a: ONE }, 4, /promises 8 bytes of data, but the file holds 4/],
  'bytes after the last tensor': [{ a: ONE }, 9, /1 bytes follow/],
};

for (const [name, [entries, dataBytes, message]] of Object.entries(LIES)) {
  test(`refuses ${name}`, async (t) => {
    await assertRefused(openWritten(t, entries, Buffer.alloc(dataBytes)), 'BAD_FILE', message);
  });
}

test('refuses a name that comes twice', async (t) => {
  const text = '{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "\\u0061": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}';
  await assertRefused(openWritten(t, null, Buffer.alloc(8), text), 'BAD_FILE', /names "a" twice/);
});

test('finds it behind many spaces, and behind a text of millions of escapes', async (t) => {
  const entry = '{"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}';
  const text = `{"__metadata__": {"a": "${'\\n'.repeat(1e7)}"}, "a"${' '.repeat(200)}: ${entry}, "a": ${entry}}`;
  await assertRefused(openWritten(t, null, Buffer.alloc(8), text), 'BAD_FILE', /names "a" twice/);
});

test('accepts names that look like syntax', async (t) => {
  const checkpoint = await openWritten(t, { 'a": {"b': ONE, 'c\\': { ...ONE, data_offsets: [8, 16] } }, Buffer.alloc(16));
  assert.equal(checkpoint.tensors.size, 2);
});

for (const [name, text, message] of [
  ['a header that is no JSON', '{"a": ', /not valid JSON/],
  ['a header that is a list', '[1, 2]', /no object/],
]) {
  test(`refuses ${name}`, async (t) => {
    await assertRefused(openWritten(t, null, Buffer.alloc(0), text), 'BAD_FILE', message);
  });
}

for (const [name, length, message] of [
  ['a header beyond the cap', 2n ** 40n, /above the limit/],
  ['a header beyond the file', 1000n, /claims 1000 bytes of 16/],
  ['a header length of 2^64 - 1', 2n ** 64n - 1n, /above the limit/],
]) {
  test(`refuses ${name}`, async (t) => {
    const path = join(await temporaryFolder(t), 'file.safetensors');
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(length);
    await writeFile(path, bytes);
    await assertRefused(openCheckpoint(path), 'BAD_FILE', message);
  });
}

test('refuses a truncated file', async (t) => {
  const path = join(await temporaryFolder(t), 'file.safetensors');
  await writeRawSafetensors(path, { a: ONE }, Buffer.alloc(8));
  await truncate(path, 5);
  await assertRefused(openCheckpoint(path), 'BAD_FILE', /only 5 bytes/);
});

test('notices a file that shrinks after its header was read', async (t) => {
  const path = join(await temporaryFolder(t), 'file.safetensors');
  await writeRawSafetensors(path, { a: ONE }, Buffer.alloc(8));
  const checkpoint = await openCheckpoint(path);
  t.after(() => checkpoint.close());
  await truncate(path, 20);
  await assertRefused(checkpoint.read('a'), 'BAD_FILE', /became shorter/);
});

test('refuses what is not there', async (t) => {
  const folder = await temporaryFolder(t);
  await assertRefused(openCheckpoint(join(folder, 'none')), 'NOT_FOUND', /does not exist/);
  await assertRefused(openCheckpoint(folder), 'NOT_FOUND', /holds none of/);
});

async function writeShards(folder, weightMap) {
  await writeRawSafetensors(join(folder, 'one.safetensors'), { a: ONE }, Buffer.from(new Float32Array([1, 2]).buffer));
  await writeRawSafetensors(join(folder, 'two.safetensors'), { b: ONE }, Buffer.from(new Float32Array([3, 4]).buffer));
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
}

test('reads a sharded folder', async (t) => {
  const folder = await temporaryFolder(t);
  await writeShards(folder, { a: 'one.safetensors', b: 'two.safetensors' });
  const checkpoint = await openCheckpoint(folder);
  t.after(() => checkpoint.close());
  assert.deepEqual([...checkpoint.tensors.keys()].sort(), ['a', 'b']);
  assert.deepEqual([...await checkpoint.read('b')], [3, 4]);
});

for (const [name, map, message] of [
  ['an index that places a tensor elsewhere', { a: 'two.safetensors', b: 'two.safetensors' }, /holds b|holds a|places a/],
  ['an index that misses a tensor', { a: 'one.safetensors', x: 'two.safetensors' }, /holds b/],
  ['an index that leaves its folder', { a: '../one.safetensors' }, /no plain file name/],
  ['an index without a map', {}, /no weight_map/],
]) {
  test(`refuses ${name}`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeShards(folder, map);
    await assertRefused(openCheckpoint(folder), 'BAD_FILE', message);
  });
}
