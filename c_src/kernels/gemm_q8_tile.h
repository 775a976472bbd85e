/* The frame of the int8 matrix product, shared by the kernels that fill in the dot product. */
#ifndef PERCEPT_GEMM_Q8_TILE_H
#define PERCEPT_GEMM_Q8_TILE_H

#include "vector.h"

/* What the integer sum of row `index` (row · blocks + block) starts from, for outputs 4 · half on:
 * offset - zero · sums, the corrections for the codes' 64 and the activations' zero point. */
static inline v128_t q8_start(const struct quantized_rows *x, uint32_t index, v128_t sums) {
    return wasm_i32x4_sub(wasm_i32x4_splat(x->offset[index]), wasm_i32x4_mul(wasm_i32x4_splat(x->zero[index]), sums));
}

/* sum + float(dot) · (scale · scales) */
static inline v128_t q8_accumulate(v128_t sum, v128_t dot, float scale, v128_t scales) {
    return wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(dot),
                                              wasm_f32x4_mul(wasm_f32x4_splat(scale), scales)));
}

#endif
