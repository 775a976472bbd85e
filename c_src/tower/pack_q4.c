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

/* -8..7, of quotients that may be infinite or no number: errors that are handed on grow, scales may be tiny. */
static int32_t nearest_nibble(float quotient) {
    const float nibble = __builtin_rintf(quotient), low = (float)-Q4_ZERO, high = (float)(Q4_ZERO - 1);
    return nibble >= high ? Q4_ZERO - 1 : nibble > low ? (int32_t)nibble : -Q4_ZERO;
}

/* The nibbles of the plain quotients; their codes are within half a code of them. Gives up when `best` is better. */
static void try_multiplier(const float *targets, int32_t multiplier, struct q4_choice *best) {
    struct q4_choice choice = {.multiplier = multiplier};
    float codes[2 * Q4_ZERO];
    for (int32_t nibble = -Q4_ZERO; nibble < Q4_ZERO; nibble++) {
        codes[nibble + Q4_ZERO] = (float)q4_to_code(nibble, multiplier);
    }
    const float inverse = 8.0f / (float)multiplier;
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const int32_t nibble = nearest_nibble(targets[k] * inverse);
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
    if (largest > (float)Q4_MULTIPLIER_LIMIT) largest = (float)Q4_MULTIPLIER_LIMIT;
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

/* The scale that brings the largest weight of a row's block to code 63. */
static float full_scale(const float *weights, const float *smooth, uint32_t group) {
    float largest = 0.0f;
    for (uint32_t k = 0; k < group; k++) {
        const float size = __builtin_fabsf(weight_at(weights, smooth, k));
        largest = largest < size ? size : largest;
    }
    return largest / (float)CODE_HIGHEST;
}

/* Writes row j's part of a unit; returns the sum of its codes. */
static int32_t put_unit(const struct q4_choice *choice, uint32_t j, uint8_t *unit) {
    int32_t sum = 0;
    unit[j] = (uint8_t)(int8_t)choice->multiplier;
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const uint32_t index = (k / 4 * PANEL + j) * 4 + k % 4;
        unit[PANEL + index / 2] |= (uint8_t)((choice->nibbles[k] + Q4_ZERO) << index % 2 * 4);
        sum += q4_to_code(choice->nibbles[k], choice->multiplier);
    }
    return sum;
}

/* Chooses the nibbles anew, one after the other, each making up for the errors before it. weights: of the group; carried:
 * what the groups before it leave; feedback: the group's rows and columns of pack_factor's result. The errors go to `errors`. */
static void choose_in_turn(const float *weights, const float *smooth, const float *carried, const float *feedback,
                           uint32_t stride, float scale, struct q4_choice *choice, float *errors) {
    const float inverse = 8.0f / ((float)choice->multiplier * scale);
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const float weight = weight_at(weights, smooth, k);
        float target = weight + carried[k];
        for (uint32_t j = 0; j < k; j++) target += errors[j] * feedback[(size_t)k * stride + j];
        choice->nibbles[k] = nearest_nibble(target * inverse);
        errors[k] = weight - (float)q4_to_code(choice->nibbles[k], choice->multiplier) * scale;
    }
}

/* What the errors of earlier groups leave to the 32 inputs from `first` on: carried = errors · Nᵀ, [out, 32]. */
static void carry(const float *errors, uint32_t out, uint32_t in, const float *feedback, uint32_t stride,
                  uint32_t first, float *panel, float *carried) {
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    for (uint32_t k = 0; k < Q4_GROUP; k += PANEL) {
        for (uint32_t i = 0; i < first; i++) {
            for (uint32_t j = 0; j < PANEL; j++) panel[i * PANEL + j] = feedback[(size_t)(first + k + j) * stride + i];
        }
        KERNEL(gemm_f32)(errors, in, out, first, panel, &plain, carried + k, Q4_GROUP);
    }
}

int32_t pack_q4(const float *weights, const float *smooth, const float *feedback, uint32_t out, uint32_t in,
                uint32_t blocks, float *scratch, uint8_t *units, float *scales, int32_t *sums) {
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0 || in / blocks % Q4_GROUP != 0)
        return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    const uint32_t group = in / blocks, panels = (out + PANEL - 1) / PANEL, stride = (in + PANEL - 1) / PANEL * PANEL;
    float *errors = scratch, *carried = NULL, *panel = NULL;
    if (feedback) { /* without it there is no scratch */
        carried = errors + (size_t)out * in;
        panel = carried + (size_t)out * Q4_GROUP;
    }
    memset(units, 0, (size_t)panels * in / Q4_GROUP * Q4_UNIT_BYTES);
    /* Rows of padding have the scale 0, whatever their nibbles. */
    memset(scales, 0, (size_t)panels * blocks * PANEL * sizeof *scales);
    memset(sums, 0, (size_t)panels * blocks * PANEL * sizeof *sums);
    for (uint32_t first = 0; first < in; first += Q4_GROUP) {
        const uint32_t b = first / group;
        if (feedback) carry(errors, out, in, feedback, stride, first, panel, carried);
        for (uint32_t row = 0; row < out; row++) {
            const size_t block = (size_t)(row / PANEL) * blocks + b, index = block * PANEL + row % PANEL;
            const float *source = weights + (size_t)row * in + first, *factors = smooth ? smooth + first : NULL;
            if (first % group == 0) scales[index] = full_scale(source, factors, group);
            const float scale = scales[index];
            float targets[Q4_GROUP];
            for (uint32_t k = 0; k < Q4_GROUP; k++) {
                const float weight =
                    weight_at(source, factors, k) + (feedback ? carried[(size_t)row * Q4_GROUP + k] : 0.0f);
                targets[k] = scale > 0.0f ? weight / scale : 0.0f;
            }
            struct q4_choice choice = choose(targets);
            if (feedback && scale > 0.0f) {
                choose_in_turn(source, factors, carried + (size_t)row * Q4_GROUP,
                               feedback + (size_t)first * stride + first, stride, scale, &choice,
                               errors + (size_t)row * in + first);
            }
            const size_t unit = block * (group / Q4_GROUP) + (first - b * group) / Q4_GROUP;
            sums[index] += put_unit(&choice, row % PANEL, units + unit * Q4_UNIT_BYTES);
        }
    }
    return PERCEPT_OK;
}
