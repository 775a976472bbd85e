#include "calibrate.h"

#include "../tower/task.h"
#include "../tower/vit.h"

uint32_t calibrate_stride(const tower *tower) { return row_stride(tower->config.width); }

float *calibrate_residual(const tower *tower) { return tower->state.residual; }

/* Whether the base is whole, and so many views are computed together. */
static int32_t check_views(struct tower *tower, int32_t views) {
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    return ready == PERCEPT_OK ? slots_check(tower, 0, views) : ready;
}

int32_t calibrate_embed(tower *tower, int32_t views) {
    const int32_t status = check_views(tower, views);
    if (status != PERCEPT_OK) return status;
    trunk_forward(tower, (uint32_t)views, 0);
    return message_clear(&tower->message);
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
    const int32_t status = check_views(tower, views);
    if (status != PERCEPT_OK) return status;
    const struct tower_config *config = &tower->config;
    const struct block_job job = {.tower = tower, .block = &tower->weights.blocks[0], .views = (uint32_t)views};
    const uint32_t rows = job.views * config->tokens, width = config->width, width8 = round_up_to(width, PANEL);
    const uint32_t stride = row_stride(width), mlp_width = config->mlp_width;
    const size_t gram = (size_t)width8 * width8;
    float *normed = tower->state.normed, *hidden = tower->state.hidden;
    block_query(&job);
    add_gram(normed, stride, rows, width, grams, scratch);
    block_attend(&job);
    add_gram(normed, stride, rows, width, grams + gram, scratch);
    block_add_attended(&job);
    block_widen(&job, config->activation, hidden);
    add_gram(normed, stride, rows, width, grams + 2 * gram, scratch);
    add_gram(hidden, row_stride(mlp_width), rows, mlp_width, grams + 3 * gram, scratch);
    block_add_widened(&job, hidden);
    return message_clear(&tower->message);
}
