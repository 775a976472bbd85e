/* Through a linear layer from its outputs back to its inputs, past the LoRA beside it. */
#ifndef PERCEPT_PULLBACK_H
#define PERCEPT_PULLBACK_H

#include "trainer.h"

/* For y = W x + B (A x), of `rows` rows, each stride in floats from one row that takes part to the next:
 *   dB += dy (A x)ᵀ, dA += (Bᵀ dy) xᵀ, dx = Wᵀ dy + Aᵀ (Bᵀ dy). */
struct pullback {
    struct train *train;
    const struct linear *linear;
    const struct lora *lora; /* NULL, or one for each equal segment of the outputs, of which some may have no A */
    uint32_t segments;       /* 1; 3 for query, key, value */
    uint32_t rows;
    const float *dy; /* [rows, out8] */
    uint32_t dy_stride;
    const float *x; /* [rows, in]: read for LoRA's gradients alone */
    uint32_t x_stride;
    float *dx; /* [rows, in8], or NULL where nobody asks for it; may be x */
    uint32_t dx_stride;
};

void pull_back(const struct pullback *pullback);

/* A job over rows 0 to rows - 1, in parts of so many. */
enum { ROWS_PER_TASK = 16 };
uint32_t row_tasks(uint32_t rows);

#endif
