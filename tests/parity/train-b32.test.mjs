/**
 * The gradients of c_src/train on full-size seeded towers: float32 against PyTorch's autograd, int8 against float32.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { supports } from '../../web/lib/engine/probes.js';
import { mix32 } from '../golden/generator.mjs';
import { TestTrainer, viewsOf } from '../support/trainer-harness.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/gradients-b32.json', import.meta.url)));
const BUILD = supports('relaxed') ? 'relaxed' : 'simd128';

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

/** gradients.py's projections of a tensor's gradient on seeded signs. */
function projections(index, gradient, count) {
  return Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < gradient.length; k += 1) sum += mix32(97 + index * count + i, k) < 0 ? -gradient[k] : gradient[k];
    return sum;
  });
}

async function gradients(spec, outtype, isExact) {
  const trainer = await TestTrainer.load(spec, { outtype, build: BUILD });
  trainer.setSeededParameters(new Map(spec.tensors.map(([name, shape]) => [name, shape])));
  trainer.check(trainer.engine.train_exact(trainer.train, Number(isExact)));
  const { loss, outputs } = trainer.step(viewsOf(spec));
  const tensors = spec.tensors.map(([name, shape]) => trainer.gradientOf(name, shape));
  const lora = spec.tensors.flatMap(([name], i) => (name.includes('lora') ? [tensors[i]] : []));
  return { loss, outputs, tensors, lora };
}

function cosine(a, b) {
  const sum = (x, y) => x.reduce((total, values, i) => total + dot(values, y[i]), 0);
  return sum(a, b) / Math.sqrt(sum(a, a) * sum(b, b));
}

for (const spec of cases) {
  test(`${spec.id}: float32 gradients agree with PyTorch, int8 ones point where they do`, async (t) => {
    const float = await gradients(spec, 'f32', false);
    assert.ok(Math.abs(float.loss - spec.expected_loss) < 1e-4 * spec.expected_loss, `loss ${float.loss}`);
    let squares = 0;
    let whole = 0;
    spec.tensors.forEach(([name, , norm, expected], i) => {
      const found = projections(i, float.tensors[i], expected.length);
      const square = found.reduce((sum, value, k) => sum + (value - expected[k]) ** 2, 0) / expected.length;
      assert.ok(Math.sqrt(square) < 1e-4 * norm, `${name}: ${Math.sqrt(square) / norm}`);
      squares += square;
      whole += norm ** 2;
    });
    const codes = await gradients(spec, 'q8', false);
    const mixed = await gradients(spec, 'q8', true);
    const backward = cosine(codes.lora, mixed.lora);
    const exact = cosine(codes.lora, float.lora);
    t.diagnostic(`float32: ${Math.sqrt(squares / whole).toExponential(1)} from PyTorch; int8, cosine of all LoRA gradients: `
      + `${backward.toFixed(6)} to a float backward pass on the same codes, ${exact.toFixed(4)} to exact float32`);
    assert.ok(backward >= 0.999, `${backward}`);
    assert.ok(exact >= 0.98, `${exact}`);
  });
}
