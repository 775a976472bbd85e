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

/* Four inputs by four outputs: dot[j] += Σ_i values[i] · codes[j, i]. */
static inline v128_t dot_fused(v128_t values, v128_t codes, v128_t ones, v128_t dot) {
    (void)ones;
    return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(values, codes, dot);
}

/* The same; a sum of two products is at most 2 · 128 · 127, so that 16 bits hold it. */
static inline v128_t dot_pairs(v128_t values, v128_t codes, v128_t ones, v128_t dot) {
    const v128_t pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(values, codes);
    return wasm_i32x4_add(dot, wasm_i32x4_dot_i16x8(pairs, ones));
}

/* A tile of `rows` rows by 8 outputs: its 2 · ROWS integer sums stay in registers over a block. */
#define GEMM_Q8_TILE(ROWS, WAY)                                                                                      \
    static struct q8_ahead gemm_q8_##WAY##_##ROWS##x8(const struct quantized_rows *x, uint32_t row, uint32_t step,   \
                                                      const struct q8_panel *panel, const struct epilogue *epilogue, \
                                                      float *y, uint32_t y_stride, struct q8_ahead ahead) {          \
        const uint32_t blocks = x->blocks, block = x->block, stride = step * blocks * block;                         \
        const v128_t ones = ones_of(x);                                                                              \
        v128_t sum_low[ROWS], sum_high[ROWS];                                                                        \
        for (uint32_t r = 0; r < ROWS; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);                 \
        for (uint32_t b = 0; b < blocks; b++) {                                                                      \
            v128_t low[ROWS], high[ROWS];                                                                            \
            const v128_t sums_low = wasm_v128_load(panel->sums + b * PANEL);                                         \
            const v128_t sums_high = wasm_v128_load(panel->sums + b * PANEL + 4);                                    \
            for (uint32_t r = 0; r < ROWS; r++) {                                                                    \
                const uint32_t index = (row + r) * step * blocks + b;                                                \
                low[r] = q8_start(x, index, sums_low);                                                               \
                high[r] = q8_start(x, index, sums_high);                                                             \
            }                                                                                                        \
            const int8_t *values = x->values + row * stride + b * block;                                             \
            const uint8_t *codes = panel->codes + b * block * PANEL;                                                 \
            for (uint32_t k = 0; k < block;) {                                                                       \
                const uint32_t pause = k + AHEAD_INPUTS < block ? k + AHEAD_INPUTS : block;                          \
                ahead.at = q8_fetch(ahead.at, ahead.end);                                                            \
                for (; k < pause; k += 4) {                                                                          \
                    const v128_t codes_low = wasm_v128_load(codes + k * PANEL);                                      \
                    const v128_t codes_high = wasm_v128_load(codes + k * PANEL + 16);                                \
                    for (uint32_t r = 0; r < ROWS; r++) {                                                            \
                        const v128_t four = wasm_v128_load32_splat(values + r * stride + k);                         \
                        low[r] = dot_##WAY(four, codes_low, ones, low[r]);                                           \
                        high[r] = dot_##WAY(four, codes_high, ones, high[r]);                                        \
                    }                                                                                                \
                }                                                                                                    \
            }                                                                                                        \
            const v128_t scales_low = wasm_v128_load(panel->scales + b * PANEL);                                     \
            const v128_t scales_high = wasm_v128_load(panel->scales + b * PANEL + 4);                                \
            for (uint32_t r = 0; r < ROWS; r++) {                                                                    \
                const float scale = x->scale[(row + r) * step * blocks + b];                                         \
                sum_low[r] = q8_accumulate(sum_low[r], low[r], scale, scales_low);                                   \
                sum_high[r] = q8_accumulate(sum_high[r], high[r], scale, scales_high);                               \
            }                                                                                                        \
        }                                                                                                            \
        float *first = y + row * y_stride;                                                                           \
        VECTOR_FINISH_TILE(ROWS, sum_low, sum_high, epilogue, first, y_stride);                                      \
        return ahead;                                                                                                \
    }

GEMM_Q8_TILE(1, fused)
GEMM_Q8_TILE(2, fused)
GEMM_Q8_TILE(3, fused)
GEMM_Q8_TILE(4, fused)
GEMM_Q8_TILE(5, fused)
GEMM_Q8_TILE(6, fused)
GEMM_Q8_TILE(1, pairs)
GEMM_Q8_TILE(2, pairs)
GEMM_Q8_TILE(3, pairs)
GEMM_Q8_TILE(4, pairs)
GEMM_Q8_TILE(5, pairs)

/* Six rows are the most whose sums, codes and values fit into sixteen registers, and fewer than four leave the multiplier
 * waiting for its own sums: all tiles have the same number of rows, or one less. */
static void gemm_q8_fused(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                          const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    struct q8_ahead ahead = q8_ahead_of(x, panel);
    uint32_t tiles = (rows + 5) / 6;
    for (uint32_t row = 0, count = 0; row < rows; row += count, tiles--) {
        count = (rows - row + tiles - 1) / tiles;
        switch (count) {
            case 6: ahead = gemm_q8_fused_6x8(x, row, step, panel, epilogue, y, y_stride, ahead); break;
            case 5: ahead = gemm_q8_fused_5x8(x, row, step, panel, epilogue, y, y_stride, ahead); break;
            case 4: ahead = gemm_q8_fused_4x8(x, row, step, panel, epilogue, y, y_stride, ahead); break;
            case 3: ahead = gemm_q8_fused_3x8(x, row, step, panel, epilogue, y, y_stride, ahead); break;
            case 2: ahead = gemm_q8_fused_2x8(x, row, step, panel, epilogue, y, y_stride, ahead); break;
            default: ahead = gemm_q8_fused_1x8(x, row, step, panel, epilogue, y, y_stride, ahead);
        }
    }
}

/* Two products at a time need registers for themselves and the ones, so that a tile has five rows at most. */
static void gemm_q8_pairs(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                          const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    struct q8_ahead ahead = q8_ahead_of(x, panel);
    uint32_t row = 0;
    for (; row + 5 <= rows; row += 5) ahead = gemm_q8_pairs_5x8(x, row, step, panel, epilogue, y, y_stride, ahead);
    if (rows - row == 4) gemm_q8_pairs_4x8(x, row, step, panel, epilogue, y, y_stride, ahead);
    if (rows - row == 3) gemm_q8_pairs_3x8(x, row, step, panel, epilogue, y, y_stride, ahead);
    if (rows - row == 2) gemm_q8_pairs_2x8(x, row, step, panel, epilogue, y, y_stride, ahead);
    if (rows - row == 1) gemm_q8_pairs_1x8(x, row, step, panel, epilogue, y, y_stride, ahead);
}

int32_t KERNEL(gemm_q8_ways)(void) { return WAYS; }

void KERNEL(gemm_q8)(const struct quantized_rows *x, uint32_t step, uint32_t rows, const struct q8_panel *panel,
                     const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    if (x->way == PAIRS) {
        gemm_q8_pairs(x, step, rows, panel, epilogue, y, y_stride);
    } else {
        gemm_q8_fused(x, step, rows, panel, epilogue, y, y_stride);
    }
}
