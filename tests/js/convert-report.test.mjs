/** The report on given pictures: its numbers, its place in the manifest, its chart. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import { listPictures } from '../../build_scripts/convert/compare.mjs';
import { addComparison, convert } from '../../build_scripts/convert/convert.mjs';
import { drawReport } from '../../build_scripts/convert/report-chart.mjs';
import { formatReport, signalToNoise } from '../../build_scripts/convert/report.mjs';
import { spearman } from '../../web/lib/shared/statistics.js';
import { assertRefused, temporaryFolder, writeTinyModel } from '../support/convert-fixtures.mjs';

const PICTURES = fileURLToPath(new URL('../golden/pictures/', import.meta.url));
const schema = JSON.parse(await readFile(new URL('../../weights/model.schema.json', import.meta.url)));

test('signal to noise in dB', () => {
  assert.ok(Math.abs(signalToNoise(Float32Array.of(10, 10), Float32Array.of(11, 9)) - 20) < 1e-9);
  assert.equal(signalToNoise(Float32Array.of(1), Float32Array.of(1)), Infinity);
});

test('Spearman with ties', () => {
  assert.equal(spearman([1, 2, 3], [10, 20, 30]), 1);
  assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
  assert.ok(Math.abs(spearman([1, 2, 2, 4], [1, 3, 2, 4]) - 0.9486832980505138) < 1e-12);
  assert.equal(spearman([1, 1], [1, 2]), null);
});

test('a comparison goes into the manifest and a chart', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder, ({ tasks }) => tasks.push({ id: 'bare' }));
  await mkdir(join(folder, 'pictures'));
  for (const name of ['exif-1.jpg', 'bmp-24bit-os2.bmp']) await copyFile(join(PICTURES, name), join(folder, 'pictures', name));
  await writeFile(join(folder, 'pictures/broken.png'), 'no picture');
  const outdir = join(folder, 'out');
  await convert(recipe, { outdir, outtype: 'q8' });
  const manifest = await addComparison(recipe, outdir, await listPictures(join(folder, 'pictures')), { others: ['q8', 'q4', 'f16'], say() {} });
  const { TMPDIR } = process.env;
  process.env.TMPDIR = join(folder, 'nowhere');
  await assertRefused(addComparison(recipe, outdir, [], { say() {} }), 'OUTPUT', /nowhere cannot be written/);
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  const { pictures } = manifest.report;
  assert.equal(pictures.count, 2, 'a picture that cannot be read is left out');
  assert.ok(pictures.lowest_cosine > 0.99 && pictures.lowest_cosine < 1);
  assert.ok(pictures.tasks.quality.largest_shift > 0 && pictures.tasks.bare.lowest_cosine > 0.99);
  assert.ok(new Ajv({ strict: false }).compile(schema)(manifest));
  assert.deepEqual(JSON.parse(await readFile(join(outdir, 'model.json'))), manifest);
  assert.ok((await readdir(outdir)).includes('report.svg'));
  const { q4, f16 } = manifest.report.compared;
  assert.deepEqual(Object.keys(manifest.report.compared), ['q4', 'f16'], 'its own way is the report itself');
  assert.ok(q4.stored_bytes <= manifest.report.stored_bytes && f16.stored_bytes > q4.stored_bytes);
  assert.ok(f16.pictures.lowest_cosine > pictures.lowest_cosine && q4.weight_snr_db['blocks.0.mlp.fc1'] > 0);
  assert.match(formatReport(manifest.report), /as f16 +\d.*MB\n2 pictures +lowest cosine to float32 (0\.9999|1\.0000)/);
  assert.match(formatReport(manifest.report), /2 pictures +lowest cosine to float32 0\.99/);
});

test('the chart draws a line for each kind of layer and a dot for each picture', () => {
  const noise = { 'embeddings.patch': 39 };
  for (const layer of [0, 1, 2]) {
    for (const kind of ['attention.qkv', 'attention.out', 'mlp.fc1', 'mlp.fc2']) noise[`blocks.${layer}.${kind}`] = 36 + layer;
  }
  const pictures = { cosines: [0.999, 0.9995], lowest_cosine: 0.999, mean_cosine: 0.99925, tasks: { quality: { mean_shift: 0.01 } } };
  const svg = drawReport('<a & b>', 'q8', {
    weight_snr_db: noise, stored_bytes: 2e6, pictures, compared: { f16: { stored_bytes: 4e6, pictures } },
  });
  assert.equal(svg.match(/<polyline/g).length, 4);
  assert.equal(svg.match(/<circle/g).length, 4);
  assert.ok(svg.includes('q8, 2.00 MB') && svg.includes('f16, 4.00 MB') && svg.includes('mean shift 0.01'));
  assert.ok(svg.includes('<title>&#60;a &#38; b&#62;</title>') && !svg.includes('NaN'));
});

test('takes what the engine decodes of a folder, by its names', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['a.WebP', 'b.JPG', 'c.png', 'd.jfif', '._e.jpg', 'f.heic', 'g.avif', 'h.txt', 'jpg']) await writeFile(join(folder, name), '');
  assert.deepEqual(await listPictures(folder), ['a.WebP', 'b.JPG', 'c.png', 'd.jfif'].map((name) => join(folder, name)));
});

test('refuses a folder without pictures', async (t) => {
  await assertRefused(listPictures(await temporaryFolder(t)), 'BAD_USAGE', /holds no JPEG/);
});
