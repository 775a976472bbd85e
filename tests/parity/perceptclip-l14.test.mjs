/**
 * The way of `make weights RECIPE=perceptclip-l14` at full size: seeded files in PerceptCLIP's layout are served by
 * this machine, downloaded, proven to share a trunk and converted; the scores are PyTorch's (tower-l14.json).
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { adapterTensors, headTensors, syntheticView, towerTensors } from '../golden/generator.mjs';
import { perceptClipTensors, writeTorchFile } from '../golden/torch-writer.mjs';
import { lowestCosine, relativeError, spreadError } from '../js/closeness.mjs';
import { TestTower } from '../js/tower-harness.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const { cases: [{ sizes, seed, outliers, views: pictures, expected }] } = JSON.parse(await readFile(new URL('../golden/tower-l14.json', import.meta.url)));
const views = Array.from({ length: pictures.count }, (_, index) => syntheticView(sizes.image, pictures.seed, index));
/** What tower.py adds to the case's seed for its first task. */
const TASK_SEED = seed + 1000;
const LORA = { targets: ['q_proj', 'k_proj', 'v_proj'], rank: 16 };

let folder;
let server;

before(async () => {
  folder = await mkdtemp(join(ROOT, 'build/perceptclip-'));
  const tower = towerTensors(sizes, seed, outliers);
  for (const [name, taskSeed, outputs] of [['score.pth', TASK_SEED, 1], ['emotion.pth', TASK_SEED + 1, 8]]) {
    const head = headTensors(sizes.embedding, [512, 256, outputs], taskSeed);
    await writeTorchFile(join(folder, name), perceptClipTensors(tower, adapterTensors(sizes, LORA, taskSeed), head));
  }
  server = createServer(async (request, response) => {
    const path = join(folder, request.url.slice(1));
    response.writeHead(200, { 'content-length': (await stat(path)).size });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});

after(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function writeLocalRecipe() {
  const recipe = await readFile(join(ROOT, 'weights/recipes/perceptclip-l14.json'), 'utf8');
  const local = JSON.parse(recipe.replaceAll('../../build/downloads/', 'downloads/'));
  const files = ['score.pth', 'score.pth', 'emotion.pth'];
  local.downloads.forEach((download, index) => { download.url = `http://127.0.0.1:${server.address().port}/${files[index]}`; });
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(local));
  return join(folder, 'recipe.json');
}

/** Runs a script and tells the most memory that it held. */
async function runMeasured(script, args) {
  const code = `process.argv = [process.argv[0], ${JSON.stringify(script)}, ...${JSON.stringify(args)}];
    process.on('exit', () => console.log('PEAK', process.resourceUsage().maxRSS));
    await import(${JSON.stringify(script)});`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { maxBuffer: 1 << 26 });
  return Number(/PEAK (\d+)/.exec(stdout)[1]) / 1024;
}

test('three files become one base and three adapters, in less than 1 GB of memory', async (t) => {
  const recipe = await writeLocalRecipe();
  await run(process.execPath, [join(ROOT, 'build_scripts/download.mjs'), recipe], { maxBuffer: 1 << 26 });
  for (const outtype of ['q8', 'f32']) {
    const outdir = join(folder, outtype);
    const started = Date.now();
    const megabytes = await runMeasured(join(ROOT, 'build_scripts/convert.mjs'), [recipe, '--outdir', outdir, '--outtype', outtype]);
    t.diagnostic(`${outtype}: ${((Date.now() - started) / 1000).toFixed(0)} s, at most ${megabytes.toFixed(0)} MiB of memory`);
    assert.ok(megabytes < 1000, `${megabytes} MiB`);
  }
  const { base, tasks } = JSON.parse(await readFile(join(folder, 'q8/model.json')));
  const total = (shards) => shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  assert.ok(total(base.shards) < 320, `${total(base.shards)} MB`);
  for (const { shards } of tasks) assert.ok(total(shards) < 8);
});

test('the scores are PyTorch\'s', async (t) => {
  const { embeddings, raw } = expected.tasks.score;
  const exact = (await TestTower.load(join(folder, 'f32'), 'simd128')).run(views, 0);
  const errors = [relativeError(exact.embeddings, embeddings), spreadError(exact.raw, raw)];
  t.diagnostic(`f32: ${errors.map((error) => error.toExponential(1)).join(', ')}`);
  assert.ok(errors[0] < 1e-4 && errors[1] < 1e-3, String(errors));
  const lowest = lowestCosine((await TestTower.load(join(folder, 'q8'), 'simd128')).run(views, 0).embeddings, embeddings);
  t.diagnostic(`q8: lowest cosine ${lowest.toFixed(5)}`);
  assert.ok(lowest >= 0.999, String(lowest));
});
