/** web/weights: which manifests and headers are refused. How shards arrive is in download.test.mjs. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { memoryNeeds, validateManifest } from '../../web/lib/weights/manifest.js';
import { fetchManifest } from '../../web/lib/weights/manifest-source.js';
import { parseHeader } from '../../web/lib/weights/safetensors.js';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { makeFile } from '../support/shards.mjs';

const rejects = (code) => (error) => {
  assert.equal(error.code, code, error.message);
  return true;
};

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

test('a header longer than the file or than a MiB, or an unaligned one, is refused', () => {
  const long = makeFile();
  long.writeBigUInt64LE(2n ** 63n);
  assert.throws(() => parseHeader(long, long.length, 'x'), rejects('weights-invalid'));
  const header = { t: { dtype: 'U8', shape: [8], data_offsets: [0, 8] } };
  for (const [length, refused] of [[2 ** 20, false], [2 ** 20 + 8, true]]) {
    const padded = makeFile({ header: JSON.stringify(header).padEnd(length - 8), dataBytes: 8 });
    const parse = () => parseHeader(padded, padded.length, 'x');
    if (refused) assert.throws(parse, { code: 'weights-invalid', message: /its header is too long/ });
    else assert.equal(parse().dataStart, length);
  }
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
  'edges that are a word': (m) => { m.tasks[0].preprocess.views.edges = 'yes'; },
  'edges around a centre': (m) => { m.tasks[1].preprocess.views.edges = true; },
  'detail without a size': (m) => { m.tasks[0].preprocess.detail = { grid: [2, 2] }; },
  'detail in a grid of one number': (m) => { m.tasks[0].preprocess.detail = { shorter: 300, grid: [2] }; },
  'two kinds of views': (m) => { m.tasks[0].preprocess.views.center = 64; },
  'an unknown interpolation': (m) => { m.tasks[0].preprocess.resize.interpolation = 'hamming'; },
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
  'a task called as something that every object has': (m) => { m.tasks[0].id = 'constructor'; },
  'views of another size': (m) => { m.tasks[1].preprocess.views.center = 32; },
  'pictures smaller than a view': (m) => { m.tasks[1].preprocess.resize.shorter = 63; },
  'detail of a picture that is squashed': (m) => { m.tasks[0].preprocess.detail = { shorter: 300, grid: [2, 2] }; },
  'detail behind the centre': (m) => { m.tasks[1].preprocess.detail = { shorter: 300, grid: [2, 2] }; },
  'detail that is not finer': (m) => { Object.assign(m.tasks[0].preprocess, { resize: { shorter: 80, interpolation: 'bicubic' }, detail: { shorter: 80, grid: [2, 2] } }); },
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
