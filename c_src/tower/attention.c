/* What both ways of attention share: the heads' places, and a task for each. */
#include "attention.h"

#include <string.h>

struct attention_head attention_head_at(const struct tower *tower, uint32_t view, uint32_t head) {
    const struct tower_config *config = &tower->config;
    const uint32_t width8 = round_up_to(config->width, PANEL);
    const size_t row = (size_t)view * config->tokens;
    const uint32_t stride = row_stride(3 * width8), output_stride = row_stride(width8);
    const float *queries = tower->state.hidden + row * stride + head * config->head_width;
    const struct attention_head result = {.queries = queries,
                                          .keys = queries + width8,
                                          .values = queries + 2 * width8,
                                          .output =
                                              tower->state.normed + row * output_stride + head * config->head_width,
                                          .stride = stride,
                                          .output_stride = output_stride};
    return result;
}

void attention_store(const struct tower_config *config, const struct attention_head *head, uint32_t first,
                     uint32_t rows, const float *mixed) {
    const uint32_t stride = round_up_to(config->head_width, PANEL);
    for (uint32_t r = 0; r < rows; r++) {
        memcpy(head->output + (size_t)(first + r) * head->output_stride, mixed + (size_t)r * stride,
               config->head_width * sizeof *mixed);
    }
}

void attention_pack_tokens(const struct tower_config *config, const float *rows, uint32_t stride, float *panels) {
    for (uint32_t token = 0; token < round_up_to(config->tokens, PANEL); token++) {
        float *target = panels + (size_t)(token / PANEL) * config->head_width * PANEL + token % PANEL;
        const float *source = rows + (size_t)token * stride;
        for (uint32_t k = 0; k < config->head_width; k++) {
            target[k * PANEL] = token < config->tokens ? source[k] : 0.0f;
        }
    }
}

void attention_pack_width(const struct tower_config *config, const float *rows, uint32_t stride, float *panels) {
    for (uint32_t first = 0; first < config->head_width; first += PANEL) {
        const uint32_t count = config->head_width - first < PANEL ? config->head_width - first : PANEL;
        for (uint32_t token = 0; token < config->tokens; token++) {
            float *target = panels + ((size_t)(first / PANEL) * config->tokens + token) * PANEL;
            const float *source = rows + (size_t)token * stride + first;
            if (count == PANEL) { /* whole ones without a call */
                memcpy(target, source, PANEL * sizeof *target);
            } else {
                for (uint32_t j = 0; j < PANEL; j++) target[j] = j < count ? source[j] : 0.0f;
            }
        }
    }
}

void attention_run(struct tower *tower, uint32_t views, uint32_t queries, job_function attend) {
    struct attention_job job = {.tower = tower, .queries = queries};
    threads_run(&tower->threads, attend, &job, views * tower->config.heads);
}
