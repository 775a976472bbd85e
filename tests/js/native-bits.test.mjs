/** The published results (tests/golden/vectors) computed by native programs of other compilers, optimised and not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestPicture, readPicture } from '../support/picture-helpers.mjs';

const ACTIVATIONS = ['quick_gelu', 'gelu', 'relu', 'identity'];
const DTYPES = { F32: 0, U8: 1, I32: 2 };
const FILTERS = { bilinear: 0, bicubic: 1 };
const BASE = -1;
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const words = (...numbers) => Buffer.from(Int32Array.from(numbers).buffer);
const floats = (...numbers) => Buffer.from(Float32Array.from(numbers).buffer);
const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);
const counted = (bytes) => Buffer.concat([words(bytes.length), padded(bytes)]);

/** Halves are widened, as the loader does. */
function widened(bytes) {
  return floats(...Array.from({ length: bytes.length / 2 }, (_, i) => {
    const half = bytes.readUInt16LE(2 * i);
    const [exponent, mantissa] = [(half >> 10) & 31, half & 1023];
    return (half & 0x8000 ? -1 : 1) * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
  }));
}

function tensorsOf(folder, owner, shards) {
  return shards.flatMap(({ file }) => {
    const bytes = readFileSync(`${folder}/${file}`);
    const length = Number(bytes.readBigUInt64LE());
    const { __metadata__: _, ...header } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    return Object.entries(header).map(([name, { dtype, shape, data_offsets: [begin, end] }]) => {
      const data = bytes.subarray(8 + length + begin, 8 + length + end);
      return Buffer.concat([
        words(owner, DTYPES[dtype] ?? DTYPES.F32, shape.length, ...shape), counted(Buffer.from(name)), counted(dtype === 'F16' ? widened(data) : data),
      ]);
    });
  });
}

function viewsOf(file, { resize, views, orientation }) {
  const picture = new TestPicture();
  assert.equal(picture.decode(readPicture(file), orientation === 'apply'), 'OK');
  const filter = FILTERS[resize.interpolation];
  assert.equal(resize.shorter ? picture.resizeShorter(resize.shorter, filter) : picture.resize(resize.width, resize.height, filter), 'OK');
  const size = views.center ?? views.size;
  assert.equal(views.center ? picture.cropCenter(size) : picture.cropGrid(...views.grid, size), 'OK');
  const bytes = picture.views(size);
  return { count: bytes.length / (3 * size * size), bytes };
}

/** What native_score.c reads, and the lines that it should write. */
function jobOf(folder) {
  const { tower, base, tasks } = JSON.parse(readFileSync(`${folder}/model.json`));
  const { pictures } = JSON.parse(readFileSync(`${folder}/vectors.json`));
  const tensors = [...tensorsOf(folder, BASE, base.shards), ...tasks.flatMap(({ shards }, task) => tensorsOf(folder, task, shards))];
  const heads = tasks.map(({ head, normalize }) => words(head.length, ...head.flatMap(({ outputs, activation }) => [outputs, ACTIVATIONS.indexOf(activation)]), Number(normalize)));
  const runs = [];
  const expected = [];
  for (const { file, embedding, scores } of pictures) {
    for (const [number, { id, adapter, preprocess }] of tasks.entries()) {
      const { count, bytes } = viewsOf(file, preprocess);
      runs.push(words(adapter ? number : BASE, number, count), floats(...preprocess.mean, ...preprocess.std), counted(Buffer.from(bytes)));
      const outputs = tasks[number].head.at(-1).outputs;
      expected.push({ run: `${file}, ${id}`, embedding: null, raw: scores[id].slice(0, 16 * outputs) });
    }
    const { count, bytes } = viewsOf(file, tasks[0].preprocess); // the bare embedding is that of the first task's first view
    runs.push(words(BASE, 0, count), floats(...tasks[0].preprocess.mean, ...tasks[0].preprocess.std), counted(Buffer.from(bytes)));
    expected.push({ run: `${file}, embedding`, embedding, raw: null });
  }
  const sizes = words(tower.width, tower.layers, tower.heads, tower.mlp_width, tower.patch, tower.image, tower.embedding, ACTIVATIONS.indexOf(tower.activation));
  const input = Buffer.concat([sizes, floats(tower.norm_epsilon), words(tasks.length), ...heads, words(tensors.length), ...tensors, words(expected.length), ...runs]);
  return { input, expected };
}

for (const outtype of ['q8', 'f32']) {
  describe(outtype, () => {
    let job;
    before(() => { job = jobOf(at(`tests/golden/vectors/${outtype}`)); });
    for (const program of ['gcc-O0', 'gcc-O3', 'clang-O0', 'clang-O3']) {
      const path = at(`build/native_score-${program}`);
      test(`${program} computes the published bits`, { skip: !existsSync(path) && `${program.split('-')[0]} is not installed, or build/native_score-${program} not made` }, () => {
        const { stdout, stderr, status } = spawnSync(path, { input: job.input, maxBuffer: 1 << 24 });
        assert.equal(status, 0, stderr.toString());
        const lines = stdout.toString().trimEnd().split('\n');
        assert.equal(lines.length, job.expected.length);
        for (const [i, { run, embedding, raw }] of job.expected.entries()) {
          const [gotEmbedding, gotRaw] = lines[i].split(' ');
          if (embedding) assert.equal(gotEmbedding, embedding, run);
          if (raw) assert.equal(gotRaw, raw, run);
        }
      });
    }
  });
}
