/* The kernels of the backward pass with 128-bit vectors; equations are in backward.h, the scalar twins in
 * backward_reference.c. Rows are whole panels, or what lies beyond whole vectors is
 * computed by the scalar functions themselves. */
#include "backward.h"

#include "epilogue.h"

/* Four rows of four floats become four columns. */
static inline void turn_four(v128_t x[4]) {
    const v128_t a = wasm_i32x4_shuffle(x[0], x[1], 0, 4, 1, 5), b = wasm_i32x4_shuffle(x[2], x[3], 0, 4, 1, 5);
    const v128_t c = wasm_i32x4_shuffle(x[0], x[1], 2, 6, 3, 7), d = wasm_i32x4_shuffle(x[2], x[3], 2, 6, 3, 7);
    x[0] = wasm_i64x2_shuffle(a, b, 0, 2);
    x[1] = wasm_i64x2_shuffle(a, b, 1, 3);
    x[2] = wasm_i64x2_shuffle(c, d, 0, 2);
    x[3] = wasm_i64x2_shuffle(c, d, 1, 3);
}

void KERNEL(turn_f32)(const float *weights, size_t panel_stride, uint32_t panels, uint32_t count, float *turned) {
    for (uint32_t p = 0; p < panels; p++, weights += panel_stride, turned += PANEL * PANEL) {
        for (uint32_t inputs = 0; inputs < PANEL; inputs += 4) {
            for (uint32_t outputs = 0; outputs < PANEL; outputs += 4) {
                v128_t x[4];
                for (uint32_t i = 0; i < 4; i++) {
                    x[i] = inputs + i < count ? wasm_v128_load(weights + (inputs + i) * PANEL + outputs)
                                              : wasm_f32x4_const_splat(0.0f);
                }
                turn_four(x);
                for (uint32_t j = 0; j < 4; j++) wasm_v128_store(turned + (outputs + j) * PANEL + inputs, x[j]);
            }
        }
    }
}

/* Four outputs of four inputs become four inputs of four outputs. */
static inline v128_t turn_quad(v128_t x) {
    return wasm_i8x16_shuffle(x, x, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

void KERNEL(turn_q8)(const uint8_t *codes, size_t panel_stride, uint32_t panels, uint32_t quads, uint8_t *turned) {
    const v128_t nothing = wasm_i8x16_const_splat(CODE_ZERO);
    for (uint32_t p = 0; p < panels; p++, codes += panel_stride, turned += PANEL * PANEL) {
        wasm_v128_store(turned, turn_quad(wasm_v128_load(codes)));
        wasm_v128_store(turned + 32, turn_quad(wasm_v128_load(codes + 16)));
        wasm_v128_store(turned + 16, quads > 1 ? turn_quad(wasm_v128_load(codes + 32)) : nothing);
        wasm_v128_store(turned + 48, quads > 1 ? turn_quad(wasm_v128_load(codes + 48)) : nothing);
    }
}

/* Outputs o to o + 3 of a gradient, times their scales. */
static inline v128_t scaled_four(const float *gradient, const float *scales, uint32_t scales_stride, uint32_t o) {
    return wasm_f32x4_mul(wasm_v128_load(gradient + o),
                          wasm_v128_load(scales + (size_t)(o / PANEL) * scales_stride + o % PANEL));
}

/* The values of outputs o to o + 7, which are a row's inputs here: the first eight bytes. */
static inline void store_eight(const struct quantized_place *place, uint32_t o, v128_t bytes) {
    int8_t *values = quantized_value(place, o);
    wasm_v128_store32_lane(values, bytes, 0);
    wasm_v128_store32_lane(values + place->stride, bytes, 1);
}

void KERNEL(quantize_gradient)(const float *gradient, const float *scales, uint32_t scales_stride, uint32_t outputs,
                               uint32_t row, const struct quantized_rows *quantized) {
    const v128_t rounder = wasm_f32x4_const_splat(ROUNDER), bits = wasm_i32x4_const_splat(ROUNDER_BITS);
    const struct quantized_place place = quantized_place_of(quantized, row);
    for (uint32_t b = 0; b < quantized->blocks; b++) {
        const uint32_t index = place.first + b * place.rows, first = b * quantized->block;
        const uint32_t end = first + quantized->block < outputs ? first + quantized->block : outputs;
        v128_t high[2] = {wasm_f32x4_const_splat(0.0f), wasm_f32x4_const_splat(0.0f)};
        for (uint32_t o = first; o < end; o += PANEL) {
            for (uint32_t i = 0; i < 2; i++) {
                high[i] =
                    vector_maximum(high[i], wasm_f32x4_abs(scaled_four(gradient, scales, scales_stride, o + 4 * i)));
            }
        }
        const v128_t largest = greatest_of(vector_maximum(high[0], high[1]));
        const v128_t positive = wasm_f32x4_gt(largest, wasm_f32x4_const_splat(0.0f));
        const v128_t inverse = wasm_v128_and(wasm_f32x4_div(wasm_f32x4_const_splat(127.0f), largest), positive);
        v128_t sums = wasm_i32x4_const_splat(0);
        for (uint32_t o = first; o < end; o += PANEL) {
            v128_t word[2];
            for (uint32_t i = 0; i < 2; i++) {
                const v128_t scaled = scaled_four(gradient, scales, scales_stride, o + 4 * i);
                word[i] = wasm_i32x4_sub(vector_multiply_add(scaled, inverse, rounder), bits);
            }
            const v128_t words = wasm_i16x8_narrow_i32x4(word[0], word[1]);
            const v128_t bytes = wasm_i8x16_narrow_i16x8(words, wasm_i32x4_const_splat(0));
            sums = wasm_i32x4_add(sums, wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extend_low_i8x16(bytes)));
            store_eight(&place, o, bytes);
        }
        for (uint32_t o = end; o < first + quantized->block; o += PANEL) {
            store_eight(&place, o, wasm_i32x4_const_splat(0));
        }
        const int32_t sum = wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) +
                            wasm_i32x4_extract_lane(sums, 2) + wasm_i32x4_extract_lane(sums, 3);
        quantized->scale[index] = wasm_f32x4_extract_lane(largest, 0) / 127.0f;
        quantized->zero[index] = 0;
        quantized->offset[index] = -CODE_ZERO * sum;
    }
}

