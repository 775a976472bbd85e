/** What the tasks of a call share: the bits are those of each task alone, and the blocks that were computed are counted. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { supports } from '../../web/lib/engine/probes.js';
import { Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { adapterTensors } from '../golden/generator.mjs';
import { writeHead, writeSafetensors, writeTowerFolder } from '../golden/seeded-folders.mjs';

const LAYERS = 8;
const SIZES = { width: 64, layers: LAYERS, heads: 2, mlp_width: 128, patch: 16, image: 32, embedding: 48 };
const TARGETS = ['q_proj', 'k_proj', 'v_proj'];

/** More views than a batch of such a tower has. */
const MANY = 81;
const center = { resize: { shorter: 32, interpolation: 'bicubic' }, views: { center: 32 } };
const darker = { ...center, mean: [0.3, 0.3, 0.3] };
const wide = { resize: { height: 64, width: 64, interpolation: 'bilinear' }, views: { grid: [9, 9], size: 32 } };

/** From: the first block with LoRA, `LAYERS` where there is none in blocks. */
const TASKS = [
  { id: 'all', from: 0 },
  { id: 'quarter', from: 6 },
  { id: 'bare' },
  { id: 'last', from: 7 },
  { id: 'other-quarter', from: 6 },
  { id: 'projection', from: LAYERS, targets: ['visual_projection'] },
  { id: 'darker-quarter', from: 6, preprocess: darker },
  { id: 'wide-quarter', from: 6, preprocess: wide },
  { id: 'wide', preprocess: wide },
  { id: 'other-wide', preprocess: wide },
];

const layerOf = (name) => Number(/layers\.(\d+)\./.exec(name)?.[1] ?? LAYERS);

/** A model of all these tasks, in a folder of its own under `work`. */
async function makeModel(work, outtype) {
  const source = join(work, `source-${outtype}`);
  await mkdir(source);
  await writeTowerFolder(join(source, 'tower'), { sizes: SIZES, activation: 'quick_gelu', seed: 3, outliers: true });
  const tasks = [];
  for (const [at, { id, from, targets = TARGETS, preprocess = center }] of TASKS.entries()) {
    await writeHead(join(source, `${id}-head.safetensors`), SIZES.embedding, [1], 100 + at);
    if (from !== undefined) {
      const folder = join(source, `${id}-lora`);
      await mkdir(folder);
      await writeFile(join(folder, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', r: 4, lora_alpha: 4, target_modules: targets, bias: 'none' }));
      const tensors = adapterTensors(SIZES, { targets, rank: 4 }, 200 + at).filter(({ name }) => layerOf(name) >= from);
      await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
    }
    tasks.push({
      id, normalize: true, preprocess, head: { path: `${id}-head.safetensors` }, output: { kind: 'score' },
      ...(from !== undefined && { adapter: { path: `${id}-lora` } }),
    });
  }
  const recipe = join(source, 'recipe.json');
  await writeFile(recipe, JSON.stringify({ name: 'shared', base: { path: 'tower' }, tasks }));
  const outdir = join(work, outtype);
  await convert(recipe, { outdir, outtype });
  return outdir;
}

let work;
const folders = {};
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-shared-'));
  for (const outtype of ['q8', 'f32']) folders[outtype] = await makeModel(work, outtype);
});
after(() => rm(work, { recursive: true }));

const jpeg = () => new Blob([GOOD_JPEG], { type: 'image/jpeg' });

/** @param {(scorer: Scorer) => Promise<void>} work */
async function withScorer(options, use, outtype = 'q8') {
  const scorer = await Scorer.load(folders[outtype], options);
  try {
    await use(scorer);
  } finally {
    scorer.dispose();
  }
}

