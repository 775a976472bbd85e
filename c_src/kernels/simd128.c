/* The float kernels with 128-bit vectors. Equations and orders of summation are in kernels.h; the scalar
 * twins are in reference.c. */
#include <stddef.h>

#include "vector.h"

static inline v128_t activate(v128_t x, int32_t activation, const struct approximate_constants *constants) {
    switch (activation) {
        case TOWER_QUICK_GELU: return vector_quick_gelu(x, constants);
        case TOWER_GELU: return vector_gelu(x, constants);
        default: return vector_maximum(wasm_f32x4_const_splat(0.0f), x); /* TOWER_RELU */
    }
}

void vector_activate_tile(float *y, uint32_t y_stride, uint32_t rows, int32_t activation) {
    const struct approximate_constants *constants = load_constants();
    for (uint32_t r = 0; r < rows; r++) {
        float *row = y + r * y_stride;
        wasm_v128_store(row, activate(wasm_v128_load(row), activation, constants));
        wasm_v128_store(row + 4, activate(wasm_v128_load(row + 4), activation, constants));
    }
}

/* A tile of `rows` (at most 4) rows by 8 outputs, held in registers over the whole of k. */
#define GEMM_F32_TILE(ROWS)                                                                                  \
    static void gemm_f32_##ROWS##x8(const float *x, uint32_t x_stride, uint32_t in, const float *panel,       \
                                    const struct epilogue *epilogue, float *y, uint32_t y_stride) {           \
        v128_t low[ROWS], high[ROWS];                                                                         \
        for (uint32_t r = 0; r < ROWS; r++) low[r] = high[r] = wasm_f32x4_const_splat(0.0f);                  \
        for (uint32_t k = 0; k < in; k++) {                                                                   \
            const v128_t panel_low = wasm_v128_load(panel + k * PANEL);                                       \
            const v128_t panel_high = wasm_v128_load(panel + k * PANEL + 4);                                  \
            for (uint32_t r = 0; r < ROWS; r++) {                                                             \
                const v128_t value = wasm_v128_load32_splat(x + r * x_stride + k);                            \
                low[r] = wasm_f32x4_add(low[r], wasm_f32x4_mul(value, panel_low));                            \
                high[r] = wasm_f32x4_add(high[r], wasm_f32x4_mul(value, panel_high));                         \
            }                                                                                                 \
        }                                                                                                     \
        VECTOR_FINISH_TILE(ROWS, low, high, epilogue, y, y_stride);                                           \
    }

GEMM_F32_TILE(1)
GEMM_F32_TILE(2)
GEMM_F32_TILE(3)
GEMM_F32_TILE(4)

void KERNEL(gemm_f32)(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *panel,
                      const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    while (rows >= 4) {
        gemm_f32_4x8(x, x_stride, in, panel, epilogue, y, y_stride);
        x += 4 * x_stride;
        y += 4 * y_stride;
        rows -= 4;
    }
    if (rows == 3) gemm_f32_3x8(x, x_stride, in, panel, epilogue, y, y_stride);
    if (rows == 2) gemm_f32_2x8(x, x_stride, in, panel, epilogue, y, y_stride);
    if (rows == 1) gemm_f32_1x8(x, x_stride, in, panel, epilogue, y, y_stride);
}

/* Four smoothed inputs from index k on; those at `group` and beyond are zero. */
static inline v128_t load_group(const float *x, const float *smooth, uint32_t k, uint32_t group) {
    v128_t value = wasm_f32x4_const_splat(0.0f), factor = wasm_f32x4_const_splat(1.0f);
    if (k + 4 <= group) {
        value = wasm_v128_load(x + k);
        if (smooth) factor = wasm_v128_load(smooth + k);
    } else {
        float rest[4] = {0.0f, 0.0f, 0.0f, 0.0f}, factors[4] = {1.0f, 1.0f, 1.0f, 1.0f};
        for (uint32_t i = k; i < group; i++) {
            rest[i - k] = x[i];
            if (smooth) factors[i - k] = smooth[i];
        }
        value = wasm_v128_load(rest);
        factor = wasm_v128_load(factors);
    }
    return smooth ? wasm_f32x4_mul(value, factor) : value;
}