/* A tile of at most 4 inputs by 8 outputs, whose sums stay in registers over the rows. */
TILE void add_outer(uint32_t inputs, const float *x, uint32_t x_stride, uint32_t rows, const float *y,
                    uint32_t y_stride, float *sums) {
    v128_t low[4], high[4];
    for (uint32_t k = 0; k < inputs; k++) {
        low[k] = wasm_v128_load(sums + k * PANEL);
        high[k] = wasm_v128_load(sums + k * PANEL + 4);
    }
    for (uint32_t r = 0; r < rows; r++, x += x_stride, y += y_stride) {
        const v128_t y_low = wasm_v128_load(y), y_high = wasm_v128_load(y + 4);
        for (uint32_t k = 0; k < inputs; k++) {
            const v128_t value = wasm_v128_load32_splat(x + k);
            low[k] = wasm_f32x4_add(low[k], wasm_f32x4_mul(value, y_low));
            high[k] = wasm_f32x4_add(high[k], wasm_f32x4_mul(value, y_high));
        }
    }
    for (uint32_t k = 0; k < inputs; k++) {
        wasm_v128_store(sums + k * PANEL, low[k]);
        wasm_v128_store(sums + k * PANEL + 4, high[k]);
    }
}

/* Rows whose inputs stay in the first-level cache while the tiles walk over them. */
enum { OUTER_ROWS = 64 };

void KERNEL(outer_f32)(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *y, uint32_t y_stride,
                       float *sums) {
    for (uint32_t first = 0; first < rows; first += OUTER_ROWS) {
        const uint32_t count = rows - first < OUTER_ROWS ? rows - first : OUTER_ROWS;
        const float *x_rows = x + (size_t)first * x_stride, *y_rows = y + (size_t)first * y_stride;
        uint32_t k = 0;
        for (; k + 4 <= in; k += 4) add_outer(4, x_rows + k, x_stride, count, y_rows, y_stride, sums + k * PANEL);
        for (; k < in; k++) add_outer(1, x_rows + k, x_stride, count, y_rows, y_stride, sums + k * PANEL);
    }
}

