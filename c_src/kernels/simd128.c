/* The float kernels with 128-bit vectors. Equations and orders of summation are in kernels.h; the scalar
 * twins are in reference.c. */
#include <stddef.h>

#include "epilogue.h"

/* A tile of at most 4 rows by 8 outputs, held in registers over the whole of k. */
TILE void multiply_f32(uint32_t rows, const float *x, uint32_t x_stride, uint32_t in, const float *panel,
                       const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    v128_t low[4], high[4];
    for (uint32_t r = 0; r < rows; r++) low[r] = high[r] = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < in; k++) {
        const v128_t panel_low = wasm_v128_load(panel + k * PANEL);
        const v128_t panel_high = wasm_v128_load(panel + k * PANEL + 4);
        for (uint32_t r = 0; r < rows; r++) {
            const v128_t value = wasm_v128_load32_splat(x + r * x_stride + k);
            low[r] = wasm_f32x4_add(low[r], wasm_f32x4_mul(value, panel_low));
            high[r] = wasm_f32x4_add(high[r], wasm_f32x4_mul(value, panel_high));
        }
    }
    vector_finish_tile(rows, low, high, epilogue, y, y_stride);
}

void KERNEL(gemm_f32)(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *panel,
                      const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    while (rows >= 4) {
        multiply_f32(4, x, x_stride, in, panel, epilogue, y, y_stride);
        x += 4 * x_stride;
        y += 4 * y_stride;
        rows -= 4;
    }
    if (rows == 3) multiply_f32(3, x, x_stride, in, panel, epilogue, y, y_stride);
    if (rows == 2) multiply_f32(2, x, x_stride, in, panel, epilogue, y, y_stride);
    if (rows == 1) multiply_f32(1, x, x_stride, in, panel, epilogue, y, y_stride);
}

/* Inputs k to k + 3, smoothed. */
static inline v128_t load_smoothed(const float *x, const float *smooth, uint32_t k) {
    const v128_t value = wasm_v128_load(x + k);
    return smooth ? wasm_f32x4_mul(value, wasm_v128_load(smooth + k)) : value;
}

/* The same where the group of inputs ends among them: those beyond it are zero. */
static v128_t load_last(const float *x, const float *smooth, uint32_t k, uint32_t group) {
    float rest[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t i = k; i < group; i++) rest[i - k] = smooth ? x[i] * smooth[i] : x[i];
    return wasm_v128_load(rest);
}

/* How a block's inputs become bytes: value = word of (x · inverse + rounder) + shift, not yet clamped; `shift` takes
 * the rounder's word away and adds the zero point. */
struct quantizer {
    v128_t inverse, rounder, shift;
};

static inline v128_t quantize_four(v128_t x, const struct quantizer *quantizer) {
    return wasm_i32x4_add(vector_multiply_add(x, quantizer->inverse, quantizer->rounder), quantizer->shift);
}

/* Sums of four neighbouring bytes. */
static inline v128_t add_fours(v128_t bytes) {
    return wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extadd_pairwise_i8x16(bytes));
}

/* The bytes of one block, four of them each `stride` bytes, and their sum. Padding after the group becomes zeros. */
static inline int32_t quantize_block(const float *x, const float *smooth, uint32_t group,
                                     const struct quantizer *quantizer, int8_t *values, uint32_t stride) {
    v128_t sums = wasm_i32x4_const_splat(0);
    uint32_t k = 0;
    for (; k + 16 <= group; k += 16) {
        const v128_t low = wasm_i16x8_narrow_i32x4(quantize_four(load_smoothed(x, smooth, k), quantizer),
                                                   quantize_four(load_smoothed(x, smooth, k + 4), quantizer));
        const v128_t high = wasm_i16x8_narrow_i32x4(quantize_four(load_smoothed(x, smooth, k + 8), quantizer),
                                                    quantize_four(load_smoothed(x, smooth, k + 12), quantizer));
        const v128_t bytes = wasm_i8x16_narrow_i16x8(low, high);
        sums = wasm_i32x4_add(sums, add_fours(bytes));
        wasm_v128_store32_lane(values, bytes, 0);
        wasm_v128_store32_lane(values + stride, bytes, 1);
        wasm_v128_store32_lane(values + 2 * stride, bytes, 2);
        wasm_v128_store32_lane(values + 3 * stride, bytes, 3);
        values += 4 * stride;
    }
    for (; k < group; k += 4, values += stride) {
        v128_t four;
        if (k + 4 <= group) {
            four = quantize_four(load_smoothed(x, smooth, k), quantizer);
        } else {
            const v128_t index = wasm_i32x4_add(wasm_u32x4_splat(k), wasm_u32x4_const(0, 1, 2, 3));
            four = wasm_v128_and(quantize_four(load_last(x, smooth, k, group), quantizer),
                                 wasm_u32x4_lt(index, wasm_u32x4_splat(group)));
        }
        const v128_t words = wasm_i16x8_narrow_i32x4(four, wasm_i32x4_const_splat(0));
        const v128_t bytes = wasm_i8x16_narrow_i16x8(words, wasm_i32x4_const_splat(0));
        sums = wasm_i32x4_add(sums, add_fours(bytes));
        wasm_v128_store32_lane(values, bytes, 0);
    }
    return wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) + wasm_i32x4_extract_lane(sums, 2) +
           wasm_i32x4_extract_lane(sums, 3);
}