/* The bytes of inputs k to k + 3 of a block, in int32 lanes, not yet clamped; those beyond the group are zero. `shift`
 * takes ROUNDER's word away and adds the zero point. */
static inline v128_t quantize_four(const float *x, const float *smooth, uint32_t k, uint32_t group, v128_t inverse,
                                   v128_t shift) {
    const v128_t rounded = vector_multiply_add(load_group(x, smooth, k, group), inverse, wasm_f32x4_const_splat(ROUNDER));
    const v128_t value = wasm_i32x4_add(rounded, shift);
    if (k + 4 <= group) return value;
    const v128_t index = wasm_i32x4_add(wasm_u32x4_splat(k), wasm_u32x4_const(0, 1, 2, 3));
    return wasm_v128_and(value, wasm_u32x4_lt(index, wasm_u32x4_splat(group)));
}

/* Sums of four neighbouring bytes. */
static inline v128_t add_fours(v128_t bytes) {
    return wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extadd_pairwise_i8x16(bytes));
}

/* A whole number of fours of one block, and the sum of its bytes. */
static int32_t quantize_block(const float *x, const float *smooth, uint32_t group, uint32_t block, v128_t inverse,
                              v128_t shift, int8_t *values) {
    v128_t sums = wasm_i32x4_const_splat(0);
    uint32_t k = 0;
    for (; k + 16 <= block; k += 16) {
        const v128_t low = wasm_i16x8_narrow_i32x4(quantize_four(x, smooth, k, group, inverse, shift),
                                                   quantize_four(x, smooth, k + 4, group, inverse, shift));
        const v128_t high = wasm_i16x8_narrow_i32x4(quantize_four(x, smooth, k + 8, group, inverse, shift),
                                                    quantize_four(x, smooth, k + 12, group, inverse, shift));
        const v128_t bytes = wasm_i8x16_narrow_i16x8(low, high);
        sums = wasm_i32x4_add(sums, add_fours(bytes));
        wasm_v128_store(values + k, bytes);
    }
    for (; k < block; k += 4) {
        const v128_t four = quantize_four(x, smooth, k, group, inverse, shift);
        const v128_t words = wasm_i16x8_narrow_i32x4(four, wasm_i32x4_const_splat(0));
        const v128_t bytes = wasm_i8x16_narrow_i16x8(words, wasm_i32x4_const_splat(0));
        sums = wasm_i32x4_add(sums, add_fours(bytes));
        wasm_v128_store32_lane(values + k, bytes, 0);
    }
    return wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) + wasm_i32x4_extract_lane(sums, 2) +
           wasm_i32x4_extract_lane(sums, 3);
}

