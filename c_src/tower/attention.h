/* Multi-head attention over the tokens of each view. */
#ifndef PERCEPT_ATTENTION_H
#define PERCEPT_ATTENTION_H

#include "tower.h"

/* normed[row, head] = softmax(q · kᵀ / √head_width) · v, for the first `queries` tokens of each view, from the
 * queries, keys and values in the state's `hidden`: [R, 3 · width8]. In float32, for the exact path. */
void attention_f32(struct tower *tower, uint32_t views, uint32_t queries);

/* The same with queries, keys, values and probabilities as 16-bit integers, for the int8 path. */
void attention_i16(struct tower *tower, uint32_t views, uint32_t queries);

/* What one thread needs beside it, in bytes: enough for either. */
uint64_t attention_f32_bytes(const struct tower_config *config);
uint64_t attention_i16_bytes(const struct tower_config *config);

/* One head of one view: its rows in `hidden` and in `normed`. */
struct attention_head {
    const float *queries, *keys, *values; /* [tokens, head_width], `stride` floats between rows */
    float *output;                        /* [queries, head_width], `output_stride` floats between rows */
    uint32_t stride, output_stride;
};

struct attention_head attention_head_at(const struct tower *tower, uint32_t view, uint32_t head);

/* Writes rows `first` to first + rows - 1 of the head's output. mixed: [rows, head_width8] */
void attention_store(const struct tower_config *config, const struct attention_head *head, uint32_t first,
                     uint32_t rows, const float *mixed);

/* The context of the tasks that attention_run gives to `attend`: one for each head of each view. */
struct attention_job {
    struct tower *tower;
    uint32_t queries;
};

/* panels[t / 8, k, t % 8] = rows[t, k]: tokens become the outputs of a product, as those of a linear layer. rows: [tokens,
 * head_width], `stride` floats apart; panels: [tokens8 / 8, head_width, 8], zero behind the last token. */
void attention_pack_tokens(const struct tower_config *config, const float *rows, uint32_t stride, float *panels);

/* panels[k / 8, t, k % 8] = rows[t, k]: the head's width becomes the outputs. panels: [head_width8 / 8, tokens, 8], zero behind
 * the width. */
void attention_pack_width(const struct tower_config *config, const float *rows, uint32_t stride, float *panels);

void attention_run(struct tower *tower, uint32_t views, uint32_t queries, job_function attend);

/* Queries that are scored together: their scores stay in the first-level cache. */
enum { ATTENTION_ROWS = 16 };

#endif
