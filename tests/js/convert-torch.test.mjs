/** PyTorch's and numpy's files: sound ones that PyTorch and numpy wrote, and hostile ones. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { NpzFile } from '../../build_scripts/convert/npz-file.mjs';
import { unpickle } from '../../build_scripts/convert/pickle.mjs';
import { TorchFile } from '../../build_scripts/convert/torch-file.mjs';
import { headTensors } from '../golden/generator.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';

const FIXTURES = fileURLToPath(new URL('../golden/checkpoints/', import.meta.url));

async function openFixture(t, name) {
  const checkpoint = await openCheckpoint(join(FIXTURES, name));
  t.after(() => checkpoint.close());
  return checkpoint;
}

test('strided views, shared storages and every weight type', async (t) => {
  const checkpoint = await openFixture(t, 'strided.pth');
  assert.equal(checkpoint.format, 'PyTorch zip-pickle');
  const expected = {
    transposed: [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], stepped: [1, 6, 11, 16, 21], inner: [8, 9, 10, 14, 15, 16],
    expanded: [2, 2, 3, 3, 4, 4], scalar: [7], empty: [], parameter: [20, 21, 22, 23], halves: [0, 1, 2, 3], brains: [0, 1, 2, 3],
  };
  for (const [name, values] of Object.entries(expected)) assert.deepEqual([...await checkpoint.read(name)], values, name);
  assert.deepEqual(checkpoint.tensors.get('transposed').shape, [4, 3]);
  assert.equal(checkpoint.tensors.get('integers').dtype, 'I64');
  await assertRefused(checkpoint.read('integers'), 'UNSUPPORTED', /integers .* I64/);
});

test('a TorchScript archive: parameters by the path of their modules', async (t) => {
  const checkpoint = await openFixture(t, 'openai.pt');
  assert.equal(checkpoint.format, 'TorchScript');
  assert.deepEqual(checkpoint.tensors.get('visual.transformer.resblocks.1.attn.in_proj_weight').shape, [48, 16]);
  assert.equal(checkpoint.tensors.get('visual.conv1.weight').dtype, 'F16');
  assert.equal(checkpoint.tensors.get('visual.ln_pre.weight').dtype, 'F32');
});

test('a state dict inside a training checkpoint, without the prefix of DataParallel', async (t) => {
  const checkpoint = await openFixture(t, 'open-clip.pt');
  assert.ok(checkpoint.tensors.has('visual.proj'));
  assert.equal([...checkpoint.tensors.keys()].some((name) => name.startsWith('module.')), false);
});

for (const name of ['head.npz', 'head-compressed.npz']) {
  test(`${name}: numpy's arrays, column-major too`, async (t) => {
    const checkpoint = await openFixture(t, name);
    for (const { name: tensor, shape, make } of headTensors(12, [6, 1], 33)) {
      assert.deepEqual(checkpoint.tensors.get(tensor).shape, shape);
      assert.deepEqual(await checkpoint.read(tensor), make());
    }
  });
}

for (const [name, code, message] of [
  ['evil.pth', 'UNSUPPORTED', /asks for the Python object (posix|nt)\.system/],
  ['whole-model.pth', 'UNSUPPORTED', /torch\.nn\.modules\.linear\.Linear/],
  ['legacy.pth', 'UNSUPPORTED', /before version 1\.6/],
]) {
  test(`refuses ${name}`, async () => {
    await assertRefused(openCheckpoint(join(FIXTURES, name)), code, message);
    assert.equal(existsSync('percept-was-here'), false);
  });
}

test('refuses doubles by name', async (t) => {
  await assertRefused((await openFixture(t, 'double.pth')).read('weight'), 'UNSUPPORTED', /weight .* F64/);
});

async function damaged(t, name, change) {
  const path = join(await temporaryFolder(t), name);
  await copyFile(join(FIXTURES, name), path);
  await change(path);
  return openCheckpoint(path);
}

function patch(find, bytes, shift = 0) {
  return async (path) => {
    const contents = await readFile(path);
    const at = contents.indexOf(Buffer.from(find, 'latin1'));
    assert.ok(at >= 0);
    Buffer.from(bytes).copy(contents, at + shift);
    await writeFile(path, contents);
  };
}

for (const [title, change, message] of [
  ['a truncated zip', (path) => truncate(path, 900), /directory is missing/],
  ['a directory that points elsewhere', patch('PK\x05\x06', [9, 0, 0, 0], 16), /directory is damaged/],
  ['a directory beyond the file', patch('PK\x05\x06', [255, 255, 255, 0], 16), /cut short/],
  ['an entry that points elsewhere', patch('PK\x01\x02', [7, 0, 0, 0], 42), /does not begin where/],
  ['a storage of another size', patch('cpuq', [13], 6), /storage 0 should have 13 elements/],
  ['a tensor beyond its storage', patch('QK\x00', [5], 2), /beyond its storage/],
  ['a pickle that is cut short', patch('weightq', [255, 255, 255, 127], -4), /cut short/],
]) {
  test(`refuses ${title}`, async (t) => {
    await assertRefused(damaged(t, 'laion-linear.pth', change), 'BAD_FILE', message);
  });
}

test('refuses a damaged array of numpy', async (t) => {
  await assertRefused(damaged(t, 'head.npz', patch('NUMPY', 'NUMPX')), 'BAD_FILE', /is no array/);
  await assertRefused(damaged(t, 'head.npz', patch('<f4', '<f8')), 'UNSUPPORTED', /<f8/);
  await assertRefused(damaged(t, 'head.npz', patch('(1,', '(9,')), 'BAD_FILE', /shape that is not its size/);
});

/** The smallest archive with one entry, in the form that PyTorch writes beyond 4 GB: every number in zip64 fields. */
function zip64Archive(name, body) {
  const big = (value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
  const small = (value, length) => { const bytes = Buffer.alloc(length); bytes.writeUIntLE(value, 0, length); return bytes; };
  const absent = Buffer.alloc(4, 255);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(14), absent, absent, small(name.length, 2), small(20, 2),
    Buffer.from(name), small(1, 2), small(16, 2), big(body.length), big(body.length)]);
  const extra = Buffer.concat([small(1, 2), small(24, 2), big(body.length), big(body.length), big(0)]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.alloc(16), absent, absent, small(name.length, 2),
    small(extra.length, 2), Buffer.alloc(10), absent, Buffer.from(name), extra]);
  const start = local.length + body.length;
  const end64 = Buffer.concat([Buffer.from('PK\x06\x06'), big(44), Buffer.alloc(12), big(1), big(1), big(central.length), big(start)]);
  const locator = Buffer.concat([Buffer.from('PK\x06\x07'), Buffer.alloc(4), big(start + central.length), small(1, 4)]);
  const end = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(4), Buffer.alloc(4, 255), absent, absent, Buffer.alloc(2)]);
  return Buffer.concat([local, body, central, end64, locator, end]);
}

