#include "linear.h"

#include "lora.h"

/* Rows that one task prepares: enough to outweigh drawing it, and few enough that two threads share the fifty of a small tower
 * evenly. */
enum { PREPARE_ROWS = 8 };

/* Multiplications that make a task of panels worth drawing. */
enum { MULTIPLY_WORK = 1 << 17 };

struct product product_of(struct tower *tower, const struct linear *linear, const struct lora *lora) {
    const struct product product = {.tower = tower,
                                    .linear = linear,
                                    .lora = lora,
                                    .segments = 1,
                                    .step = 1,
                                    .activation = TOWER_IDENTITY,
                                    .first_panel = 0,
                                    .panels = linear->out8 / PANEL};
    return product;
}

struct quantized_rows quantized_for(const struct tower *tower, const struct linear *linear, uint32_t rows) {
    struct quantized_rows quantized = tower->state.quantized;
    quantized.rows = rows;
    quantized.tile = KERNEL(gemm_q8_tile)(quantized.way);
    quantized.blocks = linear->blocks;
    quantized.block = linear->block;
    return quantized;
}

struct q8_panel panel_of(const struct linear *linear, uint32_t panel, uint32_t ahead) {
    const size_t each = (size_t)linear->blocks * PANEL, first = panel * each;
    const int32_t follows = panel + ahead < linear->out8 / PANEL;
    const struct q8_panel result = {.codes = linear->codes + first * linear->block,
                                    .scales = linear->scales + first,
                                    .sums = linear->sums + first,
                                    .next = follows ? linear->codes + (first + ahead * each) * linear->block : NULL};
    return result;
}

static void prepare_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct product *product = context;
    const struct linear *linear = product->linear;
    const struct tower *tower = product->tower;
    const struct quantized_rows quantized = quantized_for(tower, linear, product->rows);
    const uint32_t first = task * PREPARE_ROWS;
    const uint32_t count = product->rows - first < PREPARE_ROWS ? product->rows - first : PREPARE_ROWS;
    for (uint32_t r = first; r < first + count; r++) {
        const uint32_t row = r * product->step;
        float *x = product->x + (size_t)row * product->x_stride;
        if (product->norm) {
            KERNEL(layer_norm)(product->source + (size_t)row * product->x_stride, linear->in, product->norm->weight,
                               product->norm->bias, tower->config.norm_epsilon, x);
        }
        if (linear->codes) KERNEL(quantize_row)(x, linear->smooth, linear->in / linear->blocks, r, &quantized);
    }
    lora_reduce(product, first, count);
}

void product_prepare(struct product *product) {
    if (!product->norm && !product->linear->codes && !product->lora) return;
    threads_run(&product->tower->threads, prepare_rows, product, (product->rows + PREPARE_ROWS - 1) / PREPARE_ROWS);
}

/* At least one, in whole cache lines of the output. */
static uint32_t panels_per_task(const struct product *product) {
    const uint64_t panel_work = (uint64_t)product->rows * product->linear->in * PANEL;
    return round_up_to((uint32_t)(MULTIPLY_WORK / (panel_work + 1)) + 1, LINE_PANELS);
}

/* `ahead`: how many panels further on the thread's next one is, most likely. */
static void multiply_panel(const struct product *product, uint32_t panel, uint32_t ahead) {
    const struct linear *linear = product->linear;
    const uint32_t y_stride = product->y_stride * product->step;
    float *y = product->y + (size_t)panel * PANEL;
    const int32_t beside = lora_expand(product, panel);
    const struct epilogue epilogue = {.bias = linear->bias ? linear->bias + (size_t)panel * PANEL : NULL,
                                      .activation = product->activation,
                                      .add = product->add || beside};
    if (linear->codes) {
        const struct quantized_rows quantized = quantized_for(product->tower, linear, product->rows);
        const struct q8_panel codes = panel_of(linear, panel, ahead);
        KERNEL(gemm_q8)(&quantized, &codes, &epilogue, y, y_stride);
    } else {
        KERNEL(gemm_f32)(product->x, product->x_stride * product->step, product->rows, linear->in,
                         linear->weight + (size_t)panel * linear->in * PANEL, &epilogue, y, y_stride);
    }
}

static void multiply_panels(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct product *product = context;
    const uint32_t each = panels_per_task(product), others = product->tower->config.threads - 1;
    const uint32_t first = task * each, end = first + each < product->panels ? first + each : product->panels;
    for (uint32_t i = first; i < end; i++) {
        multiply_panel(product, product->first_panel + i, i + 1 < end ? 1 : 1 + others * each);
    }
}

void product_multiply(struct product *product) {
    const uint32_t each = panels_per_task(product);
    threads_run(&product->tower->threads, multiply_panels, product, (product->panels + each - 1) / each);
}
