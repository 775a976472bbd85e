/* Quantising to q4: for each group of 32 weights, the multiplier and the nibbles of least squared error. */
#include <string.h>

#include "../percept.h"
#include "pack.h"
#include "pack_codes.h"
#include "q4.h"

#define MOST_ERROR 3.0e38f

struct q4_choice {
    int32_t multiplier;
    int32_t nibbles[Q4_GROUP];
    float error; /* squared, in units of the scale */
};

static int32_t clamp(int32_t x, int32_t low, int32_t high) { return x < low ? low : x > high ? high : x; }

/* The nibbles of the plain quotients; their codes are within half a code of them. Gives up when `best` is better. */
static void try_multiplier(const float *targets, int32_t multiplier, struct q4_choice *best) {
    struct q4_choice choice = {.multiplier = multiplier};
    float codes[2 * Q4_ZERO];
    for (int32_t nibble = -Q4_ZERO; nibble < Q4_ZERO; nibble++) {
        codes[nibble + Q4_ZERO] = (float)q4_to_code(nibble, multiplier);
    }
    const float inverse = 8.0f / (float)multiplier;
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const int32_t nibble = clamp((int32_t)__builtin_rintf(targets[k] * inverse), -Q4_ZERO, Q4_ZERO - 1);
        const float difference = targets[k] - codes[nibble + Q4_ZERO];
        choice.nibbles[k] = nibble;
        choice.error += difference * difference;
        if (choice.error >= best->error) return;
    }
    *best = choice;
}

/* A few multipliers that bring the largest weight to between all and two thirds of the longer side of the nibbles'
 * range, of either sign. */
static struct q4_choice choose(const float *targets) {
    enum { TRIES = 6 };
    struct q4_choice best = {.multiplier = 1, .error = MOST_ERROR};
    float largest = 0.0f;
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const float size = __builtin_fabsf(targets[k]);
        largest = largest < size ? size : largest;
    }
    const int32_t high = clamp((int32_t)__builtin_ceilf(largest * 8.0f / 7.0f), 1, Q4_MULTIPLIER_LIMIT);
    const int32_t low = clamp((int32_t)(largest * 0.75f), 1, high);
    const int32_t step = (high - low) / TRIES + 1;
    for (int32_t multiplier = high; multiplier >= low; multiplier -= step) {
        try_multiplier(targets, multiplier, &best);
        try_multiplier(targets, -multiplier, &best);
    }
    return best;
}

static float weight_at(const float *weights, const float *smooth, uint32_t k) {
    return smooth ? weights[k] / smooth[k] : weights[k];
}

/* One row's block: its scale brings the largest weight to code 63. */
static int32_t pack_block(const float *weights, const float *smooth, uint32_t group, uint32_t j, uint8_t *units,
                          float *scale, int32_t *sum) {
    float largest = 0.0f;
    for (uint32_t k = 0; k < group; k++) {
        const float weight = weight_at(weights, smooth, k), size = __builtin_fabsf(weight);
        if (weight - weight != 0.0f) return PERCEPT_NOT_FINITE;
        largest = largest < size ? size : largest;
    }
    *scale = largest / (float)CODE_HIGHEST;
    *sum = 0;
    for (uint32_t first = 0; first < group; first += Q4_GROUP) {
        uint8_t *unit = units + (size_t)(first / Q4_GROUP) * Q4_UNIT_BYTES;
        float targets[Q4_GROUP];
        for (uint32_t k = 0; k < Q4_GROUP; k++) {
            targets[k] = *scale > 0.0f ? weight_at(weights, smooth, first + k) / *scale : 0.0f;
        }
        const struct q4_choice choice = choose(targets);
        unit[j] = (uint8_t)(int8_t)choice.multiplier;
        for (uint32_t k = 0; k < Q4_GROUP; k++) {
            const uint32_t index = (k / 4 * PANEL + j) * 4 + k % 4;
            unit[PANEL + index / 2] |= (uint8_t)((choice.nibbles[k] + Q4_ZERO) << index % 2 * 4);
            *sum += q4_to_code(choice.nibbles[k], choice.multiplier);
        }
    }
    return PERCEPT_OK;
}

int32_t pack_q4(const float *weights, const float *smooth, uint32_t out, uint32_t in, uint32_t blocks, uint8_t *units,
                float *scales, int32_t *sums) {
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0 || in / blocks % Q4_GROUP != 0) return PERCEPT_BAD_ARGUMENT;
    const uint32_t group = in / blocks, panels = (out + PANEL - 1) / PANEL;
    const size_t block_bytes = (size_t)(group / Q4_GROUP) * Q4_UNIT_BYTES;
    memset(units, 0, panels * blocks * block_bytes);
    for (uint32_t row = 0; row < panels * PANEL; row++) {
        for (uint32_t b = 0; b < blocks; b++) {
            const size_t block = (size_t)(row / PANEL) * blocks + b, index = block * PANEL + row % PANEL;
            scales[index] = 0.0f;
            sums[index] = 0;
            if (row >= out) continue; /* rows of padding: scale 0, whatever the nibbles */
            const int32_t status = pack_block(weights + (size_t)row * in + (size_t)b * group,
                                              smooth ? smooth + (size_t)b * group : NULL, group, row % PANEL,
                                              units + block * block_bytes, &scales[index], &sums[index]);
            if (status != PERCEPT_OK) return status;
        }
    }
    return PERCEPT_OK;
}
