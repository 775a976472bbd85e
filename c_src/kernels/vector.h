/* What the vector kernels share: four-lane twins of the scalar functions in scalar.h, operation for
 * operation, so that every lane has the scalar's bits. */
#ifndef PERCEPT_VECTOR_H
#define PERCEPT_VECTOR_H

#include <wasm_simd128.h>

#include "../percept.h"
#include "kernels.h"
#include "scalar.h"

/* A function of a tile, whose `rows` is a number that the compiler knows wherever it is called: its loops over rows are
 * unrolled, and its arrays of vectors are registers. */
#define TILE static inline __attribute__((always_inline))

static inline v128_t vector_minimum(v128_t a, v128_t b) { return wasm_f32x4_pmin(a, b); } /* b < a ? b : a */
static inline v128_t vector_maximum(v128_t a, v128_t b) { return wasm_f32x4_pmax(a, b); } /* a < b ? b : a */

/* The least and the greatest lane, in every lane. */
static inline v128_t least_of(v128_t x) {
    x = vector_minimum(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return vector_minimum(x, wasm_i32x4_shuffle(x, x, 1, 0, 3, 2));
}

static inline v128_t greatest_of(v128_t x) {
    x = vector_maximum(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return vector_maximum(x, wasm_i32x4_shuffle(x, x, 1, 0, 3, 2));
}

static inline v128_t vector_multiply_add(v128_t a, v128_t b, v128_t c) {
    return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); /* rounded twice, on purpose */
}

/* The constants of approximate.h where they are read from memory. V8 makes a constant vector anew for each use, in three
 * operations, but keeps what was loaded; hence they are loaded, through a pointer that the compiler cannot see through. */
struct approximate_constants {
    float exp_low, exp_high, log2e, rounder, ln2_high, ln2_low, p0, p1, p2, p3, p4, p5, one, half;
    float quick_gelu_factor, minus_quick_gelu_factor, erf_slope, a1, a2, a3, a4, a5, density;
};

// clang-format off
static const struct approximate_constants approximate_constants = {
    EXP_LOW, EXP_HIGH, EXP_LOG2E, ROUNDER, EXP_LN2_HIGH, EXP_LN2_LOW,
    EXP_P0, EXP_P1, EXP_P2, EXP_P3, EXP_P4, EXP_P5, 1.0f, 0.5f,
    QUICK_GELU_FACTOR, -QUICK_GELU_FACTOR, ERF_P_OVER_SQRT2, ERF_A1, ERF_A2, ERF_A3, ERF_A4, ERF_A5,
    NORMAL_DENSITY,
};
// clang-format on

static inline const struct approximate_constants *load_constants(void) {
    const struct approximate_constants *constants = &approximate_constants;
    __asm__("" : "+r"(constants));
    return constants;
}

/* One of them in every lane; `c` names the pointer by convention in the functions below. */
#define SPLAT(name) wasm_v128_load32_splat(&c->name)

/* The functions below work on `count` vectors side by side, a number that the compiler knows: so many share each load of
 * a constant, and the processor has something to do while one of them waits for its own last step. */
#define SIDE_BY_SIDE TILE void
#define EACH(i) for (uint32_t i = 0; i < count; i++)

/* p = p · by + c, in all of them */
SIDE_BY_SIDE vector_next_term(v128_t *p, const v128_t *by, v128_t c, uint32_t count) {
    EACH(i) p[i] = vector_multiply_add(p[i], by[i], c);
}

/* x = exp(x) */
SIDE_BY_SIDE vector_exponential(v128_t *x, uint32_t count, const struct approximate_constants *c) {
    v128_t rounded[4], r[4], p[4];
    EACH(i) x[i] = vector_maximum(vector_minimum(x[i], SPLAT(exp_high)), SPLAT(exp_low));
    EACH(i) rounded[i] = vector_multiply_add(x[i], SPLAT(log2e), SPLAT(rounder));
    EACH(i) {
        const v128_t n = wasm_f32x4_sub(rounded[i], SPLAT(rounder));
        const v128_t high = wasm_f32x4_sub(x[i], wasm_f32x4_mul(n, SPLAT(ln2_high)));
        r[i] = wasm_f32x4_sub(high, wasm_f32x4_mul(n, SPLAT(ln2_low)));
        p[i] = SPLAT(p0);
    }
    vector_next_term(p, r, SPLAT(p1), count);
    vector_next_term(p, r, SPLAT(p2), count);
    vector_next_term(p, r, SPLAT(p3), count);
    vector_next_term(p, r, SPLAT(p4), count);
    vector_next_term(p, r, SPLAT(p5), count);
    EACH(i) {
        const v128_t mantissa = wasm_f32x4_add(vector_multiply_add(p[i], wasm_f32x4_mul(r[i], r[i]), r[i]), SPLAT(one));
        /* The shift drops all of ROUNDER's bits but n's; the word of 1 has its exponent raised by n. */
        x[i] = wasm_f32x4_mul(mantissa, wasm_i32x4_add(wasm_i32x4_shl(rounded[i], 23), SPLAT(one)));
    }
}

/* x = quick_gelu(x) */
SIDE_BY_SIDE vector_quick_gelu(v128_t *x, uint32_t count, const struct approximate_constants *c) {
    v128_t power[4];
    EACH(i) power[i] = wasm_f32x4_mul(x[i], SPLAT(minus_quick_gelu_factor));
    vector_exponential(power, count, c);
    EACH(i) x[i] = wasm_f32x4_div(x[i], wasm_f32x4_add(SPLAT(one), power[i]));
}

/* tail = t · q(t) of approximate.h, for |x| */
SIDE_BY_SIDE vector_erf_tail(const v128_t *size, v128_t *tail, uint32_t count, const struct approximate_constants *c) {
    v128_t t[4];
    EACH(i) {
        t[i] = wasm_f32x4_div(SPLAT(one), wasm_f32x4_add(SPLAT(one), wasm_f32x4_mul(SPLAT(erf_slope), size[i])));
        tail[i] = SPLAT(a5);
    }
    vector_next_term(tail, t, SPLAT(a4), count);
    vector_next_term(tail, t, SPLAT(a3), count);
    vector_next_term(tail, t, SPLAT(a2), count);
    vector_next_term(tail, t, SPLAT(a1), count);
    EACH(i) tail[i] = wasm_f32x4_mul(t[i], tail[i]);
}

/* bell = exp(-x²/2) */
SIDE_BY_SIDE vector_bell(const v128_t *x, v128_t *bell, uint32_t count, const struct approximate_constants *c) {
    EACH(i) bell[i] = wasm_f32x4_neg(wasm_f32x4_mul(SPLAT(half), wasm_f32x4_mul(x[i], x[i])));
    vector_exponential(bell, count, c);
}

/* x = gelu(x) */
SIDE_BY_SIDE vector_gelu(v128_t *x, uint32_t count, const struct approximate_constants *c) {
    v128_t size[4], tail[4], bell[4];
    EACH(i) size[i] = wasm_f32x4_abs(x[i]);
    vector_erf_tail(size, tail, count, c);
    vector_bell(x, bell, count, c);
    EACH(i) {
        const v128_t lost = wasm_f32x4_mul(wasm_f32x4_mul(wasm_f32x4_mul(SPLAT(half), size[i]), tail[i]), bell[i]);
        x[i] = wasm_f32x4_sub(vector_maximum(wasm_f32x4_const_splat(0.0f), x[i]), lost);
    }
}

/* (s0 + s1) + (s2 + s3) */
static inline float vector_join(v128_t partial) {
    return (wasm_f32x4_extract_lane(partial, 0) + wasm_f32x4_extract_lane(partial, 1)) +
           (wasm_f32x4_extract_lane(partial, 2) + wasm_f32x4_extract_lane(partial, 3));
}

/* The twin of norm_row_of in scalar.h. */
static inline struct norm_row vector_norm_row(const float *x, uint32_t width, float epsilon) {
    const uint32_t whole = width & ~3u;
    v128_t partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) partial = wasm_f32x4_add(partial, wasm_v128_load(x + k));
    float sum = vector_join(partial);
    for (uint32_t k = whole; k < width; k++) sum += x[k];
    const float mean = sum / (float)width;

    const v128_t means = wasm_f32x4_splat(mean);
    partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t centred = wasm_f32x4_sub(wasm_v128_load(x + k), means);
        partial = wasm_f32x4_add(partial, wasm_f32x4_mul(centred, centred));
    }
    float square = vector_join(partial);
    for (uint32_t k = whole; k < width; k++) square += (x[k] - mean) * (x[k] - mean);
    const struct norm_row row = {mean, 1.0f / __builtin_sqrtf(square / (float)width + epsilon)};
    return row;
}

#endif
