/* The frame of the int8 matrix product, shared by the kernels that fill in the dot product. */
#ifndef PERCEPT_GEMM_Q8_TILE_H
#define PERCEPT_GEMM_Q8_TILE_H

#include <stddef.h>

#include "epilogue.h"

/* What the integer sum of row `index` (row · blocks + block) starts from, for outputs 4 · half on:
 * offset - zero · sums, the corrections for the codes' 64 and the activations' zero point. */
static inline v128_t q8_start(const struct quantized_rows *x, uint32_t index, v128_t sums) {
    return wasm_i32x4_sub(wasm_i32x4_splat(x->offset[index]), wasm_i32x4_mul(wasm_i32x4_splat(x->zero[index]), sums));
}

/* Codes that will be needed soon, and are read now and then while the multiplier is busy, a cache line at a time: they
 * come from memory only once for all rows, and a processor that asks for them when it needs them waits for each page. */
struct q8_ahead {
    const uint8_t *at, *end;
};

/* So many inputs are multiplied between two lines: nine tiles of rows are enough to fetch a whole panel. */
enum { AHEAD_INPUTS = 64, AHEAD_BYTES = 64 };

static inline struct q8_ahead q8_ahead_of(const struct quantized_rows *x, const struct q8_panel *panel) {
    const struct q8_ahead ahead = {panel->next, panel->next ? panel->next + x->blocks * x->block * PANEL : NULL};
    return ahead;
}

static inline const uint8_t *q8_fetch(const uint8_t *at, const uint8_t *end) {
    if (at >= end) return at;
    (void)*(const volatile uint8_t *)at;
    return at + AHEAD_BYTES;
}

/* A product on its way through its tiles. */
struct q8_product {
    const struct quantized_rows *x;
    uint32_t step;
    const struct q8_panel *panel;
    const struct epilogue *epilogue;
    float *y;
    uint32_t y_stride;
    struct q8_ahead ahead;
};

/* sum + float(dot) · (scale · scales) */
static inline v128_t q8_accumulate(v128_t sum, v128_t dot, float scale, v128_t scales) {
    return wasm_f32x4_add(
        sum, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(dot), wasm_f32x4_mul(wasm_f32x4_splat(scale), scales)));
}

#endif
