#include "calibrate.h"

#include "../tower/attention.h"
#include "../tower/linear.h"
#include "../tower/patches.h"

uint32_t calibrate_stride(const tower *tower) { return row_stride(tower->config.width); }

float *calibrate_residual(const tower *tower) { return tower->state.residual; }

int32_t calibrate_embed(tower *tower, int32_t views) {
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    if (ready == PERCEPT_OK) embed_patches(tower, (uint32_t)views);
    return ready;
}

/* gram += xᵀ x over `rows` rows of `in` inputs, the lower triangle. scratch: [in8 + 8, rows]. */
static void add_gram(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, float *gram, float *scratch) {
    const struct epilogue sum = {.activation = TOWER_IDENTITY, .add = 1};
    const uint32_t in8 = round_up_to(in, PANEL);
    float *panel = scratch + (size_t)in8 * rows;
    for (uint32_t k = 0; k < in8; k++) {
        for (uint32_t r = 0; r < rows; r++) scratch[(size_t)k * rows + r] = k < in ? x[(size_t)r * x_stride + k] : 0.0f;
    }
    for (uint32_t first = 0; first < in8; first += PANEL) {
        for (uint32_t r = 0; r < rows; r++) {
            for (uint32_t j = 0; j < PANEL; j++) panel[r * PANEL + j] = scratch[(size_t)(first + j) * rows + r];
        }
        KERNEL(gemm_f32)(scratch + (size_t)first * rows, rows, in8 - first, rows, panel, &sum,
                         gram + (size_t)first * in8 + first, in8);
    }
}

int32_t calibrate_block(tower *tower, int32_t views, float *grams, float *scratch) {
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    if (ready != PERCEPT_OK) return ready;
    const struct tower_config *config = &tower->config;
    const struct tower_state *state = &tower->state;
    const struct block *block = &tower->weights.blocks[0];
    const uint32_t rows = (uint32_t)views * config->tokens, width = config->width, width8 = round_up_to(width, PANEL);
    const uint32_t stride = row_stride(width), hidden_stride = row_stride(config->mlp_width);
    const size_t gram = (size_t)width8 * width8;

    struct product qkv =
        product_of(tower, &block->qkv, NULL, state->normed, stride, rows, state->hidden, row_stride(3 * width8));
    qkv.norm = &block->norm1;
    qkv.source = state->residual;
    product_prepare(&qkv);
    add_gram(state->normed, stride, rows, width, grams, scratch);
    product_multiply(&qkv);
    attention_f32(tower, (uint32_t)views, config->tokens);

    struct product out = product_of(tower, &block->out, NULL, state->normed, stride, rows, state->residual, stride);
    out.add = 1;
    add_gram(state->normed, stride, rows, width, grams + gram, scratch);
    product_multiply(&out);

    struct product fc1 =
        product_of(tower, &block->fc1, NULL, state->normed, stride, rows, state->hidden, hidden_stride);
    fc1.norm = &block->norm2;
    fc1.source = state->residual;
    fc1.activation = config->activation;
    product_prepare(&fc1);
    add_gram(state->normed, stride, rows, width, grams + 2 * gram, scratch);
    product_multiply(&fc1);

    struct product fc2 =
        product_of(tower, &block->fc2, NULL, state->hidden, hidden_stride, rows, state->residual, stride);
    fc2.add = 1;
    add_gram(state->hidden, hidden_stride, rows, config->mlp_width, grams + 3 * gram, scratch);
    product_multiply(&fc2);
    return PERCEPT_OK;
}
