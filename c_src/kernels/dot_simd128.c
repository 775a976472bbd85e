/* The int8 matrix product for engines without the relaxed dot: bytes are widened to 16 bits, whose pairwise
 * dot product is exact everywhere. A dot of eight words leaves two partial sums for each output, which are
 * joined once a block. */
#include "gemm_q8_tile.h"

/* Two partial sums a lane pair: [j0 even, j0 odd, j1 even, j1 odd] + [j2 …] -> [j0, j1, j2, j3]. */
static inline v128_t join_pairs(v128_t first, v128_t second) {
    return wasm_i32x4_add(wasm_i32x4_shuffle(first, second, 0, 2, 4, 6), wasm_i32x4_shuffle(first, second, 1, 3, 5, 7));
}

/* A row's four words, twice: row r of two whose words lie side by side. */
TILE v128_t words_of(v128_t words, uint32_t r) {
    return r == 0 ? wasm_i64x2_shuffle(words, words, 0, 0) : wasm_i64x2_shuffle(words, words, 1, 1);
}

enum { MOST_ROWS = 2 };

TILE void multiply_tile(struct q8_product *product, uint32_t row, uint32_t rows) {
    const struct quantized_rows *x = product->x;
    const struct q8_panel *panel = product->panel;
    const uint32_t blocks = x->blocks, block = x->block;
    v128_t sum_low[MOST_ROWS], sum_high[MOST_ROWS];
    for (uint32_t r = 0; r < rows; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);
    struct q8_terms terms = q8_terms_of(x, row);
    const int8_t *values = x->values + row * blocks * block;
    const uint8_t *codes = panel->codes;
    for (uint32_t b = 0; b < blocks; b++) {
        v128_t dots[MOST_ROWS][4];
        for (uint32_t r = 0; r < rows; r++) {
            for (uint32_t pair = 0; pair < 4; pair++) dots[r][pair] = wasm_i32x4_const_splat(0);
        }
        q8_fetch(&product->ahead);
        for (const int8_t *end = values + block * rows; values != end; values += 4 * rows, codes += 4 * PANEL) {
            v128_t words[4];
            for (uint32_t pair = 0; pair < 4; pair++) words[pair] = wasm_u16x8_load8x8(codes + 8 * pair);
            const v128_t fours =
                rows == 2 ? wasm_i16x8_load8x8(values) : wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(values));
            for (uint32_t r = 0; r < rows; r++) {
                const v128_t four = words_of(fours, r);
                for (uint32_t pair = 0; pair < 4; pair++) {
                    dots[r][pair] = wasm_i32x4_add(dots[r][pair], wasm_i32x4_dot_i16x8(four, words[pair]));
                }
            }
        }
        for (uint32_t half = 0; half < 2; half++) {
            const v128_t sums = wasm_v128_load(panel->sums + b * PANEL + 4 * half);
            const v128_t scales = wasm_v128_load(panel->scales + b * PANEL + 4 * half);
            for (uint32_t r = 0; r < rows; r++) {
                const v128_t pairs = join_pairs(dots[r][2 * half], dots[r][2 * half + 1]);
                const v128_t dot = wasm_i32x4_add(q8_start(&terms, r, sums), pairs);
                v128_t *sum = half ? &sum_high[r] : &sum_low[r];
                *sum = q8_accumulate(*sum, dot, wasm_v128_load32_splat(terms.scale + r), scales);
            }
        }
        q8_next_terms(&terms, rows);
    }
    float *y = product->y + row * product->y_stride;
    vector_finish_tile(rows, sum_low, sum_high, product->epilogue, y, product->y_stride);
}

int32_t KERNEL(gemm_q8_ways)(void) { return 1; }

uint32_t KERNEL(gemm_q8_tile)(int32_t way) {
    (void)way;
    return MOST_ROWS;
}

void KERNEL(gemm_q8)(const struct quantized_rows *x, const struct q8_panel *panel, const struct epilogue *epilogue,
                     float *y, uint32_t y_stride) {
    struct q8_product product = {x, panel, epilogue, y, y_stride, q8_ahead_of(x, panel)};
    uint32_t row = 0;
    for (; row + 2 <= x->rows; row += 2) multiply_tile(&product, row, 2);
    if (row < x->rows) multiply_tile(&product, row, 1);
}
