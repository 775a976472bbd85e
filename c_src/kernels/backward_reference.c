/* The kernels of the backward pass in scalar C: the specification. */
#include "backward.h"

#include "scalar.h"

void KERNEL(turn_f32)(const float *weights, size_t panel_stride, uint32_t panels, uint32_t count, float *turned) {
    REQUIRES(count > 0 && count <= PANEL);
    for (uint32_t p = 0; p < panels; p++) {
        for (uint32_t i = 0; i < PANEL; i++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                turned[(p * PANEL + j) * PANEL + i] = i < count ? weights[p * panel_stride + i * PANEL + j] : 0.0f;
            }
        }
    }
}

void KERNEL(turn_q8)(const uint8_t *codes, size_t panel_stride, uint32_t panels, uint32_t quads, uint8_t *turned) {
    REQUIRES(quads == 1 || quads == 2);
    for (uint32_t p = 0; p < panels; p++) {
        for (uint32_t i = 0; i < PANEL; i++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                const uint32_t o = p * PANEL + j;
                const size_t from = p * panel_stride + (i / 4 * PANEL + j) * 4 + i % 4;
                turned[(o / 4 * PANEL + i) * 4 + o % 4] = i / 4 < quads ? codes[from] : CODE_ZERO;
            }
        }
    }
}

void KERNEL(quantize_gradient)(const float *gradient, const float *scales, uint32_t scales_stride, uint32_t outputs,
                               uint32_t row, const struct quantized_rows *quantized) {
    REQUIRES(quantized->block % PANEL == 0 && outputs % PANEL == 0 && outputs <= quantized->blocks * quantized->block);
    REQUIRES(row < quantized->rows && quantized->tile > 0);
    const struct quantized_place place = quantized_place_of(quantized, row);
    for (uint32_t b = 0; b < quantized->blocks; b++) {
        const uint32_t index = place.first + b * place.rows, first = b * quantized->block;
        float largest = 0.0f;
        for (uint32_t k = 0; k < quantized->block && first + k < outputs; k++) {
            const uint32_t o = first + k;
            const float value = gradient[o] * scales[o / PANEL * scales_stride + o % PANEL];
            largest = maximum(largest, __builtin_fabsf(value));
        }
        const float inverse = largest > 0.0f ? 127.0f / largest : 0.0f;
        int32_t sum = 0;
        for (uint32_t k = 0; k < quantized->block; k++) {
            const uint32_t o = first + k;
            int32_t value = 0;
            if (o < outputs) {
                const float scaled = (gradient[o] * scales[o / PANEL * scales_stride + o % PANEL]) * inverse;
                value = (int32_t)(bits_of(scaled + ROUNDER) - ROUNDER_BITS);
                value = value < -128 ? -128 : value > 127 ? 127 : value;
            }
            *quantized_value(&place, o) = (int8_t)value;
            sum += value;
        }
        quantized->scale[index] = largest / 127.0f;
        quantized->zero[index] = 0;
        quantized->offset[index] = -CODE_ZERO * sum;
    }
}

void KERNEL(outer_f32)(const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *y, uint32_t y_stride,
                       float *sums) {
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t k = 0; k < in; k++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                sums[k * PANEL + j] += x[(size_t)r * x_stride + k] * y[(size_t)r * y_stride + j];
            }
        }
    }
}

void KERNEL(layer_norm_backward)(const float *x, uint32_t width, const float *weight, float epsilon, const float *dy,
                                 float *dx) {
    const struct norm_row row = norm_row_of(x, width, epsilon);
    const uint32_t whole = width & ~3u;
    float plain[4] = {0.0f, 0.0f, 0.0f, 0.0f}, along[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t k = 0; k < whole; k++) {
        const float g = weight[k] * dy[k];
        plain[k % 4] += g;
        along[k % 4] += g * ((x[k] - row.mean) * row.factor);
    }
    float plain_sum = join(plain), along_sum = join(along);
    for (uint32_t k = whole; k < width; k++) {
        const float g = weight[k] * dy[k];
        plain_sum += g;
        along_sum += g * ((x[k] - row.mean) * row.factor);
    }
    const float plain_mean = plain_sum / (float)width, along_mean = along_sum / (float)width;
    for (uint32_t k = 0; k < width; k++) {
        const float normed = (x[k] - row.mean) * row.factor;
        dx[k] += row.factor * ((weight[k] * dy[k] - plain_mean) - normed * along_mean);
    }
}

void KERNEL(softmax_backward)(const float *p, uint32_t count, float factor, float *dp) {
    const uint32_t whole = count & ~3u;
    float partial[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t k = 0; k < whole; k++) partial[k % 4] += p[k] * dp[k];
    float sum = join(partial);
    for (uint32_t k = whole; k < count; k++) sum += p[k] * dp[k];
    for (uint32_t k = 0; k < count; k++) dp[k] = (p[k] * (dp[k] - sum)) * factor;
}

void KERNEL(activate)(float *x, uint32_t count, int32_t activation) {
    for (uint32_t k = 0; k < count; k++) x[k] = activate(x[k], activation);
}

/* With s = 1 / (1 + exp(-1.702 x)): s + 1.702 x s (1 - s). */
static float quick_gelu_slope(float x) {
    const float s = 1.0f / (1.0f + exponential(-(x * QUICK_GELU_FACTOR)));
    return s + ((x * QUICK_GELU_FACTOR) * s) * (1.0f - s);
}

/* Φ(x) + x φ(x), with the tail of Φ as gelu has it: t q(t) exp(-x²/2) / 2 beyond |x|. */
static float gelu_slope(float x) {
    const float bell = exponential(-0.5f * (x * x));
    const float tail = (0.5f * erf_tail(__builtin_fabsf(x))) * bell;
    return (x < 0.0f ? tail : 1.0f - tail) + (x * NORMAL_DENSITY) * bell;
}

static float slope(float x, int32_t activation) {
    switch (activation) {
        case TOWER_QUICK_GELU: return quick_gelu_slope(x);
        case TOWER_GELU: return gelu_slope(x);
        case TOWER_RELU: return x > 0.0f ? 1.0f : 0.0f;
        default: return 1.0f;
    }
}

void KERNEL(activate_backward)(const float *x, uint32_t count, int32_t activation, float *dy) {
    for (uint32_t k = 0; k < count; k++) dy[k] *= slope(x[k], activation);
}

void KERNEL(adamw)(const struct adamw *rule, uint32_t count, const float *gradients, float *means, float *squares,
                   float *parameters) {
    REQUIRES(count % 4 == 0);
    for (uint32_t k = 0; k < count; k++) {
        const float g = gradients[k] * rule->gradient;
        means[k] = rule->beta1 * means[k] + rule->fresh1 * g;
        squares[k] = rule->beta2 * squares[k] + rule->fresh2 * (g * g);
        const float size = __builtin_sqrtf(squares[k]) / rule->root + rule->epsilon;
        parameters[k] = rule->keep * parameters[k] - (rule->step * means[k]) / size;
    }
}
