/* What the vector kernels share: four-lane twins of the scalar functions in reference.c, operation for
 * operation, so that every lane has the scalar's bits. */
#ifndef PERCEPT_VECTOR_H
#define PERCEPT_VECTOR_H

#include <wasm_simd128.h>

#include "../percept.h"
#include "approximate.h"
#include "kernels.h"

static inline v128_t vector_minimum(v128_t a, v128_t b) { return wasm_f32x4_pmin(a, b); } /* b < a ? b : a */
static inline v128_t vector_maximum(v128_t a, v128_t b) { return wasm_f32x4_pmax(a, b); } /* a < b ? b : a */

static inline v128_t vector_multiply_add(v128_t a, v128_t b, v128_t c) {
    return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); /* rounded twice, on purpose */
}

static inline v128_t vector_exponential(v128_t x) {
    const v128_t clamped = vector_maximum(vector_minimum(x, wasm_f32x4_const_splat(EXP_HIGH)),
                                          wasm_f32x4_const_splat(EXP_LOW));
    const v128_t n = wasm_f32x4_nearest(wasm_f32x4_mul(clamped, wasm_f32x4_const_splat(EXP_LOG2E)));
    const v128_t high = wasm_f32x4_sub(clamped, wasm_f32x4_mul(n, wasm_f32x4_const_splat(EXP_LN2_HIGH)));
    const v128_t r = wasm_f32x4_sub(high, wasm_f32x4_mul(n, wasm_f32x4_const_splat(EXP_LN2_LOW)));
    v128_t p = wasm_f32x4_const_splat(EXP_P0);
    p = vector_multiply_add(p, r, wasm_f32x4_const_splat(EXP_P1));
    p = vector_multiply_add(p, r, wasm_f32x4_const_splat(EXP_P2));
    p = vector_multiply_add(p, r, wasm_f32x4_const_splat(EXP_P3));
    p = vector_multiply_add(p, r, wasm_f32x4_const_splat(EXP_P4));
    p = vector_multiply_add(p, r, wasm_f32x4_const_splat(EXP_P5));
    const v128_t one = wasm_f32x4_const_splat(1.0f);
    const v128_t mantissa = wasm_f32x4_add(vector_multiply_add(p, wasm_f32x4_mul(r, r), r), one);
    const v128_t exponent = wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_const_splat(127));
    return wasm_f32x4_mul(mantissa, wasm_i32x4_shl(exponent, 23));
}

static inline v128_t vector_quick_gelu(v128_t x) {
    const v128_t one = wasm_f32x4_const_splat(1.0f);
    const v128_t negative = wasm_f32x4_neg(wasm_f32x4_mul(x, wasm_f32x4_const_splat(QUICK_GELU_FACTOR)));
    return wasm_f32x4_div(x, wasm_f32x4_add(one, vector_exponential(negative)));
}

static inline v128_t vector_gelu(v128_t x) {
    const v128_t one = wasm_f32x4_const_splat(1.0f), half = wasm_f32x4_const_splat(0.5f);
    const v128_t size = wasm_f32x4_abs(x);
    const v128_t slope = wasm_f32x4_mul(wasm_f32x4_const_splat(ERF_P_OVER_SQRT2), size);
    const v128_t t = wasm_f32x4_div(one, wasm_f32x4_add(one, slope));
    v128_t q = wasm_f32x4_const_splat(ERF_A5);
    q = vector_multiply_add(q, t, wasm_f32x4_const_splat(ERF_A4));
    q = vector_multiply_add(q, t, wasm_f32x4_const_splat(ERF_A3));
    q = vector_multiply_add(q, t, wasm_f32x4_const_splat(ERF_A2));
    q = vector_multiply_add(q, t, wasm_f32x4_const_splat(ERF_A1));
    const v128_t tail = vector_exponential(wasm_f32x4_mul(wasm_f32x4_const_splat(-0.5f), wasm_f32x4_mul(x, x)));
    const v128_t lost = wasm_f32x4_mul(wasm_f32x4_mul(wasm_f32x4_mul(half, size), wasm_f32x4_mul(t, q)), tail);
    return wasm_f32x4_sub(vector_maximum(wasm_f32x4_const_splat(0.0f), x), lost);
}

static inline v128_t vector_activate(v128_t x, int32_t activation) {
    switch (activation) {
        case TOWER_QUICK_GELU: return vector_quick_gelu(x);
        case TOWER_GELU: return vector_gelu(x);
        case TOWER_RELU: return vector_maximum(wasm_f32x4_const_splat(0.0f), x);
        default: return x;
    }
}

/* Outputs 4 · half to 4 · half + 3 of a panel, as struct epilogue says, stored at y. */
static inline void vector_finish(v128_t product, const struct epilogue *epilogue, uint32_t half, float *y) {
    v128_t value = product;
    if (epilogue->bias) value = wasm_f32x4_add(value, wasm_v128_load(epilogue->bias + 4 * half));
    if (epilogue->add) value = wasm_f32x4_add(wasm_v128_load(y), value);
    wasm_v128_store(y, vector_activate(value, epilogue->activation));
}

/* (s0 + s1) + (s2 + s3) */
static inline float vector_join(v128_t partial) {
    return (wasm_f32x4_extract_lane(partial, 0) + wasm_f32x4_extract_lane(partial, 1)) +
           (wasm_f32x4_extract_lane(partial, 2) + wasm_f32x4_extract_lane(partial, 3));
}

#endif
