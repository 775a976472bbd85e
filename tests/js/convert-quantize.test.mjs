/** How the converter rounds: groups by measured signal-to-noise, and the patch embedding for pictures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBlocks, chooseFineBlocks } from '../../build_scripts/convert/blocks.mjs';
import { Packer } from '../../build_scripts/convert/engine.mjs';
import { CORRELATION, answersToPictures } from '../../build_scripts/convert/pixels.mjs';
import { signalToNoise } from '../../build_scripts/convert/report.mjs';
import { normals } from '../golden/generator.mjs';

const packer = await Packer.load();

function groupInputs(weights, out, inputs, smooth = null) {
  return inputs / chooseFineBlocks({ name: 'x', weights, smooth, out, inputs }, packer);
}

/** Small weights beside one of `size` in each row. */
function withSpikes(out, inputs, size) {
  const weights = normals(1, 'weights', out * inputs, 1);
  for (let row = 0; row < out; row += 1) weights[row * inputs + (row * 37) % inputs] = size;
  return weights;
}

test('groups become finer where a layer would lose too much, and only there', () => {
  assert.equal(groupInputs(withSpikes(16, 512, 1), 16, 512), 256);
  assert.equal(groupInputs(withSpikes(16, 512, 8), 16, 512), 128);
  const loud = withSpikes(16, 512, 200);
  assert.equal(groupInputs(loud, 16, 512), 32, 'no finer than the engine allows');
  const [coarse, fine] = [2, 16].map((blocks) => signalToNoise(loud, packer.q8({ name: 'x', weights: loud, out: 16, inputs: 512, blocks }).restored));
  assert.ok(fine > coarse + 6, `${coarse} dB, then ${fine} dB`);
  assert.equal(groupInputs(withSpikes(16, 509, 200), 16, 509), 509, 'a prime number of inputs has no halves');
});

test('smoothed weights are what is measured', () => {
  const weights = withSpikes(16, 512, 1);
  const smooth = new Float32Array(512).fill(1);
  smooth[5] = 1 / 32;
  assert.equal(groupInputs(weights, 16, 512, smooth) < chooseBlocks(512) * 256, true);
});

/** Σ_ij w_i C_ij w_j for pixels [3, patch, patch] that correlate as the converter assumes. */
function power(filter, patch) {
  const place = (i) => [Math.floor(i / patch ** 2), Math.floor(i / patch) % patch, i % patch];
  let sum = 0;
  filter.forEach((a, i) => filter.forEach((b, j) => {
    const distance = place(i).reduce((total, at, axis) => total + Math.abs(at - place(j)[axis]), 0);
    sum += a * b * CORRELATION ** distance;
  }));
  return sum;
}

test('the power of a filter\'s answers to pictures', () => {
  const filter = normals(2, 'filter', 3 * 5 * 5, 1);
  const sum = answersToPictures(filter, 5).reduce((total, value) => total + value * value, 0);
  assert.ok(Math.abs(sum / power(filter, 5) - 1) < 1e-6);
});

test('the patch embedding is rounded for pictures: errors of brightness cancel', () => {
  const [out, patch] = [11, 8];
  const inputs = 3 * patch * patch;
  const weights = normals(3, 'patch', out * inputs, 1);
  for (let row = 0; row < out; row += 1) {
    const filter = weights.subarray(row * inputs, (row + 1) * inputs);
    const mean = filter.reduce((sum, value) => sum + value, 0) / inputs;
    filter.forEach((value, k) => { filter[k] = value - mean; });
  }
  const answers = (restored) => signalToNoise(answersToPictures(weights, patch), answersToPictures(restored, patch));
  const plain = answers(packer.q8({ name: 'patch', weights, out, inputs, blocks: 3 }).restored);
  const { codes, sums, scales, restored } = packer.patch({ name: 'patch', weights, out }, patch, CORRELATION);
  const diffused = answers(restored);
  assert.ok(diffused > plain + 5, `${plain} dB rounded one by one, ${diffused} dB with errors handed on`);
  assert.ok(signalToNoise(weights, restored) > 25, 'and noise of single pixels is kept as well');
  assert.deepEqual([codes.length, sums.length / 4, scales.length / 4], [16 * inputs, 16 * 3, 16 * 3]);
  const intSums = new Int32Array(sums.buffer);
  for (let row = 0; row < out; row += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      let sum = 0;
      for (let k = 0; k < patch * patch; k += 1) {
        sum += codes[((Math.floor(row / 8) * 3 + colour) * patch * patch + (k - k % 4)) * 8 + (row % 8) * 4 + k % 4] - 64;
      }
      assert.equal(sum, intSums[(Math.floor(row / 8) * 3 + colour) * 8 + row % 8]);
    }
  }
});

test('without correlation each weight of the patch embedding is rounded alone', () => {
  const weights = normals(4, 'patch', 8 * 48, 1);
  const alone = packer.patch({ name: 'patch', weights, out: 8 }, 4, 0).codes;
  assert.deepEqual(alone, packer.q8({ name: 'patch', weights, out: 8, inputs: 48, blocks: 3 }).codes);
});
