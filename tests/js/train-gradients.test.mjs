/**
 * The gradients of c_src/train against PyTorch's autograd (tests/golden/gradients.py), on small towers.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { supports } from '../../web/lib/engine/probes.js';
import { TestTrainer, viewsOf } from '../support/trainer-harness.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/gradients.json', import.meta.url)));

const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

/** Norm of the difference over the norm, or over `least` where that is more. */
function relative(found, expected, least = 0) {
  return norm(expected.map((value, i) => value - found[i])) / Math.max(norm(expected), least);
}

/** Floats of PyTorch's, tensor after tensor, in base64. */
function unpack(tensors, base64) {
  const bytes = Buffer.from(base64, 'base64');
  const flat = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let at = 0;
  return tensors.map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b);
    at += count;
    return { name, shape, values: flat.subarray(at - count, at) };
  });
}

for (const spec of cases) {
  test(`${spec.id}: float32 gradients agree with PyTorch`, async (t) => {
    const trainer = await TestTrainer.load(spec);
    trainer.setSeededParameters(new Map(spec.tensors));
    const { loss, outputs } = trainer.step(viewsOf(spec));
    assert.deepEqual(trainer.tensors.map(({ name }) => name), spec.tensors.map(([name]) => name));
    assert.ok(relative(outputs.flat(), spec.expected_outputs.flat()) < 1e-4, `outputs ${outputs}`);
    assert.ok(Math.abs(loss - spec.expected_loss) < 1e-4 * Math.abs(spec.expected_loss), `loss ${loss}`);
    let worst = 0;
    const expected = unpack(spec.tensors, spec.gradient);
    const least = 1e-3 * Math.max(...expected.map(({ values }) => norm(values))); // pairs leave nothing of the last bias
    for (const { name, shape, values } of expected) {
      const error = relative(trainer.gradientOf(name, shape), values, least);
      worst = Math.max(worst, error);
      assert.ok(error < 1e-4, `${name}: ${error}`);
    }
    t.diagnostic(`worst tensor ${worst.toExponential(1)}`);
  });
}

/** Three steps with clipping and decay. */
function takeSteps(trainer, spec) {
  trainer.setSeededParameters(new Map(spec.tensors));
  const views = viewsOf(spec);
  for (let step = 0; step < 3; step += 1) {
    trainer.step(views);
    trainer.update({ decay: 0.01, most: 0.5 });
  }
}

test('three steps of AdamW move the parameters as PyTorch does', async (t) => {
  const spec = cases.find(({ moved }) => moved);
  const trainer = await TestTrainer.load(spec);
  trainer.setSeededParameters(new Map(spec.tensors));
  const expected = unpack(spec.tensors, spec.moved);
  const before = expected.map(({ name, shape }) => trainer.parameterOf(name, shape));
  takeSteps(trainer, spec);
  const errors = expected.map(({ name, shape, values }, i) => relative(trainer.parameterOf(name, shape).map((value, k) => value - before[i][k]), values));
  t.diagnostic(`worst tensor ${Math.max(...errors).toExponential(1)}`);
  assert.ok(Math.max(...errors) < 1e-3, `${errors}`);
});

const run = JSON.parse(await readFile(new URL('../golden/training_run.json', import.meta.url)));

for (const [id, losses] of Object.entries(run.losses)) {
  test(`${id}: a run of ${run.steps} steps loses what PyTorch's does`, async (t) => {
    const spec = cases.find((each) => each.id === id);
    const trainer = await TestTrainer.load(spec);
    trainer.setSeededParameters(new Map(spec.tensors));
    const views = viewsOf(spec);
    const found = losses.map((_, step) => {
      const { loss } = trainer.step(views);
      const rate = run.rate * (1 - step / run.steps);
      trainer.update({ rate_A: rate, rate_B: rate, rate_head: rate, decay: 0.01, most: 1 });
      return loss;
    });
    const errors = losses.map((loss, step) => Math.abs(found[step] - loss) / losses[0]);
    t.diagnostic(`from ${losses[0]} to ${losses.at(-1)}; worst error ${Math.max(...errors).toExponential(1)} of the first`);
    assert.ok(losses.at(-1) < 0.95 * losses[0]);
    assert.ok(Math.max(...errors) < 1e-4, `${errors}`);
  });
}

/** The parameters' bits after three steps. */
async function teach(spec, options) {
  const trainer = await TestTrainer.load(spec, options);
  takeSteps(trainer, spec);
  const bits = Buffer.from(Float32Array.from(trainer.parameters).buffer).toString('base64');
  await trainer.stop();
  return bits;
}

/** What differs from one batch in one slot of the scalar build must not show. */
const WAYS = [
  { build: 'simd128' },
  { build: 'simd128', batch: 2, slots: 1 },
  { build: 'simd128', threads: 2 },
  { build: 'simd128', threads: 3, batch: 1 },
  ...(supports('relaxed') ? [{ build: 'relaxed' }, { build: 'relaxed', threads: 2 }, { build: 'relaxed', way: 1 }] : []),
];

for (const spec of cases.filter(({ id }) => ['attention', 'everywhere', 'bare'].includes(id))) {
  for (const outtype of ['f32', 'q8']) {
    test(`${spec.id}, ${outtype}: the same adapter from every build, batch and number of threads`, async () => {
      const expected = await teach(spec, { outtype, build: 'reference' });
      for (const way of WAYS) assert.equal(await teach(spec, { outtype, ...way }), expected, JSON.stringify(way));
    });
  }
}
