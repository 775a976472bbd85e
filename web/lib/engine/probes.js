/**
 * What this machine's WebAssembly can run. One unknown opcode invalidates a whole module, so each probe
 * is a tiny module that holds exactly the opcode in question.
 */

/** A module with one function, () -> v128, whose body is `code`. @param {number[]} code */
function moduleWith(code) {
  const body = [0x00, ...code, 0x0b];
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
    0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type 0: () -> v128
    0x03, 0x02, 0x01, 0x00, // function 0 has type 0
    0x0a, body.length + 2, 0x01, body.length, ...body, // its code, without locals
  ]);
}

const ZERO = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat

const PROBES = {
  simd128: moduleWith([...ZERO, ...ZERO, 0xfd, 0xba, 0x01]), // i32x4.dot_i16x8_s
  relaxed: moduleWith([...ZERO, ...ZERO, ...ZERO, 0xfd, 0x93, 0x02]), // i32x4.relaxed_dot_i8x16_i7x16_add_s
};

/** @param {'simd128' | 'relaxed'} name */
export function supports(name) {
  return typeof WebAssembly === 'object' && WebAssembly.validate(PROBES[name]);
}