/* The least and the greatest lane, in every lane. */
static inline v128_t least_of(v128_t x) {
    x = vector_minimum(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return vector_minimum(x, wasm_i32x4_shuffle(x, x, 1, 0, 3, 2));
}

static inline v128_t greatest_of(v128_t x) {
    x = vector_maximum(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return vector_maximum(x, wasm_i32x4_shuffle(x, x, 1, 0, 3, 2));
}

void KERNEL(quantize_row)(const float *x, const float *smooth, uint32_t group, uint32_t row,
                          const struct quantized_rows *quantized) {
    for (uint32_t b = 0; b < quantized->blocks; b++) {
        const uint32_t index = row * quantized->blocks + b;
        const float *source = x + b * group;
        const float *factors = smooth ? smooth + b * group : NULL;
        v128_t low = wasm_f32x4_const_splat(0.0f), high = low;
        for (uint32_t k = 0; k < group; k += 4) {
            const v128_t value = load_group(source, factors, k, group);
            low = vector_minimum(low, value);
            high = vector_maximum(high, value);
        }
        low = least_of(low);
        const v128_t range = wasm_f32x4_sub(greatest_of(high), low);
        const v128_t positive = wasm_f32x4_gt(range, wasm_f32x4_const_splat(0.0f));
        const v128_t inverse = wasm_v128_and(wasm_f32x4_div(wasm_f32x4_const_splat(255.0f), range), positive);
        const v128_t rounded = wasm_f32x4_add(
            wasm_f32x4_sub(wasm_f32x4_const_splat(-128.0f), wasm_f32x4_mul(low, inverse)), wasm_f32x4_const_splat(ROUNDER));
        const v128_t zero = wasm_i32x4_sub(rounded, wasm_i32x4_const_splat(ROUNDER_BITS));
        const v128_t shift = wasm_i32x4_sub(zero, wasm_i32x4_const_splat(ROUNDER_BITS));
        const int32_t sum = quantize_block(source, factors, group, quantized->block, inverse, shift,
                                           quantized->values + index * quantized->block);
        quantized->scale[index] = wasm_f32x4_extract_lane(range, 0) / 255.0f;
        quantized->zero[index] = wasm_i32x4_extract_lane(zero, 0);
        quantized->offset[index] = -64 * sum;
    }
}

void KERNEL(layer_norm)(const float *x, uint32_t width, const float *weight, const float *bias, float epsilon,
                        float *y) {
    const uint32_t whole = width & ~3u;
    v128_t partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) partial = wasm_f32x4_add(partial, wasm_v128_load(x + k));
    float sum = vector_join(partial);
    for (uint32_t k = whole; k < width; k++) sum += x[k];
    const float mean = sum / (float)width;

    const v128_t means = wasm_f32x4_splat(mean);
    partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t centred = wasm_f32x4_sub(wasm_v128_load(x + k), means);
        partial = wasm_f32x4_add(partial, wasm_f32x4_mul(centred, centred));
    }
    float square = vector_join(partial);
    for (uint32_t k = whole; k < width; k++) square += (x[k] - mean) * (x[k] - mean);
    const float factor = 1.0f / __builtin_sqrtf(square / (float)width + epsilon);

    const v128_t factors = wasm_f32x4_splat(factor);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_sub(wasm_v128_load(x + k), means), factors);
        wasm_v128_store(y + k, vector_multiply_add(scaled, wasm_v128_load(weight + k), wasm_v128_load(bias + k)));
    }
    for (uint32_t k = whole; k < width; k++) y[k] = ((x[k] - mean) * factor) * weight[k] + bias[k];
}

float KERNEL(exponentials)(float *x, uint32_t count, float scale) {
    const struct approximate_constants *constants = load_constants();
    const uint32_t whole = count & ~3u;
    const v128_t scales = wasm_f32x4_splat(scale);
    v128_t highs = wasm_f32x4_splat(x[0] * scale);
    for (uint32_t k = 0; k < whole; k += 4) {
        highs = vector_maximum(highs, wasm_f32x4_mul(wasm_v128_load(x + k), scales));
    }
    highs = greatest_of(highs);
    for (uint32_t k = whole; k < count; k++) highs = vector_maximum(highs, wasm_f32x4_splat(x[k] * scale));

    v128_t partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t shifted = wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(x + k), scales), highs);
        const v128_t value = vector_exponential(shifted, constants);
        partial = wasm_f32x4_add(partial, value);
        wasm_v128_store(x + k, value);
    }
    float sum = vector_join(partial);
    for (uint32_t k = whole; k < count; k++) {
        const v128_t shifted = wasm_f32x4_sub(wasm_f32x4_splat(x[k] * scale), highs);
        x[k] = wasm_f32x4_extract_lane(vector_exponential(shifted, constants), 0);
        sum += x[k];
    }
    return sum;
}

void KERNEL(scale)(const float *x, uint32_t count, float factor, float *y) {
    const uint32_t whole = count & ~3u;
    const v128_t factors = wasm_f32x4_splat(factor);
    for (uint32_t k = 0; k < whole; k += 4) wasm_v128_store(y + k, wasm_f32x4_mul(wasm_v128_load(x + k), factors));
    for (uint32_t k = whole; k < count; k++) y[k] = x[k] * factor;
}

float KERNEL(largest)(const float *x, uint32_t count) {
    const uint32_t whole = count & ~3u;
    v128_t high = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) high = vector_maximum(high, wasm_f32x4_abs(wasm_v128_load(x + k)));
    high = greatest_of(high);
    for (uint32_t k = whole; k < count; k++) high = vector_maximum(high, wasm_f32x4_abs(wasm_f32x4_splat(x[k])));
    return wasm_f32x4_extract_lane(high, 0);
}

