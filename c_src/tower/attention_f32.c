#include "attention.h"

/* A thread's scratch: keys and values in panels, so that both products are those of a linear layer. */
struct scratch {
    float *keys;   /* [tokens8 / 8, head_width, 8] */
    float *values; /* [head_width8 / 8, tokens, 8] */
    float *scores; /* [ATTENTION_ROWS, tokens8] */
    float *mixed;  /* [ATTENTION_ROWS, head_width8] */
};

uint64_t attention_f32_bytes(const struct tower_config *config) {
    const uint64_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    return (tokens8 * config->head_width + config->tokens * head8 + ATTENTION_ROWS * (tokens8 + head8)) * sizeof(float);
}

static struct scratch lay_out(const struct tower *tower, uint32_t thread) {
    const struct tower_config *config = &tower->config;
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    struct scratch scratch;
    scratch.keys = (float *)(void *)(tower->state.attention + thread * tower->state.attention_bytes);
    scratch.values = scratch.keys + (size_t)tokens8 * config->head_width;
    scratch.scores = scratch.values + (size_t)config->tokens * head8;
    scratch.mixed = scratch.scores + (size_t)ATTENTION_ROWS * tokens8;
    return scratch;
}

static void attend(void *context, uint32_t task, uint32_t thread) {
    const struct attention_job *job = context;
    const struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const struct attention_head head = attention_head_at(tower, task / config->heads, task % config->heads);
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    const float scale = 1.0f / __builtin_sqrtf((float)config->head_width);
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    const struct scratch scratch = lay_out(tower, thread);

    attention_pack_tokens(config, head.keys, head.stride, scratch.keys);
    attention_pack_width(config, head.values, head.stride, scratch.values);
    for (uint32_t first = 0; first < job->queries; first += ATTENTION_ROWS) {
        const uint32_t rows = job->queries - first < ATTENTION_ROWS ? job->queries - first : ATTENTION_ROWS;
        for (uint32_t panel = 0; panel < tokens8 / PANEL; panel++) {
            KERNEL(gemm_f32)(head.queries + (size_t)first * head.stride, head.stride, rows, config->head_width,
                             scratch.keys + (size_t)panel * config->head_width * PANEL, &plain,
                             scratch.scores + panel * PANEL, tokens8);
        }
        for (uint32_t r = 0; r < rows; r++) {
            float *row = scratch.scores + (size_t)r * tokens8;
            const float sum = KERNEL(exponentials)(row, config->tokens, scale);
            KERNEL(scale)(row, config->tokens, 1.0f / sum, row);
        }
        for (uint32_t panel = 0; panel < head8 / PANEL; panel++) {
            KERNEL(gemm_f32)(scratch.scores, tokens8, rows, config->tokens,
                             scratch.values + (size_t)panel * config->tokens * PANEL, &plain,
                             scratch.mixed + panel * PANEL, head8);
        }
        attention_store(config, &head, first, rows, scratch.mixed);
    }
}

void attention_f32(struct tower *tower, uint32_t views, uint32_t queries) {
    attention_run(tower, views, queries, attend);
}
