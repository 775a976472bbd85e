/**
 * The tiles of the int8 product in V8's machine code: neither the compiler nor V8 may turn bad what c_src/kernels/relaxed.c is
 * written for. Instructions are counted, so that a busy machine does not matter.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assemble } from '../bench/page/peak.js';
import { onlyLoop, tileLoops, unseen } from '../support/machine-code.mjs';

const BUILDS = ['relaxed', 'relaxed-shared'];
const wasmOf = (build) => fileURLToPath(new URL(`../../web/lib/wasm/tower-${build}.wasm`, import.meta.url));

/** Instructions for each one that the multiplications need: in a loop over quads, and in a whole block of 256 inputs. */
const LOOP = 1.12;
const BLOCK = 1.25;

const LARGEST = { fused: [6, 5], pairs: [5, 4] };

for (const build of BUILDS) {
  test(`the loops of the large tiles hold little but multiplications and their loads, ${build}`, { skip: unseen }, async (context) => {
    const loops = await tileLoops(wasmOf(build));
    for (const [way, tiles] of Object.entries(LARGEST)) {
      if (way === 'fused' && loops.fused.length === 0) {
        context.diagnostic('this processor has no dot product of four bytes (VNNI): the fused way is not looked at');
        continue;
      }
      for (const rows of tiles) {
        const loop = loops[way].find((each) => each.rows === rows);
        const what = `${way}, ${rows} rows`;
        assert.ok(loop, `${what}: there is no loop over several quads`);
        assert.equal(loop.spills, 0, `${what}: vectors go to the stack and back within the loop`);
        assert.ok(loop.instructions <= LOOP * loop.needed, `${what}: ${loop.instructions} instructions in the loop where ${loop.needed} are needed`);
        assert.ok(loop.ratio <= BLOCK, `${what}: ${loop.ratio.toFixed(3)} instructions for each needed one in a block`);
      }
    }
  });
}

/** What multiplies in one round of the benchmark's peak: 192 products, of one operation each or three. */
const PEAK = { fused: 192, pairs: 3 * 192 };
/** A look at the interrupt, a count and two jumps. */
const BESIDE = 6;

test('the peak that the benchmark measures is of multiplications alone', { skip: unseen }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'peak-'));
  try {
    for (const [way, needed] of Object.entries(PEAK)) {
      const path = join(folder, `${way}.wasm`);
      await writeFile(path, assemble(way));
      const { instructions, operations } = await onlyLoop(path);
      if (way === 'fused' && operations.fused === 0) {
        context.diagnostic('this processor has no dot product of four bytes (VNNI): the fused way is not looked at');
        continue;
      }
      assert.equal(operations[way], needed, `${way}: V8 left some out, or computes them twice`);
      assert.ok(instructions <= needed + BESIDE, `${way}: ${instructions} instructions in the loop where ${needed} multiply`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
