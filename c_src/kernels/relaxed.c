/* The int8 matrix product with the relaxed dot product of four bytes, which every engine computes exactly
 * while its second operand stays in 0..127, as the codes do. */
#include "gemm_q8_tile.h"

/* Four inputs by four outputs: dot[j] += Σ_i values[i] · codes[j, i]. */
static inline v128_t dot_four(v128_t values, v128_t codes, v128_t dot) {
    return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(values, codes, dot);
}

/* A tile of `rows` rows by 8 outputs: its 2 · ROWS integer sums stay in registers over a block. */
#define GEMM_Q8_TILE(ROWS)                                                                                    \
    static void gemm_q8_##ROWS##x8(const struct quantized_rows *x, uint32_t row, uint32_t step,                \
                                   const struct q8_panel *panel, const struct epilogue *epilogue, float *y,    \
                                   uint32_t y_stride) {                                                        \
        const uint32_t blocks = x->blocks, block = x->block, stride = step * blocks * block;                   \
        v128_t sum_low[ROWS], sum_high[ROWS];                                                                  \
        for (uint32_t r = 0; r < ROWS; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);           \
        for (uint32_t b = 0; b < blocks; b++) {                                                                \
            v128_t low[ROWS], high[ROWS];                                                                      \
            const v128_t sums_low = wasm_v128_load(panel->sums + b * PANEL);                                   \
            const v128_t sums_high = wasm_v128_load(panel->sums + b * PANEL + 4);                              \
            for (uint32_t r = 0; r < ROWS; r++) {                                                              \
                const uint32_t index = (row + r) * step * blocks + b;                                          \
                low[r] = q8_start(x, index, sums_low);                                                         \
                high[r] = q8_start(x, index, sums_high);                                                       \
            }                                                                                                  \
            const int8_t *values = x->values + row * stride + b * block;                                       \
            const uint8_t *codes = panel->codes + b * block * PANEL;                                           \
            for (uint32_t k = 0; k < block; k += 4) {                                                          \
                const v128_t codes_low = wasm_v128_load(codes + k * PANEL);                                    \
                const v128_t codes_high = wasm_v128_load(codes + k * PANEL + 16);                              \
                for (uint32_t r = 0; r < ROWS; r++) {                                                          \
                    const v128_t four = wasm_v128_load32_splat(values + r * stride + k);                       \
                    low[r] = dot_four(four, codes_low, low[r]);                                                \
                    high[r] = dot_four(four, codes_high, high[r]);                                             \
                }                                                                                              \
            }                                                                                                  \
            const v128_t scales_low = wasm_v128_load(panel->scales + b * PANEL);                               \
            const v128_t scales_high = wasm_v128_load(panel->scales + b * PANEL + 4);                          \
            for (uint32_t r = 0; r < ROWS; r++) {                                                              \
                const float scale = x->scale[(row + r) * step * blocks + b];                                   \
                sum_low[r] = q8_accumulate(sum_low[r], low[r], scale, scales_low);                             \
                sum_high[r] = q8_accumulate(sum_high[r], high[r], scale, scales_high);                         \
            }                                                                                                  \
        }                                                                                                      \
        for (uint32_t r = 0; r < ROWS; r++) {                                                                  \
            vector_finish(sum_low[r], epilogue, 0, y + (row + r) * y_stride);                                  \
            vector_finish(sum_high[r], epilogue, 1, y + (row + r) * y_stride + 4);                             \
        }                                                                                                      \
    }

GEMM_Q8_TILE(1)
GEMM_Q8_TILE(2)
GEMM_Q8_TILE(3)
GEMM_Q8_TILE(4)

void KERNEL(gemm_q8)(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                     const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    uint32_t row = 0;
    for (; row + 4 <= rows; row += 4) gemm_q8_4x8(x, row, step, panel, epilogue, y, y_stride);
    if (rows - row == 3) gemm_q8_3x8(x, row, step, panel, epilogue, y, y_stride);
    if (rows - row == 2) gemm_q8_2x8(x, row, step, panel, epilogue, y, y_stride);
    if (rows - row == 1) gemm_q8_1x8(x, row, step, panel, epilogue, y, y_stride);
}
