/* Attention on 16-bit integers, whose pairwise dot product every engine computes exactly, and twice as fast as float32.
 *
 * Queries and keys of a head get one scale each, so that their codes stay within ±L with head_width · L² < 2^31 (12.5
 * bits at a head width of 64); values fill 16 bits. A row of probabilities is scaled to a sum of 32767, so that
 * |Σ p · v| < 2^31. What is lost is far below what the int8 linear layers around it lose. */
#include <string.h>

#include "attention.h"

#define HIGHEST_WORD 32767.0f

/* A thread's scratch. head2 and tokens2 are rounded up to even numbers: inputs come in pairs. */
struct scratch {
    int16_t *queries;       /* [queries, head2] */
    int16_t *keys;          /* [tokens8 / 8, head2 / 2, 8, 2] */
    int16_t *values;        /* [head_width8 / 8, tokens2 / 2, 8, 2] */
    int16_t *words;         /* [2, head_width8]: rows on their way into a panel */
    int16_t *probabilities; /* [ATTENTION_ROWS, tokens8] */
    float *scores;          /* [ATTENTION_ROWS, tokens8] */
    float *mixed;           /* [ATTENTION_ROWS, head_width8] */
};

uint64_t attention_i16_bytes(const struct tower_config *config) {
    const uint64_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    return ATTENTION_ROWS * (tokens8 + head8) * sizeof(float) +
           (3 * tokens8 * head8 + 2 * head8 + ATTENTION_ROWS * tokens8) * sizeof(int16_t);
}

static struct scratch lay_out(const struct tower *tower, uint32_t thread) {
    const size_t tokens8 = round_up_to(tower->config.tokens, PANEL),
                 head8 = round_up_to(tower->config.head_width, PANEL);
    struct scratch scratch;
    scratch.scores = (float *)(void *)(tower->state.attention + thread * tower->state.attention_bytes);
    scratch.mixed = scratch.scores + ATTENTION_ROWS * tokens8;
    scratch.queries = (int16_t *)(void *)(scratch.mixed + ATTENTION_ROWS * head8);
    scratch.keys = scratch.queries + tokens8 * head8;
    scratch.values = scratch.keys + tokens8 * head8;
    scratch.words = scratch.values + tokens8 * head8;
    scratch.probabilities = scratch.words + 2 * head8;
    return scratch;
}

/* The largest |x| among the head's rows. */
static float largest_of(const float *rows, uint32_t stride, uint32_t count, uint32_t width) {
    float largest = 0.0f;
    for (uint32_t r = 0; r < count; r++) {
        const float row = KERNEL(largest)(rows + (size_t)r * stride, width);
        largest = largest < row ? row : largest;
    }
    return largest;
}

/* What a code is worth when `largest` becomes the code `limit`; 0 for a head of zeros. */
static float step_of(float largest, float limit) { return largest / limit; }

static float inverse_of(float step) { return step > 0.0f ? 1.0f / step : 0.0f; }

static void pack_queries(const struct tower_config *config, const struct attention_head *head, uint32_t queries,
                         float inverse, int16_t *words) {
    const uint32_t head2 = round_up_to(config->head_width, 2);
    for (uint32_t token = 0; token < queries; token++) {
        int16_t *row = words + (size_t)token * head2;
        row[head2 - 1] = 0;
        KERNEL(quantize_i16)(head->queries + (size_t)token * head->stride, config->head_width, inverse, row);
    }
}

static void pack_keys(const struct tower_config *config, const struct attention_head *head, float inverse,
                      const struct scratch *scratch) {
    const uint32_t head2 = round_up_to(config->head_width, 2);
    int16_t *row = scratch->words;
    memset(row, 0, head2 * sizeof *row);
    for (uint32_t token = 0; token < round_up_to(config->tokens, PANEL); token++) {
        if (token < config->tokens) {
            KERNEL(quantize_i16)(head->keys + (size_t)token * head->stride, config->head_width, inverse, row);
        } else {
            memset(row, 0, head2 * sizeof *row);
        }
        int16_t *target = scratch->keys + ((size_t)(token / PANEL) * head2 * PANEL + token % PANEL * 2);
        for (uint32_t d = 0; d < head2; d += 2) memcpy(target + (size_t)d * PANEL, row + d, 2 * sizeof *row);
    }
}

