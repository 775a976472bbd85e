/** A step of teaching, timed by train.mjs in the Node that has relaxed SIMD, or in this one without. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { NEWER_NODE, noNewerNode } from '../support/newer-node.mjs';

const TRAIN = fileURLToPath(new URL('train.mjs', import.meta.url));

/** @param {'B/32' | 'L/14'} model @returns {Promise<string>} a line for each depth of LoRA */
export async function teachingSteps(model) {
  const [node, build] = noNewerNode ? [process.execPath, 'simd128'] : [NEWER_NODE, 'relaxed'];
  const { stdout } = await promisify(execFile)(node, [TRAIN, model, build]);
  return `${noNewerNode ? `Without relaxed SIMD, since ${noNewerNode}\n` : ''}${stdout.trim()}`;
}
