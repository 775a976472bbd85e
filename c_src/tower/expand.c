/* What is stored smaller than it is computed with, expanded while it is loaded. */
#include "../kernels/q4.h"

#include <stddef.h>

#include "../kernels/kernels.h"
#include "../percept.h"

/* The bits of a half widened: exact, subnormals, infinities and NaN included. */
static float widen_half(uint16_t half) {
    union {
        uint32_t bits;
        float value;
    } word;
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, mantissa = half & 1023;
    if (exponent == 0) {
        word.value = (float)mantissa / 16777216.0f; /* 2^-24 */
        word.bits |= sign;
    } else if (exponent == 31) {
        word.bits = sign | 0x7f800000 | mantissa << 13;
    } else {
        word.bits = sign | (exponent + 112) << 23 | mantissa << 13;
    }
    return word.value;
}

void tower_expand_f16(const uint16_t *source, float *destination, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) destination[i] = widen_half(source[i]);
}

void tower_expand_q4(const uint8_t *source, uint8_t *codes, uint32_t units) {
    for (uint32_t unit = 0; unit < units; unit++) {
        const uint8_t *multipliers = source + (size_t)unit * Q4_UNIT_BYTES, *nibbles = multipliers + PANEL;
        uint8_t *target = codes + (size_t)unit * Q4_GROUP * PANEL;
        for (uint32_t k = 0; k < Q4_GROUP; k++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                const uint32_t index = (k / 4 * PANEL + j) * 4 + k % 4;
                const int32_t nibble = (nibbles[index / 2] >> index % 2 * 4 & 15) - Q4_ZERO;
                target[index] = (uint8_t)(q4_to_code(nibble, (int8_t)multipliers[j]) + CODE_ZERO);
            }
        }
    }
}
