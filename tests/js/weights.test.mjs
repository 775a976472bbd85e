/** web/weights: what is refused, and how a shard arrives over a connection that fails. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { loadShards } from '../../web/weights/load.js';
import { PIECE_BYTES, fetchManifest, memoryNeeds, validateManifest } from '../../web/weights/manifest.js';
import { parseHeader } from '../../web/weights/safetensors.js';
import { mix32 } from '../golden/generator.mjs';
import { makeSeededModel } from './seeded-model.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const rejects = (code) => (error) => {
  assert.equal(error.code, code, error.message);
  return true;
};

/** A safetensors file of one U8 tensor, or with a header of the caller's. */
function makeFile({ dataBytes = 64, header = { t: { dtype: 'U8', shape: [dataBytes], data_offsets: [0, dataBytes] } } } = {}) {
  let json = typeof header === 'string' ? header : JSON.stringify(header);
  json = json.padEnd(Math.ceil(json.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Buffer.from(Uint8Array.from({ length: dataBytes }, (_, at) => mix32(1, at)));
  return Buffer.concat([length, Buffer.from(json), data]);
}

function describeShard(bytes) {
  const hash = sha256(bytes);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(sha256(bytes.subarray(at, at + PIECE_BYTES)));
  return { file: `base-1-${hash.slice(0, 16)}.safetensors`, bytes: bytes.length, sha256: hash, pieces };
}

test('a safetensors header gives its tensors in the order of the file', () => {
  const file = makeFile({
    dataBytes: 24,
    header: {
      __metadata__: { format: 'pt' },
      second: { dtype: 'F16', shape: [2, 4], data_offsets: [8, 24] },
      first: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    },
  });
  const { dataStart, tensors } = parseHeader(file, file.length, 'x');
  assert.equal(dataStart, file.length - 24);
  assert.deepEqual(tensors.map(({ name, begin, end }) => [name, begin, end]), [['first', 0, 8], ['second', 8, 24]]);
});

const BAD_HEADERS = {
  'not JSON': '{"t": ',
  'a list': '[1, 2]',
  'an unknown type': { t: { dtype: 'F64', shape: [8], data_offsets: [0, 64] } },
  'a shape of another size': { t: { dtype: 'U8', shape: [63], data_offsets: [0, 64] } },
  'a negative size': { t: { dtype: 'U8', shape: [-64], data_offsets: [0, 64] } },
  'a product beyond 2^53': { t: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 64] } },
  'an overlap': { a: { dtype: 'U8', shape: [40], data_offsets: [0, 40] }, b: { dtype: 'U8', shape: [32], data_offsets: [32, 64] } },
  'a hole': { a: { dtype: 'U8', shape: [16], data_offsets: [0, 16] }, b: { dtype: 'U8', shape: [32], data_offsets: [32, 64] } },
  'data left over': { t: { dtype: 'U8', shape: [32], data_offsets: [0, 32] } },
  'data beyond the end': { t: { dtype: 'U8', shape: [128], data_offsets: [0, 128] } },
  'an unaligned tensor': { a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] }, b: { dtype: 'F32', shape: [15], data_offsets: [2, 62] }, c: { dtype: 'U8', shape: [2], data_offsets: [62, 64] } },
  'no offsets': { t: { dtype: 'U8', shape: [64] } },
};

for (const [what, header] of Object.entries(BAD_HEADERS)) {
  test(`a safetensors header with ${what} is refused`, () => {
    const file = makeFile({ header });
    assert.throws(() => parseHeader(file, file.length, 'x'), rejects('weights-invalid'));
  });
}

test('a header longer than the file, or an unaligned one, is refused', () => {
  const long = makeFile();
  long.writeBigUInt64LE(2n ** 63n);
  assert.throws(() => parseHeader(long, long.length, 'x'), rejects('weights-invalid'));
  const odd = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{} ')]);
  assert.throws(() => parseHeader(odd, odd.length, 'x'), rejects('weights-invalid'));
});

let model;
let manifestText;
let matchesSchema;
before(async () => {
  model = await makeSeededModel();
  manifestText = await readFile(`${model.folder}/model.json`, 'utf8');
  const schema = JSON.parse(await readFile(new URL('../../weights/model.schema.json', import.meta.url)));
  matchesSchema = new Ajv({ allErrors: true, strict: false }).compile(schema);
});
after(() => model.remove());

test('a converted manifest is accepted, and by the schema', () => {
  const manifest = JSON.parse(manifestText);
  assert.equal(validateManifest(manifest), manifest);
  assert.ok(matchesSchema(manifest), JSON.stringify(matchesSchema.errors));
  const { weightBytes, laterBytes } = memoryNeeds(manifest);
  assert.ok(weightBytes >= manifest.base.shards[0].bytes && laterBytes > 0);
});