void KERNEL(layer_norm_backward)(const float *x, uint32_t width, const float *weight, float epsilon, const float *dy,
                                 float *dx) {
    const struct norm_row row = vector_norm_row(x, width, epsilon);
    const uint32_t whole = width & ~3u;
    const v128_t means = wasm_f32x4_splat(row.mean), factors = wasm_f32x4_splat(row.factor);
    v128_t plain = wasm_f32x4_const_splat(0.0f), along = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t g = wasm_f32x4_mul(wasm_v128_load(weight + k), wasm_v128_load(dy + k));
        const v128_t normed = wasm_f32x4_mul(wasm_f32x4_sub(wasm_v128_load(x + k), means), factors);
        plain = wasm_f32x4_add(plain, g);
        along = wasm_f32x4_add(along, wasm_f32x4_mul(g, normed));
    }
    float plain_sum = vector_join(plain), along_sum = vector_join(along);
    for (uint32_t k = whole; k < width; k++) {
        const float g = weight[k] * dy[k];
        plain_sum += g;
        along_sum += g * ((x[k] - row.mean) * row.factor);
    }
    const float plain_mean = plain_sum / (float)width, along_mean = along_sum / (float)width;
    const v128_t plain_means = wasm_f32x4_splat(plain_mean), along_means = wasm_f32x4_splat(along_mean);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t g = wasm_f32x4_mul(wasm_v128_load(weight + k), wasm_v128_load(dy + k));
        const v128_t normed = wasm_f32x4_mul(wasm_f32x4_sub(wasm_v128_load(x + k), means), factors);
        const v128_t left = wasm_f32x4_sub(wasm_f32x4_sub(g, plain_means), wasm_f32x4_mul(normed, along_means));
        wasm_v128_store(dx + k, wasm_f32x4_add(wasm_v128_load(dx + k), wasm_f32x4_mul(factors, left)));
    }
    for (uint32_t k = whole; k < width; k++) {
        const float normed = (x[k] - row.mean) * row.factor;
        dx[k] += row.factor * ((weight[k] * dy[k] - plain_mean) - normed * along_mean);
    }
}

void KERNEL(softmax_backward)(const float *p, uint32_t count, float factor, float *dp) {
    const uint32_t whole = count & ~3u;
    v128_t partial = wasm_f32x4_const_splat(0.0f);
    for (uint32_t k = 0; k < whole; k += 4) {
        partial = wasm_f32x4_add(partial, wasm_f32x4_mul(wasm_v128_load(p + k), wasm_v128_load(dp + k)));
    }
    float sum = vector_join(partial);
    for (uint32_t k = whole; k < count; k++) sum += p[k] * dp[k];
    const v128_t sums = wasm_f32x4_splat(sum), factors = wasm_f32x4_splat(factor);
    for (uint32_t k = 0; k < whole; k += 4) {
        const v128_t left = wasm_f32x4_sub(wasm_v128_load(dp + k), sums);
        wasm_v128_store(dp + k, wasm_f32x4_mul(wasm_f32x4_mul(wasm_v128_load(p + k), left), factors));
    }
    for (uint32_t k = whole; k < count; k++) dp[k] = (p[k] * (dp[k] - sum)) * factor;
}

void KERNEL(activate)(float *x, uint32_t count, int32_t activation) {
    if (activation == TOWER_IDENTITY) return;
    const uint32_t whole = count & ~7u;
    vector_activate_tile(x, PANEL, whole / PANEL, activation);
    for (uint32_t k = whole; k < count; k++) x[k] = activate(x[k], activation);
}

/* x = quick_gelu'(x) */
SIDE_BY_SIDE vector_quick_gelu_slope(v128_t *x, uint32_t count, const struct approximate_constants *c) {
    v128_t scaled[4], s[4];
    EACH(i) {
        scaled[i] = wasm_f32x4_mul(x[i], SPLAT(quick_gelu_factor));
        s[i] = wasm_f32x4_neg(scaled[i]);
    }
    vector_exponential(s, count, c);
    EACH(i) {
        s[i] = wasm_f32x4_div(SPLAT(one), wasm_f32x4_add(SPLAT(one), s[i]));
        const v128_t rise = wasm_f32x4_mul(wasm_f32x4_mul(scaled[i], s[i]), wasm_f32x4_sub(SPLAT(one), s[i]));
        x[i] = wasm_f32x4_add(s[i], rise);
    }
}

