/* The steps of tower_forward, for who needs what lies between them. */
#ifndef PERCEPT_VIT_H
#define PERCEPT_VIT_H

#include "tower.h"

/* One block over the first `views` views, with the adapter's LoRA beside it or NULL.
 * In the last block only the class tokens' rows are read afterwards, so that only their queries and all that
 * follows from them are computed; keys and values are needed of every token. */
struct block_job {
    struct tower *tower;
    const struct block *block;
    const struct block_adapter *adapter;
    uint32_t views;
    int32_t last;
};

/* The rows that take part in what follows attention, all or each view's class token, and how many rows apart they lie. */
uint32_t block_rows(const struct block_job *job);
uint32_t block_step(const struct block_job *job);

/* residual = the first `views` views of tower_views, embedded, after the first `blocks` blocks without any adapter. */
void trunk_forward(struct tower *tower, uint32_t views, uint32_t blocks);

/* residual += out(attention(qkv(norm1(residual)))); residual += fc2(activation(fc1(norm2(residual)))), which is these: */
void block_forward(const struct block_job *job);

/* hidden = qkv(norm1(residual)): [R, 3 · width8] */
void block_query(const struct block_job *job);
/* normed = attention(hidden): [R, width8] */
void block_attend(const struct block_job *job);
/* residual += out(normed) */
void block_add_attended(const struct block_job *job);
/* normed = norm2(residual); inside = activation(fc1(normed)): [R, mlp_width] */
void block_widen(const struct block_job *job, int32_t activation, float *inside);
/* residual += fc2(inside) */
void block_add_widened(const struct block_job *job, float *inside);

/* normed = post_norm(residual) of the class tokens' rows; embeddings = projection(normed), with `lora` beside it or NULL:
 * [views, embedding_width]. */
void project_classes(struct tower *tower, const struct lora *lora, uint32_t views, float *embeddings);

/* Whether what leaves the tower is made of finite numbers. tower_bind takes no others, but products of huge ones overflow: the
 * residual stream keeps a NaN or infinity that reaches it, and a head's ReLU would hide it. What overflows between a q8 block's
 * norm and the stream need not reach it: quantising makes ordinary numbers of it. */
int32_t embeddings_are_finite(const struct tower *tower, const float *embeddings, uint32_t views);

#endif
