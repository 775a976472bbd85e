/* The int8 matrix product with the relaxed dot products, which every engine computes exactly while the second operand
 * stays in 0..127, as the codes do.
 *
 * There are two ways to the same bits. Where the processor has a dot product of four bytes (VNNI on x86, sdot on Arm) the
 * fused instruction is one operation. Elsewhere an engine must emulate it, and V8 makes its constant of ones anew each
 * time: five operations for each vector; the dot of two bytes, widened by a dot with ones that stay in a register, takes
 * three. Firefox never has the one operation. Its emulation takes three as well, but the six rows of the fused way take a
 * third longer there than the five of the other, for the same work. Which is faster is measured when the engine is
 * loaded. */
#include "gemm_q8_tile.h"

/* The numbers of the ways, as struct quantized_rows has them. */
enum { FUSED = 0, PAIRS = 1, WAYS = 2 };
_Static_assert(PAIRS == 1, "ones_of makes its ones of this number");

/* Eight words of 1, made of the way's own number in memory: a constant would be made anew for each use. */
static inline v128_t ones_of(const struct quantized_rows *x) { return wasm_i16x8_splat((int16_t)x->way); }

/* Four inputs by four outputs: sums[j] += Σ_i values[i] · codes[j, i]. A sum of two products is at most 2 · 128 · 127, so that
 * 16 bits hold it. */
TILE v128_t dot(v128_t values, v128_t codes, v128_t ones, v128_t sums, int32_t way) {
    if (way == FUSED) return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(values, codes, sums);
    const v128_t pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(values, codes);
    return wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(pairs, ones));
}

enum { MOST_ROWS = 6 };

/* Rows `row` to row + rows - 1 by 8 outputs: the 2 · rows integer sums stay in registers over a block. */
TILE void multiply_tile(struct q8_product *product, uint32_t row, uint32_t rows, int32_t way) {
    const struct quantized_rows *x = product->x;
    const struct q8_panel *panel = product->panel;
    const uint32_t blocks = x->blocks, block = x->block, step = product->step, stride = step * blocks * block;
    const v128_t ones = ones_of(x);
    v128_t sum_low[MOST_ROWS], sum_high[MOST_ROWS];
    for (uint32_t r = 0; r < rows; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);
    for (uint32_t b = 0; b < blocks; b++) {
        v128_t low[MOST_ROWS], high[MOST_ROWS];
        const v128_t sums_low = wasm_v128_load(panel->sums + b * PANEL);
        const v128_t sums_high = wasm_v128_load(panel->sums + b * PANEL + 4);
        for (uint32_t r = 0; r < rows; r++) {
            const uint32_t index = (row + r) * step * blocks + b;
            low[r] = q8_start(x, index, sums_low);
            high[r] = q8_start(x, index, sums_high);
        }
        const int8_t *values = x->values + row * stride + b * block;
        const uint8_t *codes = panel->codes + b * block * PANEL;
        for (uint32_t k = 0; k < block;) {
            const uint32_t pause = k + AHEAD_INPUTS < block ? k + AHEAD_INPUTS : block;
            product->ahead.at = q8_fetch(product->ahead.at, product->ahead.end);
            for (; k < pause; k += 4) {
                const v128_t codes_low = wasm_v128_load(codes + k * PANEL);
                const v128_t codes_high = wasm_v128_load(codes + k * PANEL + 16);
                for (uint32_t r = 0; r < rows; r++) {
                    const v128_t four = wasm_v128_load32_splat(values + r * stride + k);
                    low[r] = dot(four, codes_low, ones, low[r], way);
                    high[r] = dot(four, codes_high, ones, high[r], way);
                }
            }
        }
        const v128_t scales_low = wasm_v128_load(panel->scales + b * PANEL);
        const v128_t scales_high = wasm_v128_load(panel->scales + b * PANEL + 4);
        for (uint32_t r = 0; r < rows; r++) {
            const float scale = x->scale[(row + r) * step * blocks + b];
            sum_low[r] = q8_accumulate(sum_low[r], low[r], scale, scales_low);
            sum_high[r] = q8_accumulate(sum_high[r], high[r], scale, scales_high);
        }
    }
    float *y = product->y + row * product->y_stride;
    vector_finish_tile(rows, sum_low, sum_high, product->epilogue, y, product->y_stride);
}

/* Six rows are the most whose sums, codes and values fit into sixteen registers, and fewer than four leave the multiplier
 * waiting for its own sums: all tiles have the same number of rows, or one less. */
static void multiply_fused(struct q8_product *product, uint32_t rows) {
    uint32_t tiles = (rows + 5) / 6;
    for (uint32_t row = 0, count = 0; row < rows; row += count, tiles--) {
        count = (rows - row + tiles - 1) / tiles;
        switch (count) {
            case 6: multiply_tile(product, row, 6, FUSED); break;
            case 5: multiply_tile(product, row, 5, FUSED); break;
            case 4: multiply_tile(product, row, 4, FUSED); break;
            case 3: multiply_tile(product, row, 3, FUSED); break;
            case 2: multiply_tile(product, row, 2, FUSED); break;
            default: multiply_tile(product, row, 1, FUSED);
        }
    }
}

/* Two products at a time need registers for themselves and the ones, so that a tile has five rows at most. */
static void multiply_pairs(struct q8_product *product, uint32_t rows) {
    uint32_t row = 0;
    for (; row + 5 <= rows; row += 5) multiply_tile(product, row, 5, PAIRS);
    if (rows - row == 4) multiply_tile(product, row, 4, PAIRS);
    if (rows - row == 3) multiply_tile(product, row, 3, PAIRS);
    if (rows - row == 2) multiply_tile(product, row, 2, PAIRS);
    if (rows - row == 1) multiply_tile(product, row, 1, PAIRS);
}

int32_t KERNEL(gemm_q8_ways)(void) { return WAYS; }

void KERNEL(gemm_q8)(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                     const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    struct q8_product product = {x, step, panel, epilogue, y, y_stride, q8_ahead_of(x, panel)};
    if (x->way == PAIRS) {
        multiply_pairs(&product, rows);
    } else {
        multiply_fused(&product, rows);
    }
}