test('what the converter measured on pictures is accepted, and by the schema', () => {
  const manifest = JSON.parse(manifestText);
  for (const tasks of [{}, { quality: { mean_shift: 0.01 } }]) {
    manifest.report.pictures = { count: 2, cosines: [0.99, 0.98], lowest_cosine: 0.98, mean_cosine: 0.985, tasks };
    assert.equal(validateManifest(manifest), manifest);
    assert.ok(matchesSchema(manifest), JSON.stringify(matchesSchema.errors));
  }
});

/** Changes that both the schema and the page refuse. */
const BAD_MANIFESTS = {
  'an unknown member': (m) => { m.surprise = 1; },
  'an unknown member of a task': (m) => { m.tasks[0].surprise = 1; },
  'no tower': (m) => { delete m.tower; },
  'no tasks': (m) => { m.tasks = []; },
  'a width that is text': (m) => { m.tower.width = '64'; },
  'a width of zero': (m) => { m.tower.width = 0; },
  'an unknown activation': (m) => { m.tower.activation = 'swish'; },
  'an unknown storage': (m) => { m.tower.storage = 'q2'; },
  'a file name with a path': (m) => { m.base.shards[0].file = `../${m.base.shards[0].file}`; },
  'a hash that is too short': (m) => { m.base.shards[0].pieces[0] = 'abc'; },
  'a negative size': (m) => { m.base.shards[0].bytes = -1; },
  'a title that is text': (m) => { m.tasks[0].title = 'Quality'; },
  'a task id with a space': (m) => { m.tasks[0].id = 'a b'; },
  'a grid of three': (m) => { m.tasks[0].preprocess.views.grid = [1, 2, 3]; },
  'two kinds of views': (m) => { m.tasks[0].preprocess.views.center = 64; },
  'an unknown interpolation': (m) => { m.tasks[0].preprocess.resize.interpolation = 'lanczos'; },
  'a mean of two': (m) => { m.tasks[0].preprocess.mean = [0, 0]; },
  'an unknown output': (m) => { m.tasks[0].output = { kind: 'guess' }; },
  'labels that are numbers': (m) => { m.tasks[1].output.labels[0] = 1; },
};

for (const [what, change] of Object.entries(BAD_MANIFESTS)) {
  test(`a manifest with ${what} is refused, and by the schema`, () => {
    const manifest = JSON.parse(manifestText);
    change(manifest);
    assert.equal(matchesSchema(manifest), false);
    assert.throws(() => validateManifest(manifest), rejects('manifest-invalid'));
  });
}

/** What a schema cannot express. */
const CONTRADICTIONS = {
  'another number of pieces': (m) => { m.base.shards[0].pieces.pop(); },
  'a name of another hash': (m) => { m.base.shards[0].sha256 = '0'.repeat(64); },
  'the same task twice': (m) => { m.tasks[1].id = m.tasks[0].id; },
  'views of another size': (m) => { m.tasks[1].preprocess.views.center = 32; },
  'pictures smaller than a view': (m) => { m.tasks[1].preprocess.resize.shorter = 63; },
  'more labels than outputs': (m) => { m.tasks[1].output.labels.push('more'); },
  'a score of a head with several outputs': (m) => { m.tasks[1].output = m.tasks[0].output; },
  'an empty range': (m) => { m.tasks[0].output.from = [1, 1]; },
  'heads that do not divide the width': (m) => { m.tower.heads = 7; },
  'patches that do not divide the image': (m) => { m.tower.patch = 15; },
};

for (const [what, change] of Object.entries(CONTRADICTIONS)) {
  test(`a manifest with ${what} is refused`, () => {
    const manifest = JSON.parse(manifestText);
    change(manifest);
    assert.throws(() => validateManifest(manifest), rejects('manifest-invalid'));
  });
}

test('manifests of other versions, and other JSON, are refused', () => {
  assert.throws(() => validateManifest({ ...JSON.parse(manifestText), version: 2 }), rejects('manifest-version'));
  for (const other of [null, 3, [], {}, { format: 'gguf' }]) assert.throws(() => validateManifest(other), rejects('manifest-invalid'));
});

/**
 * A server for one file that fails as `behave` says, and remembers what was asked for.
 * @param {(request: {count: number, start: number}, response: object, bytes: Buffer) => void} behave
 */
