#include "attention.h"

#include <string.h>

struct attention_job {
    struct tower *tower;
    uint32_t queries;
};

/* Keys as panels [tokens8 / 8, head_width, 8] and values as panels [head_width8 / 8, tokens, 8], so that both
 * products are those of a linear layer. `source` is the head's first key, or value, of the view. */
static void pack_keys(const struct tower_config *config, const float *source, uint32_t stride, float *keys) {
    for (uint32_t panel = 0; panel * PANEL < config->tokens; panel++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            const uint32_t token = panel * PANEL + j;
            float *target = keys + (size_t)panel * config->head_width * PANEL + j;
            for (uint32_t d = 0; d < config->head_width; d++) {
                target[d * PANEL] = token < config->tokens ? source[(size_t)token * stride + d] : 0.0f;
            }
        }
    }
}

static void pack_values(const struct tower_config *config, const float *source, uint32_t stride, float *values) {
    for (uint32_t panel = 0; panel * PANEL < config->head_width; panel++) {
        const uint32_t first = panel * PANEL;
        const uint32_t count = config->head_width - first < PANEL ? config->head_width - first : PANEL;
        for (uint32_t token = 0; token < config->tokens; token++) {
            float *target = values + ((size_t)panel * config->tokens + token) * PANEL;
            memset(target, 0, PANEL * sizeof *target);
            memcpy(target, source + (size_t)token * stride + first, count * sizeof *target);
        }
    }
}

/* One head of one view. */
static void attend(void *context, uint32_t task, uint32_t thread) {
    const struct attention_job *job = context;
    const struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const uint32_t view = task / config->heads, head = task % config->heads;
    const uint32_t width8 = round_up_to(config->width, PANEL), stride = 3 * width8;
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    const size_t row = (size_t)view * config->tokens;
    const float *queries = tower->state.hidden + row * stride + head * config->head_width;
    float *keys = tower->state.keys + (size_t)thread * tokens8 * config->head_width;
    float *values = tower->state.values + (size_t)thread * config->tokens * head8;
    float *scores = tower->state.scores + (size_t)thread * ATTENTION_ROWS * tokens8;
    float *mixed = tower->state.mixed + (size_t)thread * ATTENTION_ROWS * head8;
    float *output = tower->state.normed + row * width8 + head * config->head_width;
    const float scale = 1.0f / __builtin_sqrtf((float)config->head_width);
    const struct epilogue plain = {.activation = TOWER_IDENTITY};

    pack_keys(config, queries + width8, stride, keys);
    pack_values(config, queries + 2 * width8, stride, values);
    for (uint32_t first = 0; first < job->queries; first += ATTENTION_ROWS) {
        const uint32_t rows = job->queries - first < ATTENTION_ROWS ? job->queries - first : ATTENTION_ROWS;
        for (uint32_t panel = 0; panel < tokens8 / PANEL; panel++) {
            KERNEL(gemm_f32)(queries + (size_t)first * stride, stride, rows, config->head_width,
                             keys + (size_t)panel * config->head_width * PANEL, &plain, scores + panel * PANEL, tokens8);
        }
        for (uint32_t r = 0; r < rows; r++) KERNEL(softmax)(scores + r * tokens8, config->tokens, tokens8, scale);
        for (uint32_t panel = 0; panel < head8 / PANEL; panel++) {
            KERNEL(gemm_f32)(scores, tokens8, rows, config->tokens, values + (size_t)panel * config->tokens * PANEL,
                             &plain, mixed + panel * PANEL, head8);
        }
        for (uint32_t r = 0; r < rows; r++) {
            memcpy(output + (size_t)(first + r) * width8, mixed + r * head8, config->head_width * sizeof *mixed);
        }
    }
}

void attention(struct tower *tower, uint32_t views, uint32_t queries) {
    struct attention_job job = {.tower = tower, .queries = queries};
    threads_run(&tower->threads, attend, &job, views * tower->config.heads);
}
