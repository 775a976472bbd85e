/* The kernels in scalar C: the specification that every other set must match bit for bit. */
#include "kernels.h"

#include "scalar.h"

static void finish(float product, const struct epilogue *epilogue, uint32_t j, float *y) {
    const float value = epilogue->bias ? product + epilogue->bias[j] : product;
    *y = activate(epilogue->add ? *y + value : value, epilogue->activation);
}

void KERNEL(gemm_f32)(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *panel,
                      const struct epilogue *epilogue, float *y, uint32_t y_stride) {
    REQUIRES(rows == 1 || (x_stride >= in && y_stride >= PANEL));
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            float sum = 0.0f;
            for (uint32_t k = 0; k < in; k++) sum += x[r * x_stride + k] * panel[k * PANEL + j];
            finish(sum, epilogue, j, &y[r * y_stride + j]);
        }
    }
}

int32_t KERNEL(gemm_q8_ways)(void) { return 1; }

/* The specification takes row by row: any tile is right. Six have tests see whole tiles and others. */
uint32_t KERNEL(gemm_q8_tile)(int32_t way) {
    (void)way;
    return 6;
}

void KERNEL(gemm_q8)(const struct quantized_rows *x, const struct q8_panel *panel, const struct epilogue *epilogue,
                     float *y, uint32_t y_stride) {
    REQUIRES(x->blocks > 0 && x->block % 4 == 0 && x->rows > 0 && x->tile > 0);
    REQUIRES(x->rows == 1 || y_stride >= PANEL);
    REQUIRES(x->way >= 0 && x->way < KERNEL(gemm_q8_ways)());
    const uint32_t blocks = x->blocks, block = x->block;
    for (uint32_t r = 0; r < x->rows; r++) {
        const struct quantized_place place = quantized_place_of(x, r);
        for (uint32_t j = 0; j < PANEL; j++) {
            float sum = 0.0f;
            for (uint32_t b = 0; b < blocks; b++) {
                const uint32_t index = place.first + b * place.rows;
                /* Unsigned, so that hostile weights wrap instead of overflowing. */
                uint32_t dot =
                    (uint32_t)x->offset[index] - (uint32_t)x->zero[index] * (uint32_t)panel->sums[b * PANEL + j];
                for (uint32_t k = b * block; k < (b + 1) * block; k++) {
                    const int32_t code = panel->codes[(k / 4 * PANEL + j) * 4 + k % 4];
                    dot += (uint32_t)(*quantized_value(&place, k) * code);
                }
                sum += (float)(int32_t)dot * (x->scale[index] * panel->scales[b * PANEL + j]);
            }
            finish(sum, epilogue, j, &y[r * y_stride + j]);
        }
    }
}

void KERNEL(quantize_row)(const float *x, const float *smooth, uint32_t group, uint32_t row,
                          const struct quantized_rows *quantized) {
    REQUIRES(group > 0 && group <= quantized->block && quantized->block % 4 == 0);
    REQUIRES(row < quantized->rows && quantized->tile > 0);
    const struct quantized_place place = quantized_place_of(quantized, row);
    for (uint32_t b = 0; b < quantized->blocks; b++) {
        const uint32_t index = place.first + b * place.rows;
        const float *source = x + b * group;
        float low = 0.0f, high = 0.0f;
        for (uint32_t k = 0; k < group; k++) {
            const float value = smooth ? source[k] * smooth[b * group + k] : source[k];
            low = minimum(low, value);
            high = maximum(high, value);
        }
        const float range = high - low;
        const float inverse = range > 0.0f ? 255.0f / range : 0.0f;
        const uint32_t zero = bits_of((-128.0f - low * inverse) + ROUNDER) - ROUNDER_BITS;
        int32_t sum = 0;
        for (uint32_t k = 0; k < quantized->block; k++) {
            int32_t value = 0;
            if (k < group) {
                const float scaled = (smooth ? source[k] * smooth[b * group + k] : source[k]) * inverse;
                value = (int32_t)(bits_of(scaled + ROUNDER) - ROUNDER_BITS + zero);
                value = value < -128 ? -128 : value > 127 ? 127 : value;
            }
            *quantized_value(&place, b * quantized->block + k) = (int8_t)value;
            sum += value;
        }
        quantized->scale[index] = range / 255.0f;
        quantized->zero[index] = (int32_t)zero;
        quantized->offset[index] = -CODE_ZERO * sum;
    }
}

void KERNEL(layer_norm)(const float *x, uint32_t width, const float *weight, const float *bias, float epsilon,
                        float *y) {
    REQUIRES(width > 0 && epsilon > 0.0f);
    const struct norm_row row = norm_row_of(x, width, epsilon);
    for (uint32_t k = 0; k < width; k++) y[k] = ((x[k] - row.mean) * row.factor) * weight[k] + bias[k];
}

float KERNEL(exponentials)(float *x, uint32_t count, float scale) {
    REQUIRES(count > 0);
    float highest = x[0] * scale;
    for (uint32_t k = 1; k < count; k++) highest = maximum(highest, x[k] * scale);

    const uint32_t whole = count & ~3u;
    float partial[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t k = 0; k < count; k++) x[k] = exponential(x[k] * scale - highest);
    for (uint32_t k = 0; k < whole; k++) partial[k % 4] += x[k];
    float sum = join(partial);
    for (uint32_t k = whole; k < count; k++) sum += x[k];
    return sum;
}

void KERNEL(scale)(const float *x, uint32_t count, float factor, float *y) {
    for (uint32_t k = 0; k < count; k++) y[k] = x[k] * factor;
}

float KERNEL(largest)(const float *x, uint32_t count) {
    float largest = 0.0f;
    for (uint32_t k = 0; k < count; k++) largest = maximum(largest, __builtin_fabsf(x[k]));
    return largest;
}

void KERNEL(quantize_i16)(const float *x, uint32_t count, float factor, int16_t *words) {
    for (uint32_t k = 0; k < count; k++) {
        const int32_t value = (int32_t)(bits_of(x[k] * factor + ROUNDER) - ROUNDER_BITS);
        words[k] = (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value);
    }
}

void KERNEL(gemm_i16)(const int16_t *x, uint32_t x_stride, uint32_t rows, uint32_t pairs, const int16_t *panel,
                      float factor, float *y, uint32_t y_stride) {
    REQUIRES(rows == 1 || (x_stride >= 2 * pairs && y_stride >= PANEL));
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            uint32_t sum = 0; /* unsigned, so that it wraps where the caller breaks the contract */
            for (uint32_t k = 0; k < 2 * pairs; k++) {
                sum += (uint32_t)(x[r * x_stride + k] * panel[(k / 2 * PANEL + j) * 2 + k % 2]);
            }
            y[r * y_stride + j] = (float)(int32_t)sum * factor;
        }
    }
}

void KERNEL(add)(const float *x, uint32_t count, float *y) {
    for (uint32_t k = 0; k < count; k++) y[k] += x[k];
}
