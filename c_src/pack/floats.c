/* Weights that stay floats: in panels, or as halves. */
#include "../percept.h"
#include "codes.h"
#include "pack.h"

int32_t are_finite(const float *weights, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (weights[i] - weights[i] != 0.0f) return 0;
    }
    return 1;
}

int32_t pack_f32(const float *weights, uint32_t out, uint32_t in, float *packed) {
    if (out == 0 || in == 0) return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    for (uint32_t row = 0; row < round_up_to(out, PANEL); row++) {
        float *target = packed + (size_t)(row / PANEL) * in * PANEL + row % PANEL;
        for (uint32_t k = 0; k < in; k++) target[(size_t)k * PANEL] = row < out ? weights[(size_t)row * in + k] : 0.0f;
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
