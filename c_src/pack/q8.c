/* Quantising to q8: for each row of a block, the scale and the 7-bit codes of least squared error. */
#include <string.h>

#include "../percept.h"
#include "codes.h"
#include "pack.h"

/* The squared error of a group when its scale is `scale`. */
static double group_error(const float *weights, const float *smooth, uint32_t group, float scale) {
    double error = 0.0;
    for (uint32_t k = 0; k < group; k++) {
        const float weight = weight_at(weights, smooth, k);
        const double difference = (double)weight - (double)((float)nearest_code(weight, scale) * scale);
        error += difference * difference;
    }
    return error;
}

float full_scale(const float *weights, const float *smooth, uint32_t group) {
    float largest = 0.0f;
    for (uint32_t k = 0; k < group; k++) {
        const float size = __builtin_fabsf(weight_at(weights, smooth, k));
        largest = largest < size ? size : largest;
    }
    return largest / (float)CODE_HIGHEST;
}

/* Clipping the one largest weight a little is often worth the finer steps of all the others. */
float choose_scale(const float *weights, const float *smooth, uint32_t group) {
    const float full = full_scale(weights, smooth, group);
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

int32_t pack_q8(const struct pack_layer *layer) {
    const uint32_t out = layer->out, in = layer->in, blocks = layer->blocks;
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0) return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(layer->weights, (size_t)out * in)) return PERCEPT_NOT_FINITE;
    const uint32_t group = in / blocks, block = round_up_to(group, 4), out8 = round_up_to(out, PANEL);
    memset(layer->codes, CODE_ZERO, (size_t)out8 * blocks * block);
    for (uint32_t row = 0; row < out8; row++) {
        for (uint32_t b = 0; b < blocks; b++) {
            const size_t index = scale_index(row, b, blocks);
            layer->scales[index] = 0.0f;
            layer->sums[index] = 0;
            if (row >= out) continue;
            const float *source = layer->weights + (size_t)row * in + (size_t)b * group;
            const float *factors = layer->smooth ? layer->smooth + (size_t)b * group : NULL;
            const float scale = choose_scale(source, factors, group);
            if (scale == 0.0f) continue;
            for (uint32_t k = 0; k < group; k++) {
                const int32_t code = nearest_code(weight_at(source, factors, k), scale);
                layer->codes[code_index(row, b, k, blocks, block)] = (uint8_t)(code + CODE_ZERO);
                layer->sums[index] += code;
            }
            layer->scales[index] = scale;
        }
    }
    return PERCEPT_OK;
}

int32_t unpack_q8(const struct pack_layer *layer, float *weights) {
    const uint32_t out = layer->out, in = layer->in, blocks = layer->blocks;
    if (out == 0 || in == 0 || blocks == 0 || in % blocks != 0) return PERCEPT_BAD_ARGUMENT;
    const uint32_t group = in / blocks, block = round_up_to(group, 4);
    for (uint32_t row = 0; row < out; row++) {
        for (uint32_t b = 0; b < blocks; b++) {
            const float scale = layer->scales[scale_index(row, b, blocks)];
            for (uint32_t k = 0; k < group; k++) {
                const int32_t code = layer->codes[code_index(row, b, k, blocks, block)] - CODE_ZERO;
                const float factor = layer->smooth ? layer->smooth[b * group + k] : 1.0f;
                weights[(size_t)row * in + b * group + k] = (float)code * scale * factor;
            }
        }
    }
    return PERCEPT_OK;
}
