#include "attention_backward.h"

#include <string.h>

#include "../tower/attention.h"

/* Queries whose scores stay in the cache together. */
enum { BACKWARD_ROWS = 32 };

/* A thread's scratch; T8 and d8 are tokens and head width in whole panels. */
struct scratch {
    float *keys, *values;     /* [T8 / 8, head_width, 8]: Kᵀ and Vᵀ */
    float *keys_turned;       /* [d8 / 8, tokens, 8]: K */
    float *d_keys, *d_values; /* [d8 / 8, tokens, 8] */
    float *scores, *d_scores; /* [BACKWARD_ROWS, T8] */
    float *d_queries;         /* [BACKWARD_ROWS, d8] */
};

uint64_t attention_backward_bytes(const struct tower_config *config) {
    const uint64_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    return (2 * tokens8 * config->head_width + 3 * config->tokens * head8 + BACKWARD_ROWS * (2 * tokens8 + head8)) *
           sizeof(float);
}

static struct scratch lay_out(const struct train *train, uint32_t thread) {
    const struct tower_config *config = &train->tower->config;
    const size_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    struct scratch scratch;
    scratch.keys = (float *)(void *)(train->state.scratch + thread * train->state.scratch_bytes);
    scratch.values = scratch.keys + tokens8 * config->head_width;
    scratch.keys_turned = scratch.values + tokens8 * config->head_width;
    scratch.d_keys = scratch.keys_turned + config->tokens * head8;
    scratch.d_values = scratch.d_keys + config->tokens * head8;
    scratch.scores = scratch.d_values + config->tokens * head8;
    scratch.d_scores = scratch.scores + BACKWARD_ROWS * tokens8;
    scratch.d_queries = scratch.d_scores + BACKWARD_ROWS * tokens8;
    return scratch;
}

/* The way back of attention_pack_width. */
static void unpack_width(const struct tower_config *config, const float *panels, uint32_t stride, float *rows) {
    for (uint32_t first = 0; first < config->head_width; first += PANEL) {
        const uint32_t count = config->head_width - first < PANEL ? config->head_width - first : PANEL;
        for (uint32_t token = 0; token < config->tokens; token++) {
            const float *source = panels + ((size_t)(first / PANEL) * config->tokens + token) * PANEL;
            float *target = rows + (size_t)token * stride + first;
            if (count == PANEL) { /* whole ones without a call */
                memcpy(target, source, PANEL * sizeof *target);
            } else {
                for (uint32_t j = 0; j < count; j++) target[j] = source[j];
            }
        }
    }
}

struct return_job {
    struct train *train;
    uint32_t queries;
};

/* Some queries of a head. */
struct query_rows {
    const float *queries, *d_output; /* [rows, head_width] */
    uint32_t stride, d_stride, rows;
};

/* scores = P and d_scores = dS of some queries. */
static void score(const struct tower_config *config, const struct query_rows *q, const struct scratch *scratch) {
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL);
    const float scale = 1.0f / __builtin_sqrtf((float)config->head_width);
    for (uint32_t first = 0; first < tokens8; first += PANEL) {
        KERNEL(gemm_f32)(q->queries, q->stride, q->rows, config->head_width,
                         scratch->keys + (size_t)first * config->head_width, &plain, scratch->scores + first, tokens8);
        KERNEL(gemm_f32)(q->d_output, q->d_stride, q->rows, config->head_width,
                         scratch->values + (size_t)first * config->head_width, &plain, scratch->d_scores + first,
                         tokens8);
    }
    for (uint32_t r = 0; r < q->rows; r++) {
        float *row = scratch->scores + (size_t)r * tokens8;
        const float sum = KERNEL(exponentials)(row, config->tokens, scale);
        KERNEL(scale)(row, config->tokens, 1.0f / sum, row);
        KERNEL(softmax_backward)(row, config->tokens, scale, scratch->d_scores + (size_t)r * tokens8);
    }
}

/* The sums that a part of the queries adds to, and their own gradient into d_queries. */
static void spread(const struct tower_config *config, const struct query_rows *q, const struct scratch *scratch) {
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    for (uint32_t first = 0; first < head8; first += PANEL) {
        const size_t panel = (size_t)first * config->tokens;
        KERNEL(gemm_f32)(scratch->d_scores, tokens8, q->rows, config->tokens, scratch->keys_turned + panel, &plain,
                         scratch->d_queries + first, head8);
        KERNEL(outer_f32)(scratch->scores, tokens8, q->rows, config->tokens, q->d_output + first, q->d_stride,
                          scratch->d_values + panel);
        KERNEL(outer_f32)(scratch->d_scores, tokens8, q->rows, config->tokens, q->queries + first, q->stride,
                          scratch->d_keys + panel);
    }
}

static void attend_backward(void *context, uint32_t task, uint32_t thread) {
    const struct return_job *job = context;
    const struct train *train = job->train;
    const struct tower_config *config = &train->tower->config;
    const uint32_t view = task / config->heads, column = task % config->heads * config->head_width;
    const struct attention_head head = attention_head_at(train->tower, view, task % config->heads);
    const uint32_t width8 = round_up_to(config->width, PANEL), head8 = round_up_to(config->head_width, PANEL);
    const uint32_t d_stride = row_stride(width8), stride = row_stride(3 * width8);
    const size_t row = (size_t)view * config->tokens;
    const float *d_output = train->state.normed + row * d_stride + column;
    float *d_queries = train->state.hidden + row * stride + column;
    const struct scratch scratch = lay_out(train, thread);

    attention_pack_tokens(config, head.keys, head.stride, scratch.keys);
    attention_pack_tokens(config, head.values, head.stride, scratch.values);
    attention_pack_width(config, head.keys, head.stride, scratch.keys_turned);
    memset(scratch.d_keys, 0, 2 * (size_t)config->tokens * head8 * sizeof *scratch.d_keys);
    for (uint32_t first = 0; first < job->queries; first += BACKWARD_ROWS) {
        const struct query_rows queries = {.queries = head.queries + (size_t)first * head.stride,
                                           .d_output = d_output + (size_t)first * d_stride,
                                           .stride = head.stride,
                                           .d_stride = d_stride,
                                           .rows = job->queries - first < BACKWARD_ROWS ? job->queries - first
                                                                                        : BACKWARD_ROWS};
        score(config, &queries, &scratch);
        spread(config, &queries, &scratch);
        for (uint32_t r = 0; r < queries.rows; r++) {
            memcpy(d_queries + (size_t)(first + r) * stride, scratch.d_queries + (size_t)r * head8,
                   config->head_width * sizeof(float));
        }
    }
    unpack_width(config, scratch.d_keys, stride, d_queries + width8);
    unpack_width(config, scratch.d_values, stride, d_queries + 2 * width8);
}

void attention_backward(struct train *train, uint32_t views, uint32_t queries) {
    struct return_job job = {.train = train, .queries = queries};
    threads_run(&train->tower->threads, attend_backward, &job, views * train->tower->config.heads);
}
