/* What the ways of quantising share: codes, their places and their scales. */
#ifndef PERCEPT_CODES_H
#define PERCEPT_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "../kernels/kernels.h"

/* Where the code of a row's input k of block b lies in [out8 / 8, blocks, block / 4, 8, 4]. */
static inline size_t code_index(uint32_t row, uint32_t b, uint32_t k, uint32_t blocks, uint32_t block) {
    return (((size_t)(row / PANEL) * blocks + b) * block + k / 4 * 4) * PANEL + row % PANEL * 4 + k % 4;
}

/* smooth: what the weights are divided by, or NULL. */
static inline float weight_at(const float *weights, const float *smooth, uint32_t k) {
    return smooth ? weights[k] / smooth[k] : weights[k];
}

/* -63..63; scale is above 0. The quotient may be infinite: errors that are handed on grow, scales may be tiny. */
static inline int32_t nearest_code(float weight, float scale) {
    const float code = __builtin_rintf(weight / scale), most = (float)CODE_HIGHEST;
    return code > most ? CODE_HIGHEST : code < -most ? -CODE_HIGHEST : (int32_t)code;
}

/* The scale that brings the largest weight of a row's group to the highest code; 0 when all weights are. */
float full_scale(const float *weights, const float *smooth, uint32_t group);

/* The scale of least squared error for a row's group, among those that clip up to a fifth of the range; 0 when all
 * weights are. */
float choose_scale(const float *weights, const float *smooth, uint32_t group);

int32_t are_finite(const float *weights, size_t count);

#endif
