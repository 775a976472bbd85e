/** Trait files from strangers: refused by a code and a sentence, with nothing left behind. */
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { traitBytes } from '../../web/lib/model/fetch-trait.js';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { MOST_TRAIT_BYTES, renamedTrait, traitIdOf } from '../../web/lib/weights/trait-file.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { fileOf, hostileTraits, partsOf } from '../support/hostile-trait.mjs';
import { lookedAt, starsOf, warmPictures } from '../support/lessons.mjs';

const DEMO = fileURLToPath(new URL('../../weights/demo/', import.meta.url));
const warm = warmPictures(12, { size: 128 });
let scorer;
let file;
let expected;
before(async () => {
  scorer = await Scorer.load(DEMO, { threads: 1 });
  const { preprocess } = scorer.tasks[0];
  const taught = await scorer.teach({ id: 'warmth', kind: 'score', pictures: await lookedAt(scorer, warm, { preprocess }), preprocess, labels: warm.map((one, picture) => ({ picture, label: starsOf(one) })) });
  file = await taught.toFile();
  expected = await scores();
});
after(() => scorer.dispose());

const scores = async () => (await scorer.score(new Blob([GOOD_JPEG]), { tasks: ['warmth', 'quality'] })).scores;

test('what is taken apart and put together is the same file, and is taken', async () => {
  assert.deepEqual(fileOf(partsOf(file)), file);
  await scorer.addTask(fileOf(partsOf(file)));
  assert.deepEqual(await scores(), expected);
});

test('a trait under another id stands beside the first, with a mark behind its title', async () => {
  assert.equal(traitIdOf(file), 'warmth');
  const other = renamedTrait(file, 'warmth-2', ' (2)');
  assert.equal(traitIdOf(other), 'warmth-2');
  const { task } = await scorer.addTask(other);
  assert.deepEqual([task.id, task.title], ['warmth-2', { en: 'warmth (2)' }]);
  const both = (await scorer.score(new Blob([GOOD_JPEG]), { tasks: ['warmth', 'warmth-2'] })).scores;
  assert.deepEqual(both['warmth-2'], expected.warmth);
  assert.deepEqual(both.warmth, expected.warmth);
  assert.deepEqual(renamedTrait(renamedTrait(file, 'x', ''), 'warmth', ''), file);
  for (const bad of [new Uint8Array(3), file.subarray(0, 200)]) {
    assert.throws(() => traitIdOf(bad), { code: 'trait-invalid' });
    assert.throws(() => renamedTrait(bad, 'x', ''), { code: 'trait-invalid' });
  }
  await scorer.removeTask('warmth-2');
});

test('hostile files are refused by their codes, and the trait that was there goes on', async (context) => {
  const counts = {};
  for (const [what, change, code] of hostileTraits(scorer.manifest.tower.width)) {
    const parts = partsOf(file);
    change(parts);
    const refusal = await scorer.addTask(fileOf(parts)).then(() => null, (error) => error);
    if (code === null) {
      if (refusal === null) await assert.rejects(scores(), { code: 'not-finite' }, what);
      await scorer.addTask(file);
      continue;
    }
    assert.ok(refusal instanceof PerceptError, `${what}: ${refusal?.stack}`);
    assert.equal(refusal.code, code, `${what}: ${refusal.message}`);
    assert.ok(refusal.message.length > 30, refusal.message);
    counts[code] = (counts[code] ?? 0) + 1;
    assert.deepEqual(scorer.traits.map(({ task }) => task.id), ['warmth'], what);
  }
  context.diagnostic(JSON.stringify(counts));
  assert.deepEqual(await scores(), expected);
});

test('files that are no trait, cut or longer, are refused', async () => {
  const wrong = [new Uint8Array(0), new Uint8Array(8), new Uint8Array([255, 255, 255, 255, 255, 255, 255, 127]), GOOD_JPEG, file.slice(0, file.length - 1), file.slice(0, 100), new Uint8Array([...file, 0])];
  for (const bytes of wrong) await assert.rejects(scorer.addTask(new Uint8Array(bytes)), { code: 'trait-invalid' });
  const folder = await mkdtemp(join(tmpdir(), 'percept-trait-'));
  const large = join(folder, 'large.safetensors');
  await writeFile(large, '');
  await truncate(large, MOST_TRAIT_BYTES + 1);
  for (const source of [large, await openAsBlob(large)]) await assert.rejects(scorer.addTask(source), { code: 'trait-invalid' });
  const gone = join(folder, 'gone.safetensors');
  await writeFile(gone, file);
  const source = await openAsBlob(gone);
  await rm(gone);
  await assert.rejects(scorer.addTask(source), { code: 'trait-invalid', message: /could not be read/ });
  const unreadable = { size: 8, arrayBuffer: () => Promise.reject(new DOMException('It was moved', 'NotReadableError')) };
  await assert.rejects(traitBytes(unreadable, {}), { code: 'trait-invalid', message: /could not be read: It was moved\./ });
  await rm(folder, { recursive: true });
  const changed = file.slice();
  changed[changed.length - 5] ^= 1; // one bit of a weight
  await assert.rejects(scorer.addTask(changed), (error) => error.code === 'trait-invalid' && /damaged/.test(error.message));
  await assert.rejects(scorer.addTask(42), { code: 'bad-argument' });
  await assert.rejects(scorer.addTask(new URL('file:///nowhere/at-all.safetensors')), { code: 'not-found' });
  assert.deepEqual(await scores(), expected);
});
