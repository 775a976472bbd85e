/**
 * What Node 20 cannot run: the relaxed kernels and builds, under the newer Node of tests/newer-node, whose engine has
 * relaxed SIMD. The same test files run there, and skip nothing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { NEWER_NODE, noNewerNode } from '../support/newer-node.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

test('relaxed kernels have the scalar bits, and relaxed builds the published ones, under a newer Node', {
  skip: noNewerNode && `${noNewerNode}; the browser tests run the relaxed builds`,
}, async (context) => {
  const { NODE_TEST_CONTEXT, ...env } = process.env; // else it would report to this runner
  const { code, stdout } = await new Promise((resolve) => {
    execFile(NEWER_NODE, ['--test', '--test-reporter=tap', at('kernels.test.mjs'), at('vectors.test.mjs'), at('shared-work.test.mjs')], { env, maxBuffer: 1 << 24 }, (error, out) => resolve({ code: error?.code ?? 0, stdout: out }));
  });
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^# skipped 0$/m);
  assert.match(stdout, /^ok .*the relaxed kernels/m);
  assert.match(stdout, /^ok .*of each alone: q8, relaxed, 2 threads/m);
  for (const threads of [1, 2, 3]) assert.match(stdout, new RegExp(`^ok .*q8, relaxed, ${threads} threads, Node 2[2-9]`, 'm'));
  context.diagnostic(/^# pass \d+$/m.exec(stdout)[0]);
});
