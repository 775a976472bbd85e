#include "pack.h"

#include <string.h>

#include "../percept.h"
#include "../runtime/arena.h"
#include "pack_codes.h"

/* The arena's bookkeeping lies at the beginning of its own region: this module has no globals. */
static struct arena *scratch(void) {
    struct arena arena = arena_open();
    struct arena *kept = (struct arena *)(void *)arena.begin;
    if (kept->begin == arena.begin) return kept;
    if (!arena_take(&arena, sizeof arena)) return NULL;
    *kept = arena;
    return kept;
}

uint8_t *pack_reserve(uint32_t bytes) {
    struct arena *arena = scratch();
    uint8_t *taken = arena ? arena_take(arena, bytes) : NULL;
    if (taken) memset(taken, 0, bytes); /* it may have been handed out before the last reset */
    return taken;
}

void pack_reset(void) {
    struct arena *arena = scratch();
    if (arena) arena->begin = NULL;
}

int32_t are_finite(const float *weights, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (weights[i] - weights[i] != 0.0f) return 0;
    }
    return 1;
}

int32_t pack_f32(const float *weights, uint32_t out, uint32_t in, float *packed) {
    if (out == 0 || in == 0) return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    for (uint32_t row = 0; row < (out + PANEL - 1) / PANEL * PANEL; row++) {
        float *target = packed + (size_t)(row / PANEL) * in * PANEL + row % PANEL;
        for (uint32_t k = 0; k < in; k++) target[(size_t)k * PANEL] = row < out ? weights[(size_t)row * in + k] : 0.0f;
    }
    return PERCEPT_OK;
}

/* The squared error of a group when its scale is `scale`. */
static double group_error(const float *weights, const float *smooth, uint32_t group, float scale) {
    double error = 0.0;
    for (uint32_t k = 0; k < group; k++) {
        const float weight = smooth ? weights[k] / smooth[k] : weights[k];
        const double difference = (double)weight - (double)((float)nearest_code(weight, scale) * scale);
        error += difference * difference;
    }
    return error;
}

/* Clipping the one largest weight a little is often worth the finer steps of all the others. */
float choose_scale(const float *weights, const float *smooth, uint32_t group) {
    float largest = 0.0f;
    for (uint32_t k = 0; k < group; k++) {
        const float size = __builtin_fabsf(smooth ? weights[k] / smooth[k] : weights[k]);
        largest = largest < size ? size : largest;
    }
    const float full = largest / (float)CODE_HIGHEST;
    if (full == 0.0f) return 0.0f; /* all weights are zero, or too small for a scale */
    float best = full;
    double least = group_error(weights, smooth, group, full);
    for (int percent = 98; percent >= 80; percent -= 2) {
        const float scale = full * (float)percent / 100.0f;
        const double error = group_error(weights, smooth, group, scale);
        if (error < least) {
            least = error;
            best = scale;
        }
    }
    return best;
}

int32_t pack_q8(const float *weights, const float *smooth, uint32_t out, uint32_t in, uint32_t blocks, uint8_t *codes,
                float *scales, int32_t *sums) {
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0) return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    const uint32_t group = in / blocks, block = (group + 3) / 4 * 4;
    const uint32_t out8 = (out + PANEL - 1) / PANEL * PANEL;
    memset(codes, CODE_ZERO, (size_t)out8 * blocks * block);
    for (uint32_t row = 0; row < out8; row++) {
        for (uint32_t b = 0; b < blocks; b++) {
            const size_t index = ((size_t)(row / PANEL) * blocks + b) * PANEL + row % PANEL;
            scales[index] = 0.0f;
            sums[index] = 0;
            if (row >= out) continue;
            const float *source = weights + (size_t)row * in + (size_t)b * group;
            const float *factors = smooth ? smooth + (size_t)b * group : NULL;
            const float scale = choose_scale(source, factors, group);
            if (scale == 0.0f) continue;
            for (uint32_t k = 0; k < group; k++) {
                const float weight = factors ? source[k] / factors[k] : source[k];
                const int32_t code = nearest_code(weight, scale);
                codes[code_index(row, b, k, blocks, block)] = (uint8_t)(code + CODE_ZERO);
                sums[index] += code;
            }
            scales[index] = scale;
        }
    }
    return PERCEPT_OK;
}

int32_t unpack_q8(const uint8_t *codes, const float *scales, const float *smooth, uint32_t out, uint32_t in,
                  uint32_t blocks, float *weights) {
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0) return PERCEPT_BAD_ARGUMENT;
    const uint32_t group = in / blocks, block = (group + 3) / 4 * 4;
    for (uint32_t row = 0; row < out; row++) {
        for (uint32_t b = 0; b < blocks; b++) {
            const float scale = scales[((size_t)(row / PANEL) * blocks + b) * PANEL + row % PANEL];
            for (uint32_t k = 0; k < group; k++) {
                const int32_t code = codes[code_index(row, b, k, blocks, block)] - CODE_ZERO;
                const float factor = smooth ? smooth[b * group + k] : 1.0f;
                weights[(size_t)row * in + b * group + k] = (float)code * scale * factor;
            }
        }
    }
    return PERCEPT_OK;
}

int32_t pack_f16(const float *source, uint16_t *destination, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        union {
            float value;
            uint32_t bits;
        } word = {.value = source[i]};
        const uint32_t sign = word.bits >> 16 & 0x8000;
        word.bits &= 0x7fffffff;
        if (word.bits >= 0x477ff000) return PERCEPT_NOT_FINITE; /* rounds beyond 65504 */
        if (word.bits < 0x38800000) {
            /* Below 2^-14 a half counts in steps of 2^-24; adding 0.5 lines those steps up with float32's. */
            word.value += 0.5f;
            destination[i] = (uint16_t)(sign | (word.bits - 0x3f000000));
        } else {
            const uint32_t odd = word.bits >> 13 & 1;
            destination[i] = (uint16_t)(sign | ((word.bits - 0x38000000 + 0xfff + odd) >> 13));
        }
    }
    return PERCEPT_OK;
}