/* The least and the greatest of 0 and a group's smoothed inputs, each in every lane of its vector. Four running ones
 * each, since a comparison waits for the one before it. */
static inline void find_range(const float *x, const float *smooth, uint32_t group, v128_t *least, v128_t *greatest) {
    v128_t low[4], high[4];
    for (uint32_t i = 0; i < 4; i++) low[i] = high[i] = wasm_f32x4_const_splat(0.0f);
    uint32_t k = 0;
    for (; k + 16 <= group; k += 16) {
        for (uint32_t i = 0; i < 4; i++) {
            const v128_t value = load_smoothed(x, smooth, k + 4 * i);
            low[i] = vector_minimum(low[i], value);
            high[i] = vector_maximum(high[i], value);
        }
    }
    for (; k < group; k += 4) {
        const v128_t value = k + 4 <= group ? load_smoothed(x, smooth, k) : load_last(x, smooth, k, group);
        low[0] = vector_minimum(low[0], value);
        high[0] = vector_maximum(high[0], value);
    }
    *least = least_of(vector_minimum(vector_minimum(low[0], low[1]), vector_minimum(low[2], low[3])));
    *greatest = greatest_of(vector_maximum(vector_maximum(high[0], high[1]), vector_maximum(high[2], high[3])));
}

/* Block b of the row whose place it is. */
static inline void quantize_group(const float *x, const float *smooth, uint32_t group, uint32_t b,
                                  const struct quantized_place *place, const struct quantized_rows *quantized,
                                  v128_t rounder) {
    v128_t low, high;
    find_range(x, smooth, group, &low, &high);
    const v128_t range = wasm_f32x4_sub(high, low);
    const v128_t positive = wasm_f32x4_gt(range, wasm_f32x4_const_splat(0.0f));
    const v128_t inverse = wasm_v128_and(wasm_f32x4_div(wasm_f32x4_const_splat(255.0f), range), positive);
    const v128_t rounded =
        wasm_f32x4_add(wasm_f32x4_sub(wasm_f32x4_const_splat(-128.0f), wasm_f32x4_mul(low, inverse)), rounder);
    const v128_t zero = wasm_i32x4_sub(rounded, wasm_i32x4_const_splat(ROUNDER_BITS));
    const struct quantizer quantizer = {inverse, rounder, wasm_i32x4_sub(zero, wasm_i32x4_const_splat(ROUNDER_BITS))};
    int8_t *values = quantized_value(place, b * quantized->block);
    const int32_t sum = quantize_block(x, smooth, group, &quantizer, values, place->stride);
    const uint32_t index = place->first + b * place->rows;
    quantized->scale[index] = wasm_f32x4_extract_lane(range, 0) / 255.0f;
    quantized->zero[index] = wasm_i32x4_extract_lane(zero, 0);
    quantized->offset[index] = -CODE_ZERO * sum;
}

void KERNEL(quantize_row)(const float *x, const float *smooth, uint32_t group, uint32_t row,
                          const struct quantized_rows *quantized) {
    const struct approximate_constants *c = load_constants();
    const v128_t rounder = SPLAT(rounder);
    const struct quantized_place place = quantized_place_of(quantized, row);
    for (uint32_t b = 0; b < quantized->blocks; b++) {
        if (smooth) {
            quantize_group(x + b * group, smooth + b * group, group, b, &place, quantized, rounder);
        } else {
            quantize_group(x + b * group, NULL, group, b, &place, quantized, rounder);
        }
    }
}