static void pack_values(const struct tower_config *config, const struct attention_head *head, float inverse,
                        const struct scratch *scratch) {
    const uint32_t head8 = round_up_to(config->head_width, PANEL), tokens2 = round_up_to(config->tokens, 2);
    int16_t *even = scratch->words, *odd = scratch->words + head8;
    memset(even, 0, 2 * head8 * sizeof *even);
    for (uint32_t token = 0; token < tokens2; token += 2) {
        const float *source = head->values + (size_t)token * head->stride;
        KERNEL(quantize_i16)(source, config->head_width, inverse, even);
        if (token + 1 < config->tokens) {
            KERNEL(quantize_i16)(source + head->stride, config->head_width, inverse, odd);
        } else {
            memset(odd, 0, head8 * sizeof *odd);
        }
        for (uint32_t first = 0; first < head8; first += PANEL) {
            int16_t *target = scratch->values + ((size_t)first * tokens2 + (size_t)token * PANEL);
            for (uint32_t j = 0; j < PANEL; j++) {
                target[2 * j] = even[first + j];
                target[2 * j + 1] = odd[first + j];
            }
        }
    }
}

static void attend(void *context, uint32_t task, uint32_t thread) {
    const struct attention_job *job = context;
    const struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const struct attention_head head = attention_head_at(tower, task / config->heads, task % config->heads);
    const uint32_t tokens8 = round_up_to(config->tokens, PANEL), head8 = round_up_to(config->head_width, PANEL);
    const uint32_t tokens2 = round_up_to(config->tokens, 2), head2 = round_up_to(config->head_width, 2);
    const struct scratch scratch = lay_out(tower, thread);

    double bound = __builtin_floor(__builtin_sqrt(2147483647.0 / (double)head2));
    if (bound > (double)HIGHEST_WORD) bound = (double)HIGHEST_WORD;
    const float limit = (float)bound;
    const float query_step = step_of(largest_of(head.queries, head.stride, job->queries, config->head_width), limit);
    const float key_step = step_of(largest_of(head.keys, head.stride, config->tokens, config->head_width), limit);
    const float value_step =
        step_of(largest_of(head.values, head.stride, config->tokens, config->head_width), HIGHEST_WORD);
    const float score_scale = query_step * key_step / __builtin_sqrtf((float)config->head_width);

    pack_queries(config, &head, job->queries, inverse_of(query_step), scratch.queries);
    pack_keys(config, &head, inverse_of(key_step), &scratch);
    pack_values(config, &head, inverse_of(value_step), &scratch);
    for (uint32_t first = 0; first < job->queries; first += ATTENTION_ROWS) {
        const uint32_t rows = job->queries - first < ATTENTION_ROWS ? job->queries - first : ATTENTION_ROWS;
        for (uint32_t panel = 0; panel < tokens8 / PANEL; panel++) {
            KERNEL(gemm_i16)(scratch.queries + (size_t)first * head2, head2, rows, head2 / 2,
                             scratch.keys + (size_t)panel * head2 * PANEL, score_scale, scratch.scores + panel * PANEL,
                             tokens8);
        }
        for (uint32_t r = 0; r < rows; r++) {
            float *row = scratch.scores + (size_t)r * tokens8;
            int16_t *probabilities = scratch.probabilities + (size_t)r * tokens8;
            const float sum = KERNEL(exponentials)(row, config->tokens, 1.0f);
            KERNEL(quantize_i16)(row, config->tokens, HIGHEST_WORD / sum, probabilities);
            if (config->tokens < tokens2) probabilities[config->tokens] = 0;
        }
        for (uint32_t panel = 0; panel < head8 / PANEL; panel++) {
            KERNEL(gemm_i16)(scratch.probabilities, tokens8, rows, tokens2 / 2,
                             scratch.values + (size_t)panel * tokens2 * PANEL, value_step / HIGHEST_WORD,
                             scratch.mixed + panel * PANEL, head8);
        }
        attention_store(config, &head, first, rows, scratch.mixed);
    }
}

void attention_i16(struct tower *tower, uint32_t views, uint32_t queries) {
    attention_run(tower, views, queries, attend);
}
