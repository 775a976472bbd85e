/**
 * The gradients of c_src/train against PyTorch's autograd (tests/golden/gradients.py), on small towers.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TestTrainer, viewsOf } from '../support/trainer-harness.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/gradients.json', import.meta.url)));

const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

/** Norm of the difference over the norm, or over `least` where that is more. */
function relative(found, expected, least = 0) {
  return norm(expected.map((value, i) => value - found[i])) / Math.max(norm(expected), least);
}

function expectedGradients({ tensors, gradient }) {
  const bytes = Buffer.from(gradient, 'base64');
  const flat = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let at = 0;
  return tensors.map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b);
    at += count;
    return { name, shape, values: flat.subarray(at - count, at) };
  });
}

function begin(trainer, spec) {
  trainer.setSeededParameters(new Map(spec.tensors));
}

for (const spec of cases) {
  test(`${spec.id}: float32 gradients agree with PyTorch`, async (t) => {
    const trainer = await TestTrainer.load(spec);
    begin(trainer, spec);
    const { loss, outputs } = trainer.step(viewsOf(spec));
    assert.deepEqual(trainer.tensors.map(({ name }) => name), spec.tensors.map(([name]) => name));
    assert.ok(relative(outputs.flat(), spec.expected_outputs.flat()) < 1e-4, `outputs ${outputs}`);
    assert.ok(Math.abs(loss - spec.expected_loss) < 1e-4 * Math.abs(spec.expected_loss), `loss ${loss}`);
    let worst = 0;
    const expected = expectedGradients(spec);
    const least = 1e-3 * Math.max(...expected.map(({ values }) => norm(values))); // pairs leave nothing of the last bias
    for (const { name, shape, values } of expected) {
      const error = relative(trainer.gradientOf(name, shape), values, least);
      worst = Math.max(worst, error);
      assert.ok(error < 1e-4, `${name}: ${error}`);
    }
    t.diagnostic(`worst tensor ${worst.toExponential(1)}`);
  });
}