test('reads zip64', async (t) => {
  const path = join(await temporaryFolder(t), 'big.npz');
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117, ' ');
  const body = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${text}\n`),
    Buffer.from(new Float32Array([3, 4]).buffer)]);
  await writeFile(path, zip64Archive('bias.npy', body));
  const checkpoint = await openCheckpoint(path);
  t.after(() => checkpoint.close());
  assert.deepEqual([...await checkpoint.read('bias')], [3, 4]);
});

test('arrays of numpy are counted together, since all of them stay in memory', async () => {
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117, ' ');
  const body = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${text}\n`), Buffer.alloc(8)]);
  const allowed = [];
  const readAll = async (_, most) => { allowed.push(most); return body; };
  await NpzFile.parse({ file: { path: 'x' }, entries: new Map([['a.npy', {}], ['b.npy', {}]]), readAll });
  assert.deepEqual(allowed, [2 ** 30, 2 ** 30 - body.length]);
});

/** A TorchScript pickle of modules of which each names the one before twice. */
function doublingModules(count) {
  const number = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes.toString('latin1'); };
  const attribute = (name, module) => `X${number(1)}${name}j${number(module)}`;
  const module = (_, at) => `c__torch__\nM\n)\x81r${number(at)}}${at > 0 ? `(${attribute('a', at - 1)}${attribute('b', at - 1)}u` : ''}b`;
  return Buffer.from(`\x80\x02${Array.from({ length: count }, module).join('')}.`, 'latin1');
}

test('modules that name one another twice are not walked without end', async () => {
  const archive = { file: { path: 'x' }, entries: new Map([['m/data.pkl', {}], ['m/constants.pkl', {}]]), readAll: async () => doublingModules(24) };
  await assertRefused(TorchFile.parse(archive, 'm/data.pkl'), 'BAD_FILE', /more than 100000 modules/);
});

const NOTHING = { resolve: () => false, construct: () => null, persistent: () => null };

for (const [title, bytes, code, message] of [
  ['an instruction that runs code', '\x80\x02cos\nsystem\n', 'UNSUPPORTED', /os\.system/],
  ['an instruction that is not needed', '\x80\x02(i', 'UNSUPPORTED', /instruction 0x69/],
  ['a file that ends early', '\x80\x02(', 'BAD_FILE', /cut short/],
  ['an empty stack', '\x80\x02.', 'BAD_FILE', /stack is empty/],
  ['a tuple without a mark', '\x80\x02t', 'BAD_FILE', /mark is missing/],
  ['a memory of nothing', '\x80\x02h\x05.', 'BAD_FILE', /never stored/],
  ['items on no dictionary', '\x80\x02NNNs.', 'BAD_FILE', /no dictionary/],
  ['a module that is no text', `\x80\x04N${'\x85'.repeat(200000)}X\x01\x00\x00\x00a\x93.`, 'BAD_FILE', /a name is no text/],
  ['an endless name', '\x80\x02cos', 'BAD_FILE', /does not end/],
  ['an integer beyond 2^53', '\x80\x02\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F.', 'BAD_FILE', /too large/],
]) {
  test(`the unpickler refuses ${title}`, async () => {
    const run = async () => unpickle(Uint8Array.from(Buffer.from(bytes, 'latin1')), 'x', NOTHING);
    await assertRefused(run(), code, message);
  });
}

test('the unpickler reads numbers and containers', () => {
  const bytes = Buffer.from('\x80\x04}(X\x01\x00\x00\x00aJ\xFE\xFF\xFF\xFFX\x01\x00\x00\x00b](K\x05\x8A\x01\xFFM\x00\x01\x88\x89NeX\x01\x00\x00\x00cG?\xF8\x00\x00\x00\x00\x00\x00u.', 'latin1');
  assert.deepEqual(unpickle(Uint8Array.from(bytes), 'x', NOTHING), new Map([['a', -2], ['b', [5, -1, 256, true, false, null]], ['c', 1.5]]));
});
