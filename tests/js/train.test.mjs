/**
 * The training code of the demo's model passes its own tests. It needs numpy, Pillow and PyTorch; without them it is skipped, and says which
 * is missing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPython } from '../support/python.mjs';

const { python, skip } = findPython(['numpy', 'PIL', 'torch']);

test('the training code passes its own tests', { skip }, async () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stderr } = await promisify(execFile)(python, ['-B', '-m', 'unittest', 'discover', '-s', 'tests/train'], { cwd, env: { ...process.env, OPENBLAS_NUM_THREADS: '1' } });
  assert.match(stderr, /\nOK\n/);
});