async function serveFile(bytes, behave, run) {
  const requests = [];
  const server = createServer((request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(start);
    behave({ count: requests.length, start }, response, bytes);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    return await run({ base: `http://127.0.0.1:${server.address().port}/`, requests });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function send(response, bytes, start = 0) {
  response.writeHead(start > 0 ? 206 : 200, { 'Content-Length': bytes.length - start });
  response.end(bytes.subarray(start));
}

/** Loads the file as its only shard: the bytes that were placed, and how progress added up. */
async function load(bytes, base, { signal, shard = describeShard(bytes) } = {}) {
  const placed = [];
  let progress = 0;
  let finished = false;
  await loadShards([shard], {
    base,
    signal,
    onBytes: (delta) => { progress += delta; },
    place: () => ({
      write: (offset, part) => {
        assert.equal(offset, placed.reduce((sum, each) => sum + each.length, 0));
        placed.push(Buffer.from(part));
      },
      finish: () => { finished = true; },
    }),
  });
  assert.ok(finished);
  return { data: Buffer.concat(placed), progress };
}

const LARGE = makeFile({ dataBytes: 2.5 * PIECE_BYTES });
const LARGE_DATA = LARGE.subarray(LARGE.length - 2.5 * PIECE_BYTES);
const flipped = (bytes, offset) => {
  const copy = Buffer.from(bytes);
  copy[offset] ^= 0x10;
  return copy;
};

async function expectRightBytes(behave, checkRequests) {
  await serveFile(LARGE, behave, async ({ base, requests }) => {
    const { data, progress } = await load(LARGE, base);
    assert.ok(data.equals(LARGE_DATA));
    assert.equal(progress, LARGE.length);
    checkRequests(requests);
  });
}

test('a shard is placed piece by piece, with progress that adds up', () => expectRightBytes(
  (_, response, bytes) => send(response, bytes),
  (requests) => assert.deepEqual(requests, [0]),
));

test('a piece that arrived damaged is fetched once more, from where it begins', () => expectRightBytes(
  ({ count, start }, response, bytes) => send(response, count === 1 ? flipped(bytes, PIECE_BYTES + 5) : bytes, start),
  (requests) => assert.deepEqual(requests, [0, PIECE_BYTES]),
));

test('a broken connection goes on at the piece where it broke', () => expectRightBytes(
  ({ count, start }, response, bytes) => {
    if (count > 1) return send(response, bytes, start);
    response.writeHead(200, { 'Content-Length': bytes.length });
    return response.write(bytes.subarray(0, 1.7 * PIECE_BYTES), () => setTimeout(() => response.destroy(), 50));
  },
  (requests) => assert.deepEqual(requests, [0, PIECE_BYTES]),
));

test('a server without ranges is read from the start again', () => expectRightBytes(
  ({ count }, response, bytes) => send(response, count === 1 ? flipped(bytes, 2 * PIECE_BYTES + 5) : bytes),
  (requests) => assert.deepEqual(requests, [0, 2 * PIECE_BYTES]),
));

const REFUSALS = {
  'a piece that stays damaged': ['weights-corrupt', ({ start }, response, bytes) => send(response, flipped(bytes, 9), start)],
  'a file that is too short': ['weights-corrupt', ({ start }, response, bytes) => send(response, bytes.subarray(0, -8), Math.min(start, bytes.length - 9))],
  'a file that is too long': ['weights-corrupt', ({ start }, response, bytes) => send(response, Buffer.concat([bytes, bytes.subarray(0, 8)]), start)],
  'a file that is missing': ['not-found', (_, response) => response.writeHead(404).end()],
  'a connection that keeps breaking': ['network', (_, response) => response.destroy()],
};

for (const [what, [code, behave]] of Object.entries(REFUSALS)) {
  test(`${what} is refused by name`, () => serveFile(LARGE, behave, async ({ base }) => {
    const shard = describeShard(LARGE);
    await assert.rejects(load(LARGE, base), (error) => rejects(code)(error) && error.message.includes(shard.file));
  }));
}

test('a download stops at once when it is cancelled', () => {
  const stall = (_, response, bytes) => {
    response.writeHead(200, { 'Content-Length': bytes.length });
    response.write(bytes.subarray(0, 1000));
  };
  return serveFile(LARGE, stall, async ({ base }) => {
    const controller = new AbortController();
    const started = performance.now();
    setTimeout(() => controller.abort(), 100);
    await assert.rejects(load(LARGE, base, { signal: controller.signal }), rejects('aborted'));
    assert.ok(performance.now() - started < 1000);
  });
});

test('what is not a manifest is refused, and a missing one too', () => {
  const pages = { '/html/model.json': '<!doctype html>', '/cut/model.json': manifestText.slice(0, -5) };
  const server = createServer((request, response) => {
    if (pages[request.url]) response.end(pages[request.url]);
    else response.writeHead(404).end();
  });
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); }).then(async () => {
    const base = `http://127.0.0.1:${server.address().port}`;
    await assert.rejects(fetchManifest(`${base}/html`), rejects('manifest-invalid'));
    await assert.rejects(fetchManifest(`${base}/cut/model.json`), rejects('manifest-invalid'));
    await assert.rejects(fetchManifest(`${base}/none/`), rejects('not-found'));
  }).finally(() => {
    server.closeAllConnections();
    server.close();
  });
});
