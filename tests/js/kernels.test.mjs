// Every vector kernel against its scalar twin, bit for bit. Node 20 has no relaxed SIMD: newer-node.test.mjs runs this
// file under one that does, and tests/browser/kernels.test.mjs compares both sets in Chromium and Firefox.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { firstDifferences } from '../support/kernel-equality.mjs';
import { supports } from '../../web/lib/engine/probes.js';

const CASES = 2000;

for (const set of supports('relaxed') ? ['simd128', 'relaxed'] : ['simd128']) {
  test(`the ${set} kernels have the scalar kernels' bits`, async () => {
    const bytes = readFileSync(new URL(`../../build/kernel-equality-${set}.wasm`, import.meta.url));
    assert.deepEqual(await firstDifferences(bytes, 20261123, CASES), {});
  });
}
