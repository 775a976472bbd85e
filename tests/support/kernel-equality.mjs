// Runs build/kernel-equality-*.wasm (tests/c/kernel_equality.c), in Node and in a page alike.

/**
 * @param {BufferSource} bytes the module
 * @param {number} seed of the random shapes and contents
 * @param {number} cases for each kernel
 * @returns {Promise<Record<string, number>>} the first differing case of each kernel that differs; empty when none does
 */
export async function firstDifferences(bytes, seed, cases) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 32768 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const engine = instance.exports;
  engine._initialize?.();
  const differences = {};
  for (let kernel = 0; kernel < engine.equality_kernels(); kernel++) {
    const first = engine.equality_first_difference(kernel, seed, cases);
    if (first !== 0) differences[textAt(memory, engine.equality_name(kernel))] = first;
  }
  return differences;
}

function textAt(memory, address) {
  const bytes = new Uint8Array(memory.buffer, address);
  return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
}
