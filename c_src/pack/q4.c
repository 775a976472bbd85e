/* Quantising to q4: for each group of 32 weights, the multiplier and the nibbles of least squared error. */
#include <string.h>

#include "../kernels/q4.h"
#include "../percept.h"
#include "codes.h"
#include "pack.h"

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

/* How the errors of a layer's weights make up for one another. */
struct feedback {
    const float *factor; /* pack_factor's, [in8, stride] */
    uint32_t in, out, stride;
    float *errors;  /* [out, in], of the weights that are rounded already */
    float *carried; /* [out, 32]: what they leave to the group at hand */
    float *panel;   /* [in, 8] */
};

static struct feedback lay_out(const struct pack_layer *layer, const float *factor, float *scratch) {
    const struct feedback feedback = {.factor = factor,
                                      .in = layer->in,
                                      .out = layer->out,
                                      .stride = round_up_to(layer->in, PANEL),
                                      .errors = scratch,
                                      .carried = scratch + (size_t)layer->out * layer->in,
                                      .panel = scratch + (size_t)layer->out * (layer->in + Q4_GROUP)};
    return feedback;
}

/* carried = errors · Nᵀ for the 32 inputs from `first` on. */
static void carry(const struct feedback *feedback, uint32_t first) {
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    for (uint32_t k = 0; k < Q4_GROUP; k += PANEL) {
        for (uint32_t i = 0; i < first; i++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                feedback->panel[i * PANEL + j] = feedback->factor[(size_t)(first + k + j) * feedback->stride + i];
            }
        }
        KERNEL(gemm_f32)(feedback->errors, feedback->in, feedback->out, first, feedback->panel, &plain,
                         feedback->carried + k, Q4_GROUP);
    }
}

/* Chooses a row's nibbles of the group from `first` on anew, one after the other, each making up for the errors before it.
 * weights: of the row and group. */
static void choose_in_turn(const struct feedback *feedback, uint32_t row, uint32_t first, const float *weights,
                           float scale, struct q4_choice *choice) {
    const float *carried = feedback->carried + (size_t)row * Q4_GROUP;
    float *errors = feedback->errors + (size_t)row * feedback->in + first;
    const float inverse = 8.0f / ((float)choice->multiplier * scale);
    for (uint32_t k = 0; k < Q4_GROUP; k++) {
        const float *factors = feedback->factor + (size_t)(first + k) * feedback->stride + first;
        float target = weights[k] + carried[k];
        for (uint32_t j = 0; j < k; j++) target += errors[j] * factors[j];
        choice->nibbles[k] = nearest_nibble(target * inverse);
        errors[k] = weights[k] - (float)q4_to_code(choice->nibbles[k], choice->multiplier) * scale;
    }
}

int32_t pack_q4(const struct pack_layer *layer, const float *factor, float *scratch) {
    const uint32_t out = layer->out, in = layer->in, blocks = layer->blocks;
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0 || in / blocks % Q4_GROUP != 0) {
        return PERCEPT_BAD_ARGUMENT;
    }
    if (!are_finite(layer->weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    const uint32_t group = in / blocks, out8 = round_up_to(out, PANEL);
    struct feedback feedback = {.factor = NULL};
    if (factor) feedback = lay_out(layer, factor, scratch); /* without it there is no scratch */
    memset(layer->codes, 0, (size_t)(out8 / PANEL) * in / Q4_GROUP * Q4_UNIT_BYTES);
    /* Rows of padding have the scale 0, whatever their nibbles. */
    memset(layer->scales, 0, (size_t)out8 * blocks * sizeof *layer->scales);
    memset(layer->sums, 0, (size_t)out8 * blocks * sizeof *layer->sums);
    for (uint32_t first = 0; first < in; first += Q4_GROUP) {
        const uint32_t b = first / group;
        if (factor) carry(&feedback, first);
        for (uint32_t row = 0; row < out; row++) {
            const size_t index = scale_index(row, b, blocks);
            const float *source = layer->weights + (size_t)row * in + first;
            const float *factors = layer->smooth ? layer->smooth + first : NULL;
            if (first % group == 0) layer->scales[index] = full_scale(source, factors, group);
            const float scale = layer->scales[index];
            float weights[Q4_GROUP], targets[Q4_GROUP];
            for (uint32_t k = 0; k < Q4_GROUP; k++) {
                weights[k] = weight_at(source, factors, k);
                const float wanted = weights[k] + (factor ? feedback.carried[(size_t)row * Q4_GROUP + k] : 0.0f);
                targets[k] = scale > 0.0f ? wanted / scale : 0.0f;
            }
            struct q4_choice choice = choose(targets);
            if (factor && scale > 0.0f) choose_in_turn(&feedback, row, first, weights, scale, &choice);
            const size_t unit = ((size_t)(row / PANEL) * in + first) / Q4_GROUP;
            layer->sums[index] += put_unit(&choice, row % PANEL, layer->codes + unit * Q4_UNIT_BYTES);
        }
    }
    return PERCEPT_OK;
}