void KERNEL(quantize_i16)(const float *x, uint32_t count, float factor, int16_t *words) {
    const v128_t factors = wasm_f32x4_splat(factor);
    const v128_t rounder = wasm_f32x4_const_splat(ROUNDER), bits = wasm_i32x4_const_splat(ROUNDER_BITS);
    uint32_t k = 0;
    for (; k + 8 <= count; k += 8) {
        const v128_t low = vector_multiply_add(wasm_v128_load(x + k), factors, rounder);
        const v128_t high = vector_multiply_add(wasm_v128_load(x + k + 4), factors, rounder);
        wasm_v128_store(words + k, wasm_i16x8_narrow_i32x4(wasm_i32x4_sub(low, bits), wasm_i32x4_sub(high, bits)));
    }
    for (; k < count; k++) {
        const v128_t one = wasm_i32x4_sub(vector_multiply_add(wasm_f32x4_splat(x[k]), factors, rounder), bits);
        words[k] = wasm_i16x8_extract_lane(wasm_i16x8_narrow_i32x4(one, one), 0);
    }
}

/* A tile of ROWS rows by 8 outputs; each dot product takes two inputs of four outputs. */
#define GEMM_I16_TILE(ROWS)                                                                                   \
    static void gemm_i16_##ROWS##x8(const int16_t *x, uint32_t x_stride, uint32_t pairs, const int16_t *panel, \
                                    float factor, float *y, uint32_t y_stride) {                               \
        v128_t low[ROWS], high[ROWS];                                                                          \
        for (uint32_t r = 0; r < ROWS; r++) low[r] = high[r] = wasm_i32x4_const_splat(0);                      \
        for (uint32_t k = 0; k < 2 * pairs; k += 2) {                                                          \
            const v128_t panel_low = wasm_v128_load(panel + k * PANEL);                                        \
            const v128_t panel_high = wasm_v128_load(panel + k * PANEL + 8);                                   \
            for (uint32_t r = 0; r < ROWS; r++) {                                                              \
                const v128_t two = wasm_v128_load32_splat(x + r * x_stride + k);                               \
                low[r] = wasm_i32x4_add(low[r], wasm_i32x4_dot_i16x8(two, panel_low));                         \
                high[r] = wasm_i32x4_add(high[r], wasm_i32x4_dot_i16x8(two, panel_high));                      \
            }                                                                                                  \
        }                                                                                                      \
        const v128_t factors = wasm_f32x4_splat(factor);                                                       \
        for (uint32_t r = 0; r < ROWS; r++) {                                                                  \
            wasm_v128_store(y + r * y_stride, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(low[r]), factors));      \
            wasm_v128_store(y + r * y_stride + 4, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(high[r]), factors)); \
        }                                                                                                      \
    }

GEMM_I16_TILE(1)
GEMM_I16_TILE(2)
GEMM_I16_TILE(3)
GEMM_I16_TILE(4)

void KERNEL(gemm_i16)(const int16_t *x, uint32_t x_stride, uint32_t rows, uint32_t pairs, const int16_t *panel,
                      float factor, float *y, uint32_t y_stride) {
    while (rows >= 4) {
        gemm_i16_4x8(x, x_stride, pairs, panel, factor, y, y_stride);
        x += 4 * x_stride;
        y += 4 * y_stride;
        rows -= 4;
    }
    if (rows == 3) gemm_i16_3x8(x, x_stride, pairs, panel, factor, y, y_stride);
    if (rows == 2) gemm_i16_2x8(x, x_stride, pairs, panel, factor, y, y_stride);
    if (rows == 1) gemm_i16_1x8(x, x_stride, pairs, panel, factor, y, y_stride);
}

void KERNEL(add)(const float *x, uint32_t count, float *y) {
    const uint32_t whole = count & ~3u;
    for (uint32_t k = 0; k < whole; k += 4) {
        wasm_v128_store(y + k, wasm_f32x4_add(wasm_v128_load(y + k), wasm_v128_load(x + k)));
    }
    for (uint32_t k = whole; k < count; k++) y[k] += x[k];
}