/* x = gelu'(x) */
SIDE_BY_SIDE vector_gelu_slope(v128_t *x, uint32_t count, const struct approximate_constants *c) {
    v128_t size[4], tail[4], bell[4];
    EACH(i) size[i] = wasm_f32x4_abs(x[i]);
    vector_erf_tail(size, tail, count, c);
    vector_bell(x, bell, count, c);
    EACH(i) {
        tail[i] = wasm_f32x4_mul(wasm_f32x4_mul(SPLAT(half), tail[i]), bell[i]);
        const v128_t below = wasm_f32x4_lt(x[i], wasm_f32x4_const_splat(0.0f));
        const v128_t share = wasm_v128_bitselect(tail[i], wasm_f32x4_sub(SPLAT(one), tail[i]), below);
        x[i] = wasm_f32x4_add(share, wasm_f32x4_mul(wasm_f32x4_mul(x[i], SPLAT(density)), bell[i]));
    }
}

void KERNEL(activate_backward)(const float *x, uint32_t count, int32_t activation, float *dy) {
    if (activation == TOWER_IDENTITY) return;
    const struct approximate_constants *constants = load_constants();
    for (uint32_t k = 0; k < count; k += 8) {
        float rest_x[8] = {0}, rest_dy[8] = {0};
        const int32_t is_whole = k + 8 <= count;
        for (uint32_t i = k; i < count && !is_whole; i++) {
            rest_x[i - k] = x[i];
            rest_dy[i - k] = dy[i];
        }
        const float *from = is_whole ? x + k : rest_x;
        float *to = is_whole ? dy + k : rest_dy;
        v128_t slope[2] = {wasm_v128_load(from), wasm_v128_load(from + 4)};
        if (activation == TOWER_QUICK_GELU) {
            vector_quick_gelu_slope(slope, 2, constants);
        } else if (activation == TOWER_GELU) {
            vector_gelu_slope(slope, 2, constants);
        } else { /* TOWER_RELU */
            const v128_t one = wasm_f32x4_const_splat(1.0f), zero = wasm_f32x4_const_splat(0.0f);
            for (uint32_t i = 0; i < 2; i++) slope[i] = wasm_v128_and(wasm_f32x4_gt(slope[i], zero), one);
        }
        for (uint32_t i = 0; i < 2; i++) {
            wasm_v128_store(to + 4 * i, wasm_f32x4_mul(wasm_v128_load(to + 4 * i), slope[i]));
        }
        for (uint32_t i = k; i < count && !is_whole; i++) dy[i] = rest_dy[i - k];
    }
}

void KERNEL(adamw)(const struct adamw *rule, uint32_t count, const float *gradients, float *means, float *squares,
                   float *parameters) {
    for (uint32_t k = 0; k < count; k += 4) {
        const v128_t g = wasm_f32x4_mul(wasm_v128_load(gradients + k), wasm_f32x4_splat(rule->gradient));
        const v128_t mean = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_splat(rule->beta1), wasm_v128_load(means + k)),
                                           wasm_f32x4_mul(wasm_f32x4_splat(rule->fresh1), g));
        const v128_t square = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_splat(rule->beta2), wasm_v128_load(squares + k)),
                                             wasm_f32x4_mul(wasm_f32x4_splat(rule->fresh2), wasm_f32x4_mul(g, g)));
        const v128_t root = wasm_f32x4_div(wasm_f32x4_sqrt(square), wasm_f32x4_splat(rule->root));
        const v128_t step = wasm_f32x4_div(wasm_f32x4_mul(wasm_f32x4_splat(rule->step), mean),
                                           wasm_f32x4_add(root, wasm_f32x4_splat(rule->epsilon)));
        const v128_t kept = wasm_f32x4_mul(wasm_f32x4_splat(rule->keep), wasm_v128_load(parameters + k));
        wasm_v128_store(means + k, mean);
        wasm_v128_store(squares + k, square);
        wasm_v128_store(parameters + k, wasm_f32x4_sub(kept, step));
    }
}
