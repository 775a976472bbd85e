/* A linear layer with LoRA beside it: y = activation((add ? y : 0) + W x + b + B (A x)). */
#ifndef PERCEPT_LINEAR_H
#define PERCEPT_LINEAR_H

#include "tower.h"

/* One product over many rows. The rows of x and y lie x_stride and y_stride floats apart; every `step`-th takes part (all
 * of them, or each view's class token). Quantised, those that take part lie side by side. */
struct product {
    struct tower *tower;
    const struct linear *linear;
    const struct lora *lora; /* NULL, or one for each equal segment of the outputs */
    uint32_t segments;       /* 1; 3 for query, key, value */
    const struct norm *norm; /* when set, x = norm(source) is computed first */
    const float *source;     /* [rows · step, x_stride], read when norm is set */
    float *x;                /* [rows · step, x_stride] */
    uint32_t x_stride, rows, step;
    float *y; /* [rows · step, y_stride] */
    uint32_t y_stride;
    int32_t activation, add;
    uint32_t first_panel, panels; /* the outputs that product_multiply computes */
};

/* The whole layer, step 1, one segment, no activation. The caller says x, y, their strides and rows, and what else differs. */
struct product product_of(struct tower *tower, const struct linear *linear, const struct lora *lora);

/* Norm, quantisation and A x, row by row: what product_multiply needs to be there, of the same rows. Uses the state's
 * `quantized` and `low_rank`. */
void product_prepare(struct product *product);

/* The panels from first_panel on. */
void product_multiply(struct product *product);

/* Panels whose outputs fill a cache line: drawn by two threads, they would have them wait for each other's line at every row. */
enum { LINE_PANELS = 64 / (PANEL * sizeof(float)) };

/* The state's room for quantised rows, arranged for so many of them that a layer reads. */
struct quantized_rows quantized_for(const struct tower *tower, const struct linear *linear, uint32_t rows);

/* One panel of a q8 layer, which is followed by the one that is `ahead` panels further on. */
struct q8_panel panel_of(const struct linear *linear, uint32_t panel, uint32_t ahead);

#endif
