/* Low-rank adaptation (Hu et al., 2021): y += B (A x), in float32, beside the frozen layer. */
#ifndef PERCEPT_LORA_H
#define PERCEPT_LORA_H

#include "linear.h"

/* low_rank = A x for rows first to first + count - 1 of the product, every segment's A. */
void lora_reduce(const struct product *product, uint32_t first, uint32_t count);

/* y = B low_rank (+ y where the product adds) for one panel of outputs; returns whether there was a LoRA. */
int32_t lora_expand(const struct product *product, uint32_t panel);

/* Floats between two rows of the state's low_rank: room for three segments of the highest rank, or for the projection's one
 * segment of three times that, so that a task may replace CLIP's projection whole. */
uint32_t lora_stride(const struct tower_config *config);
uint32_t lora_rank_limit(const struct tower_config *config);

/* What LoRA stands beside: the name of its tensors (in a block behind `blocks.N.`), inputs, outputs and the highest rank. */
struct lora_place {
    const char *name;
    uint32_t in, out, rank_limit;
};

struct lora_place lora_place_of(const struct tower_config *config, enum lora_target target);

#endif