const SETTINGS = [
  { variant: 'reference' }, { variant: 'simd128', threads: 1 }, { variant: 'simd128', threads: 3 },
  ...(supports('relaxed') ? [{ variant: 'relaxed', threads: 1 }, { variant: 'relaxed', threads: 2 }] : []),
];
for (const outtype of ['q8', 'f32']) {
  for (const setting of SETTINGS) {
    test(`all tasks together have the bits of each alone: ${outtype}, ${setting.variant}, ${setting.threads ?? 1} threads`, () => withScorer(setting, async (scorer) => {
      const together = await scorer.score(jpeg(), { embedding: true });
      const values = new Set();
      for (const { id } of TASKS) {
        const alone = await scorer.score(jpeg(), { tasks: [id] });
        assert.deepEqual(together.scores[id], alone.scores[id], id);
        const views = id.includes('wide') ? MANY : 1;
        assert.deepEqual(alone.shared, { views: { computed: views, alone: views }, blocks: { computed: views * LAYERS, alone: views * LAYERS } }, id);
        values.add(alone.scores[id].raw[0]);
      }
      assert.equal(values.size, TASKS.length, 'each task has a value of its own');
      assert.deepEqual(together.embedding, (await scorer.embed(jpeg())).embedding);
    }, outtype));
  }
}

/** Which tasks, and what they take: views that are cut, and blocks, each counted for every view. */
const CASES = [
  { tasks: ['quarter'], views: 1, blocks: 8 },
  { tasks: ['quarter', 'other-quarter'], views: 1, blocks: 8 + 2, why: 'a second last quarter costs a quarter' },
  { tasks: ['other-quarter', 'last', 'quarter'], views: 1, blocks: 8 + 2 + 1 + 1, why: 'the trunk goes on from block 6 to 7' },
  { tasks: ['last', 'bare'], views: 1, blocks: 8 + 1 },
  { tasks: ['bare', 'projection'], views: 1, blocks: 8, why: 'neither changes a block' },
  { tasks: ['all', 'bare'], views: 1, blocks: 8 + 8, why: 'they share the patches alone' },
  { tasks: ['all', 'quarter', 'last', 'bare'], views: 1, blocks: 8 + 6 + 2 + 1 + 1 + 1 },
  { tasks: ['quarter', 'darker-quarter'], views: 1, blocks: 8 + 8, why: 'other pixels enter the tower, from the same view' },
  { tasks: ['quarter', 'wide-quarter'], views: 1 + MANY, blocks: 8 + 8 * MANY },
  { tasks: ['wide', 'wide-quarter', 'other-wide'], views: MANY, blocks: (8 + 2) * MANY, why: 'heads alone are another task for nothing' },
];
for (const { tasks, views, blocks, why } of CASES) {
  test(`${tasks.join(', ')}: ${blocks} blocks${why ? `, for ${why}` : ''}`, () => withScorer({ threads: 1 }, async (scorer) => {
    const progress = [];
    const { shared } = await scorer.score(jpeg(), { tasks, onProgress: (each) => progress.push(each) });
    const alone = tasks.reduce((sum, id) => sum + (id.includes('wide') ? MANY : 1), 0);
    assert.deepEqual(shared, { views: { computed: views, alone }, blocks: { computed: blocks, alone: alone * LAYERS } });
    const done = progress.filter(({ phase }) => phase === 'computing').map((each) => each.done);
    assert.deepEqual(done, done.toSorted((a, b) => a - b));
    assert.equal(progress.at(-1).done, progress.at(-1).total);
  }));
}

test('an embedding beside adapters takes one view through the blocks that are left', () => withScorer({ threads: 1 }, async (scorer) => {
  const { shared, embedding } = await scorer.score(jpeg(), { tasks: ['wide-quarter'], embedding: true });
  assert.deepEqual(shared.blocks, { computed: 8 * MANY + 2, alone: 8 * (MANY + 1) });
  assert.deepEqual(embedding, (await scorer.embed(jpeg(), { tasks: ['wide-quarter'] })).embedding);
}));

test('a call that was cancelled between two tasks of the same views leaves nothing behind', () => withScorer({ threads: 1 }, async (scorer) => {
  const tasks = ['wide-quarter', 'wide'];
  const expected = await scorer.score(jpeg(), { tasks });
  for (const stop of [1, 2, 3]) {
    const controller = new AbortController();
    let heard = 0;
    const onProgress = ({ phase }) => {
      if (phase === 'computing' && ++heard === stop) controller.abort();
    };
    await assert.rejects(scorer.score(jpeg(), { tasks, signal: controller.signal, onProgress }), { code: 'aborted' });
    const other = await scorer.score(jpeg(), { tasks: ['darker-quarter'] });
    assert.equal(other.shared.blocks.computed, LAYERS);
    assert.deepEqual((await scorer.score(jpeg(), { tasks })).scores, expected.scores);
  }
}));
