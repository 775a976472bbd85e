/* Quantising the patch embedding by error diffusion.
 *
 * Neighbouring pixels are alike, and a trained filter answers to how they differ: rounding each weight alone leaves
 * errors whose sum answers to plain brightness, far louder than the weights' own noise. So each error is handed on to
 * the weights of the neighbours that come later, with the opposite weight of what those pixels tell of this one: for
 * pixels that correlate by r from row to row, column to column and colour to colour, r to the next along one axis, -r²
 * along two, r³ along three. That is error-compensating rounding (GPTQ; Frantar et al., 2022) for such pixels, whose
 * Cholesky factor is this product of three short filters. */
#include <string.h>

#include "../percept.h"
#include "codes.h"
#include "pack.h"

enum { COLOURS = 3 };

/* Adds what the error at (colour, y, x) leaves to later weights of the row: [3, patch, patch]. */
static void diffuse(float *weights, uint32_t patch, uint32_t colour, uint32_t y, uint32_t x, float r, float error) {
    for (uint32_t step = 1; step < 8; step++) {
        const uint32_t c = colour + (step >> 2), v = y + (step >> 1 & 1), u = x + (step & 1);
        if (c >= COLOURS || v >= patch || u >= patch) continue;
        float share = -error;
        for (uint32_t axes = step; axes; axes >>= 1) {
            if (axes & 1) share *= -r;
        }
        weights[((size_t)c * patch + v) * patch + u] += share;
    }
}

int32_t pack_patch(const struct pack_layer *layer, uint32_t patch, float correlation, float *scratch) {
    const uint32_t out = layer->out;
    if (out == 0 || patch == 0) return PERCEPT_BAD_ARGUMENT;
    const uint32_t group = patch * patch, block = round_up_to(group, 4), out8 = round_up_to(out, PANEL);
    if (layer->in != COLOURS * group || layer->blocks != COLOURS || layer->smooth) return PERCEPT_BAD_ARGUMENT;
    if (!are_finite(layer->weights, (size_t)out * COLOURS * group)) return PERCEPT_NOT_FINITE;
    memset(layer->codes, CODE_ZERO, (size_t)out8 * COLOURS * block);
    memset(layer->scales, 0, (size_t)out8 * COLOURS * sizeof *layer->scales);
    memset(layer->sums, 0, (size_t)out8 * COLOURS * sizeof *layer->sums);
    for (uint32_t row = 0; row < out; row++) {
        const float *source = layer->weights + (size_t)row * COLOURS * group;
        memcpy(scratch, source, (size_t)COLOURS * group * sizeof *scratch);
        for (uint32_t colour = 0; colour < COLOURS; colour++) {
            const size_t index = scale_index(row, colour, COLOURS);
            const float scale = choose_scale(source + (size_t)colour * group, NULL, group);
            if (scale == 0.0f) continue;
            layer->scales[index] = scale;
            for (uint32_t k = 0; k < group; k++) {
                const float weight = scratch[(size_t)colour * group + k];
                const int32_t code = nearest_code(weight, scale);
                layer->codes[code_index(row, colour, k, COLOURS, block)] = (uint8_t)(code + CODE_ZERO);
                layer->sums[index] += code;
                diffuse(scratch, patch, colour, k / patch, k % patch, correlation, weight - (float)code * scale);
            }
        }
    }
    return PERCEPT_OK;
}
