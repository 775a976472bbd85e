/** Stacks: overflowing one traps, before anything else is written over, and what the engine needs is far below what there is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const STACK_BYTES = 65536;

async function instantiate(name, shared = false) {
  const bytes = await readFile(new URL(`../../web/lib/wasm/${name}.wasm`, import.meta.url));
  const memory = new WebAssembly.Memory({ initial: 64, maximum: shared ? 65536 : 16384, shared });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  instance.exports._initialize?.();
  return { exports: instance.exports, memory };
}

for (const name of ['picture', 'tower-reference', 'tower-simd128', 'tower-simd128-shared']) {
  test(`${name}: the stack lies below everything else`, async () => {
    const { exports } = await instantiate(name, name.endsWith('-shared'));
    assert.ok((exports.picture_info ?? exports.tower_info)() >= STACK_BYTES);
  });
}

test('a stack that is used up is a trap, and the static data is whole', async () => {
  const { exports, memory } = await instantiate('tower-simd128-shared', true);
  const text = () => new TextDecoder().decode(new Uint8Array(memory.buffer, exports.tower_info(), 400).slice());
  const before = text();
  const top = exports.__stack_pointer.value;
  exports.__stack_pointer.value = top - STACK_BYTES + 512;
  assert.throws(() => exports.tower_known_answer(), WebAssembly.RuntimeError);
  exports.__stack_pointer.value = top;
  assert.equal(text(), before);
  assert.equal(exports.tower_known_answer(), 1);
});
