/** The published results: every build and number of threads computes these bits, and the self-test notices where not. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Scorer } from '../../web/lib/percept.js';
import { fetchVectors, selfTest } from '../../web/lib/weights/vectors.js';
import { supports } from '../../web/lib/engine/probes.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const PICTURES = new URL('../golden/pictures/', import.meta.url);
const SETTINGS = [
  { variant: 'reference' },
  ...[1, 2, 3].map((threads) => ({ variant: 'simd128', threads })),
  ...(supports('relaxed') ? [1, 2, 3].map((threads) => ({ variant: 'relaxed', threads })) : []),
];

let work;
before(async () => { work = await mkdtemp(join(tmpdir(), 'percept-vectors-')); });
after(() => rm(work, { recursive: true }));

async function verify(folder, setting, base, count) {
  const vectors = await fetchVectors(pathToFileURL(join(folder, 'vectors.json')));
  const scorer = await Scorer.load(folder, setting);
  try {
    return await selfTest(scorer, { pictures: vectors.pictures.slice(0, count) }, { base });
  } finally {
    scorer.dispose();
  }
}

for (const outtype of ['q8', 'f32']) {
  for (const setting of SETTINGS) {
    test(`${outtype}, ${setting.variant}, ${setting.threads ?? 1} threads, Node ${process.versions.node}`, async () => {
      const { problems, numbers } = await verify(at(`../golden/vectors/${outtype}`), setting, PICTURES);
      assert.deepEqual(problems, []);
      assert.ok(numbers > 300);
    });
  }
}

test('the model that ships', async () => {
  const samples = new URL('../../web/samples/', import.meta.url);
  assert.deepEqual((await verify(at('../../weights/demo'), { threads: 2 }, samples, 2)).problems, []);
});

test('one changed bit, of the table or of a picture, is found', async () => {
  const folder = join(work, 'model');
  await cp(at('../golden/vectors/q8'), folder, { recursive: true });
  const vectors = JSON.parse(await readFile(join(folder, 'vectors.json'), 'utf8'));
  const [first, second, third] = vectors.pictures;
  const flipped = (hex) => hex.slice(0, -1) + (parseInt(hex.at(-1), 16) ^ 1).toString(16);
  first.embedding = flipped(first.embedding);
  second.scores.plain = flipped(second.scores.plain);
  third.sha256 = flipped(third.sha256);
  await writeFile(join(folder, 'vectors.json'), JSON.stringify(vectors));
  const { problems } = await verify(folder, { threads: 1 }, PICTURES);
  assert.deepEqual(problems, [
    `${first.file}: the embedding differs.`, `${second.file}: the result of 'plain' differs.`, `${third.file} is another picture than the published one.`,
  ]);
  const { code, stdout } = await new Promise((resolve) => {
    execFile(process.execPath, [at('../../build_scripts/score.mjs'), '--self-test', '--model', folder, fileURLToPath(PICTURES)], (error, out) => resolve({ code: error?.code ?? 0, stdout: out }));
  });
  assert.equal(code, 1);
  assert.match(stdout, /NOT right/);
});

test('a table that is none is refused', async () => {
  await assert.rejects(fetchVectors(pathToFileURL(join(work, 'none.json'))), { code: 'not-found' });
  for (const [text, name] of [['{', 'broken.json'], ['{"format":"percept-model"}', 'other.json']]) {
    await writeFile(join(work, name), text);
    await assert.rejects(fetchVectors(pathToFileURL(join(work, name))), { code: 'manifest-invalid' });
  }
});
