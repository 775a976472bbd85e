/* The frame of the int8 matrix product, shared by the kernels that fill in the dot product. */
#ifndef PERCEPT_GEMM_Q8_TILE_H
#define PERCEPT_GEMM_Q8_TILE_H

#include <stddef.h>

#include "epilogue.h"

/* Makes a pointer one that the compiler knows nothing of. V8 adds a constant offset to the address of each load that is spread
 * over lanes (load32_splat): a pointer of its own, from which all offsets are the same small ones, costs one addition for
 * all of them, since V8 keeps the memory's base plus each such offset in a register. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

/* Codes that will be needed soon, and are read now and then while the multiplier is busy, a cache line at a time: they
 * come from memory only once for all rows, and a processor that asks for them when it needs them waits for each page. */
struct q8_ahead {
    const uint8_t *at, *end;
};

/* So many bytes are fetched for each block of a tile: with blocks of 256 inputs eight tiles fetch a whole panel. */
enum { AHEAD_BYTES = 256, AHEAD_LINE = 64 };

static inline struct q8_ahead q8_ahead_of(const struct quantized_rows *x, const struct q8_panel *panel) {
    const uint32_t bytes = x->blocks * x->block * PANEL;
    const struct q8_ahead ahead = {panel->next, panel->next ? panel->next + bytes / AHEAD_BYTES * AHEAD_BYTES : NULL};
    return ahead;
}

static inline void q8_fetch(struct q8_ahead *ahead) {
    if (ahead->at == ahead->end) return;
    for (uint32_t line = 0; line < AHEAD_BYTES; line += AHEAD_LINE) (void)*(const volatile uint8_t *)(ahead->at + line);
    ahead->at += AHEAD_BYTES;
}

/* A product on its way through its tiles. */
struct q8_product {
    const struct quantized_rows *x;
    const struct q8_panel *panel;
    const struct epilogue *epilogue;
    float *y;
    uint32_t y_stride;
    struct q8_ahead ahead;
};

/* The numbers of a tile's rows in one block: [rows of the tile] each. */
struct q8_terms {
    const float *scale;
    const int32_t *zero, *offset;
};

/* Those of block 0 of the tile that begins with row `row`. */
static inline struct q8_terms q8_terms_of(const struct quantized_rows *x, uint32_t row) {
    const uint32_t first = row * x->blocks;
    const struct q8_terms terms = {x->scale + first, x->zero + first, x->offset + first};
    return terms;
}

static inline void q8_next_terms(struct q8_terms *terms, uint32_t rows) {
    terms->scale += rows;
    terms->zero += rows;
    terms->offset += rows;
    OPAQUE(terms->scale);
    OPAQUE(terms->zero);
    OPAQUE(terms->offset);
}

/* What the integer sum of row r of a tile starts from, for the four outputs that `sums` are of:
 * offset - zero · sums, the corrections for the codes' zero and the activations' zero point. */
static inline v128_t q8_start(const struct q8_terms *terms, uint32_t r, v128_t sums) {
    return wasm_i32x4_sub(wasm_v128_load32_splat(terms->offset + r),
                          wasm_i32x4_mul(wasm_v128_load32_splat(terms->zero + r), sums));
}

/* sum + float(dot) · (scale · scales) */
static inline v128_t q8_accumulate(v128_t sum, v128_t dot, v128_t scale, v128_t scales) {
    return wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(dot), wasm_f32x4_mul(scale, scales)));
}

#endif
