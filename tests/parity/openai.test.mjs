/**
 * The way of `make weights` for the recipes on OpenAI's archives, at full size: seeded TorchScript files (in float32, since
 * the goldens are), and LAION's heads. The embeddings are PyTorch's.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { headTensors, syntheticView, towerTensors } from '../golden/generator.mjs';
import { openAiTensors, writeScriptFile, writeTorchFile } from '../golden/torch-writer.mjs';
import { lowestCosine, relativeError, spreadError } from '../support/closeness.mjs';
import { TestTower } from '../support/tower-harness.mjs';
import { convertMeasured, downloadRecipe, serveFolder } from '../support/published.mjs';

const readCase = async (name, id) => JSON.parse(await readFile(new URL(`../golden/${name}`, import.meta.url))).cases.find((one) => one.id === id);
const viewsOf = ({ sizes: { image }, views: { seed, count } }) => Array.from({ length: count }, (_, index) => syntheticView(image, seed, index));
const BASE = -1;

/** LAION's heads: a single layer, and layers.{0,2,4,6,7} without activations. */
const HEADS = [
  { task: 0, file: 'linear.pth', outputs: [1], names: [''], seed: 71 },
  { task: 1, file: 'mlp.pth', outputs: [1024, 128, 64, 16, 1], names: [0, 2, 4, 6, 7].map((number) => `layers.${number}.`), seed: 72 },
];

function headFile(inputs, { outputs, names, seed }) {
  return headTensors(inputs, outputs, seed).map((tensor) => ({ ...tensor, name: tensor.name.replace(/^fc(\d+)\./, (_, number) => names[number - 1]) }));
}

/** The chain of linear layers on the normalised embedding, in double precision. */
function applyHead(embedding, { outputs, seed }) {
  const length = Math.hypot(...embedding);
  const tensors = headTensors(embedding.length, outputs, seed).map(({ make }) => make());
  return outputs.reduce((x, out, layer) => Array.from({ length: out }, (_, row) => (
    x.reduce((sum, value, k) => sum + value * tensors[2 * layer][row * x.length + k], tensors[2 * layer + 1][row]))), embedding.map((value) => value / length));
}

for (const [name, goldens, id, outtype] of [['clip-b32', 'tower.json', 'b32', 'f32'], ['laion-aesthetic-l14', 'tower-l14.json', 'l14-outliers', 'q8']]) {
  test(`${name}: from the address to PyTorch's embeddings`, async (t) => {
    const served = await serveFolder();
    t.after(served.close);
    const testCase = await readCase(goldens, id);
    const { sizes, seed, outliers, expected } = testCase;
    await writeScriptFile(join(served.folder, 'tower.pt'), openAiTensors(towerTensors(sizes, seed, outliers)));
    for (const head of HEADS) await writeTorchFile(join(served.folder, head.file), headFile(sizes.embedding, head));
    const recipe = await downloadRecipe(served, name, ['tower.pt', ...HEADS.map(({ file }) => file)]);
    const { seconds, megabytes } = await convertMeasured(recipe, join(served.folder, 'model'), outtype);
    const tower = await TestTower.load(join(served.folder, 'model'), 'simd128');
    const { embeddings } = tower.run(viewsOf(testCase), BASE);
    const [lowest, error] = [lowestCosine, relativeError].map((compare) => compare(embeddings, expected.embeddings));
    t.diagnostic(`${outtype} in ${seconds.toFixed(0)} s, at most ${megabytes.toFixed(0)} MiB; lowest cosine ${lowest.toFixed(5)}, error ${error.toExponential(1)}`);
    assert.ok(outtype === 'f32' ? error < 1e-4 : lowest >= 0.999, `${lowest}, ${error}`);
    assert.equal(tower.manifest.tower.activation, 'quick_gelu');
    for (const head of name.startsWith('laion') ? HEADS : []) {
      const { raw } = tower.run(viewsOf(testCase), head.task);
      assert.ok(spreadError(raw, embeddings.map((embedding) => applyHead(embedding, head))) < 1e-3, head.file);
    }
  });
}
