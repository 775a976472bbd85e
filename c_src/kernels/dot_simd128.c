/* The int8 matrix product for engines without the relaxed dot: bytes are widened to 16 bits, whose pairwise
 * dot product is exact everywhere. A dot of eight words leaves two partial sums for each output, which are
 * joined once a block. */
#include "gemm_q8_tile.h"

/* Two partial sums a lane pair: [j0 even, j0 odd, j1 even, j1 odd] + [j2 …] -> [j0, j1, j2, j3]. */
static inline v128_t join_pairs(v128_t first, v128_t second) {
    return wasm_i32x4_add(wasm_i32x4_shuffle(first, second, 0, 2, 4, 6), wasm_i32x4_shuffle(first, second, 1, 3, 5, 7));
}

/* Four signed bytes, widened to words and given twice. */
static inline v128_t widen_four(const int8_t *values) {
    const v128_t bytes = wasm_v128_load32_splat(values);
    return wasm_i16x8_extend_low_i8x16(bytes);
}

enum { MOST_ROWS = 2 };

TILE void multiply_tile(struct q8_product *product, uint32_t row, uint32_t rows) {
    const struct quantized_rows *x = product->x;
    const struct q8_panel *panel = product->panel;
    const uint32_t blocks = x->blocks, block = x->block, step = product->step, stride = step * blocks * block;
    v128_t sum_low[MOST_ROWS], sum_high[MOST_ROWS];
    for (uint32_t r = 0; r < rows; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);
    for (uint32_t b = 0; b < blocks; b++) {
        v128_t dots[MOST_ROWS][4];
        for (uint32_t r = 0; r < rows; r++) {
            for (uint32_t pair = 0; pair < 4; pair++) dots[r][pair] = wasm_i32x4_const_splat(0);
        }
        const int8_t *values = x->values + row * stride + b * block;
        const uint8_t *codes = panel->codes + b * block * PANEL;
        for (uint32_t k = 0; k < block;) {
            const uint32_t pause = k + AHEAD_INPUTS < block ? k + AHEAD_INPUTS : block;
            product->ahead.at = q8_fetch(product->ahead.at, product->ahead.end);
            for (; k < pause; k += 4) {
                v128_t words[4];
                for (uint32_t pair = 0; pair < 4; pair++) {
                    words[pair] = wasm_u16x8_load8x8(codes + k * PANEL + 8 * pair);
                }
                for (uint32_t r = 0; r < rows; r++) {
                    const v128_t four = widen_four(values + r * stride + k);
                    for (uint32_t pair = 0; pair < 4; pair++) {
                        dots[r][pair] = wasm_i32x4_add(dots[r][pair], wasm_i32x4_dot_i16x8(four, words[pair]));
                    }
                }
            }
        }
        for (uint32_t half = 0; half < 2; half++) {
            const v128_t sums = wasm_v128_load(panel->sums + b * PANEL + 4 * half);
            const v128_t scales = wasm_v128_load(panel->scales + b * PANEL + 4 * half);
            for (uint32_t r = 0; r < rows; r++) {
                const uint32_t index = (row + r) * step * blocks + b;
                const v128_t pairs = join_pairs(dots[r][2 * half], dots[r][2 * half + 1]);
                const v128_t dot = wasm_i32x4_add(q8_start(x, index, sums), pairs);
                v128_t *sum = half ? &sum_high[r] : &sum_low[r];
                *sum = q8_accumulate(*sum, dot, x->scale[index], scales);
            }
        }
    }
    float *y = product->y + row * product->y_stride;
    vector_finish_tile(rows, sum_low, sum_high, product->epilogue, y, product->y_stride);
}

int32_t KERNEL(gemm_q8_ways)(void) { return 1; }

void KERNEL(gemm_q8)(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                     const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    struct q8_product product = {x, step, panel, epilogue, y, y_stride, q8_ahead_of(x, panel)};
    uint32_t row = 0;
    for (; row + 2 <= rows; row += 2) multiply_tile(&product, row, 2);
    if (row < rows) multiply_tile(&product, row, 1);
}