void KERNEL(layer_norm)(const float *x, uint32_t width, const float *weight, const float *bias, float epsilon,
                        float *y) {
    const uint32_t whole = width & ~3u;
    const struct norm_row row = vector_norm_row(x, width, epsilon);
    const v128_t factors = wasm_f32x4_splat(row.factor), means = wasm_f32x4_splat(row.mean);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_sub(wasm_v128_load(x + k), means), factors);
        wasm_v128_store(y + k, vector_multiply_add(scaled, wasm_v128_load(weight + k), wasm_v128_load(bias + k)));
    }
    for (uint32_t k = whole; k < width; k++) y[k] = ((x[k] - row.mean) * row.factor) * weight[k] + bias[k];
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
    uint32_t k = 0;
    for (; k + 8 <= whole; k += 8) {
        v128_t pair[2] = {wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(x + k), scales), highs),
                          wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(x + k + 4), scales), highs)};
        vector_exponential(pair, 2, constants);
        partial = wasm_f32x4_add(wasm_f32x4_add(partial, pair[0]), pair[1]);
        wasm_v128_store(x + k, pair[0]);
        wasm_v128_store(x + k + 4, pair[1]);
    }
    if (k < whole) {
        v128_t value = wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(x + k), scales), highs);
        vector_exponential(&value, 1, constants);
        partial = wasm_f32x4_add(partial, value);
        wasm_v128_store(x + k, value);
    }
    float sum = vector_join(partial);
    for (k = whole; k < count; k++) {
        v128_t value = wasm_f32x4_sub(wasm_f32x4_mul(wasm_f32x4_splat(x[k]), scales), highs);
        vector_exponential(&value, 1, constants);
        x[k] = wasm_f32x4_extract_lane(value, 0);
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
    v128_t high[4]; /* four running ones, since a comparison waits for the one before it */
    for (uint32_t i = 0; i < 4; i++) high[i] = wasm_f32x4_const_splat(0.0f);
    uint32_t k = 0;
    for (; k + 16 <= count; k += 16) {
        for (uint32_t i = 0; i < 4; i++) {
            high[i] = vector_maximum(high[i], wasm_f32x4_abs(wasm_v128_load(x + k + 4 * i)));
        }
    }
    for (; k + 4 <= count; k += 4) high[0] = vector_maximum(high[0], wasm_f32x4_abs(wasm_v128_load(x + k)));
    high[0] = greatest_of(vector_maximum(vector_maximum(high[0], high[1]), vector_maximum(high[2], high[3])));
    for (; k < count; k++) high[0] = vector_maximum(high[0], wasm_f32x4_abs(wasm_f32x4_splat(x[k])));
    return wasm_f32x4_extract_lane(high[0], 0);
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

/* A tile of at most 4 rows by 8 outputs; each dot product takes two inputs of four outputs. */
TILE void multiply_i16(uint32_t rows, const int16_t *x, uint32_t x_stride, uint32_t pairs, const int16_t *panel,
                       float factor, float *y, uint32_t y_stride) {
    v128_t low[4], high[4];
    for (uint32_t r = 0; r < rows; r++) low[r] = high[r] = wasm_i32x4_const_splat(0);
    for (uint32_t k = 0; k < 2 * pairs; k += 2) {
        const v128_t panel_low = wasm_v128_load(panel + k * PANEL);
        const v128_t panel_high = wasm_v128_load(panel + k * PANEL + 8);
        for (uint32_t r = 0; r < rows; r++) {
            const v128_t two = wasm_v128_load32_splat(x + r * x_stride + k);
            low[r] = wasm_i32x4_add(low[r], wasm_i32x4_dot_i16x8(two, panel_low));
            high[r] = wasm_i32x4_add(high[r], wasm_i32x4_dot_i16x8(two, panel_high));
        }
    }
    const v128_t factors = wasm_f32x4_splat(factor);
    for (uint32_t r = 0; r < rows; r++) {
        wasm_v128_store(y + r * y_stride, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(low[r]), factors));
        wasm_v128_store(y + r * y_stride + 4, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(high[r]), factors));
    }
}

void KERNEL(gemm_i16)(const int16_t *x, uint32_t x_stride, uint32_t rows, uint32_t pairs, const int16_t *panel,
                      float factor, float *y, uint32_t y_stride) {
    while (rows >= 4) {
        multiply_i16(4, x, x_stride, pairs, panel, factor, y, y_stride);
        x += 4 * x_stride;
        y += 4 * y_stride;
        rows -= 4;
    }
    if (rows == 3) multiply_i16(3, x, x_stride, pairs, panel, factor, y, y_stride);
    if (rows == 2) multiply_i16(2, x, x_stride, pairs, panel, factor, y, y_stride);
    if (rows == 1) multiply_i16(1, x, x_stride, pairs, panel, factor, y, y_stride);
}

void KERNEL(add)(const float *x, uint32_t count, float *y) {
    const uint32_t whole = count & ~3u;
    for (uint32_t k = 0; k < whole; k += 4) {
        wasm_v128_store(y + k, wasm_f32x4_add(wasm_v128_load(y + k), wasm_v128_load(x + k)));
    }
    for (uint32_t k = whole; k < count; k++) y[k] += x[k];
}
