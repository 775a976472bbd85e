/* The elementary functions in scalar C, which the specification of every kernel is written with; vector.h has their
 * four-lane twins. */
#ifndef PERCEPT_SCALAR_H
#define PERCEPT_SCALAR_H

#include <assert.h>
#include <stdint.h>

#include "../percept.h"
#include "approximate.h"

/* What a kernel asks of its arguments. Native builds check it, the tests' and the fuzzers'; WebAssembly trusts the tower. */
#ifdef __wasm__
#define REQUIRES(condition) ((void)0)
#else
#define REQUIRES(condition) assert(condition)
#endif

static inline float minimum(float a, float b) { return b < a ? b : a; }
static inline float maximum(float a, float b) { return a < b ? b : a; }

static inline uint32_t bits_of(float x) {
    union {
        float value;
        uint32_t bits;
    } word = {.value = x};
    return word.bits;
}

static inline float float_of(uint32_t bits) {
    union {
        uint32_t bits;
        float value;
    } word = {.bits = bits};
    return word.value;
}

static inline float exponential(float x) {
    const float clamped = maximum(minimum(x, EXP_HIGH), EXP_LOW);
    const float rounded = clamped * EXP_LOG2E + ROUNDER;
    const float n = rounded - ROUNDER;
    const float r = (clamped - n * EXP_LN2_HIGH) - n * EXP_LN2_LOW;
    float p = EXP_P0;
    p = p * r + EXP_P1;
    p = p * r + EXP_P2;
    p = p * r + EXP_P3;
    p = p * r + EXP_P4;
    p = p * r + EXP_P5;
    return ((p * (r * r) + r) + 1.0f) * float_of((bits_of(rounded) << 23) + ONE_BITS);
}

/* t · q(t) of approximate.h, for size = |x|. */
static inline float erf_tail(float size) {
    const float t = 1.0f / (1.0f + ERF_P_OVER_SQRT2 * size);
    float q = ERF_A5;
    q = q * t + ERF_A4;
    q = q * t + ERF_A3;
    q = q * t + ERF_A2;
    q = q * t + ERF_A1;
    return t * q;
}

static inline float gelu(float x) {
    const float size = __builtin_fabsf(x);
    return maximum(0.0f, x) - ((0.5f * size) * erf_tail(size)) * exponential(-0.5f * (x * x));
}

static inline float activate(float x, int32_t activation) {
    switch (activation) {
        case TOWER_QUICK_GELU: return x / (1.0f + exponential(-(x * QUICK_GELU_FACTOR)));
        case TOWER_GELU: return gelu(x);
        case TOWER_RELU: return maximum(0.0f, x);
        default: return x;
    }
}

/* The order of a sum over a row that kernels.h asks for. */
static inline float join(const float partial[4]) { return (partial[0] + partial[1]) + (partial[2] + partial[3]); }

/* What layer_norm does to each element of a row: (x - mean) · factor. */
struct norm_row {
    float mean, factor;
};

static inline struct norm_row norm_row_of(const float *x, uint32_t width, float epsilon) {
    const uint32_t whole = width & ~3u;
    float partial[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t k = 0; k < whole; k++) partial[k % 4] += x[k];
    float sum = join(partial);
    for (uint32_t k = whole; k < width; k++) sum += x[k];
    const float mean = sum / (float)width;

    float squares[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t k = 0; k < whole; k++) squares[k % 4] += (x[k] - mean) * (x[k] - mean);
    float square = join(squares);
    for (uint32_t k = whole; k < width; k++) square += (x[k] - mean) * (x[k] - mean);
    const struct norm_row row = {mean, 1.0f / __builtin_sqrtf(square / (float)width + epsilon)};
    return row;
}

#endif
