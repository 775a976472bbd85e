/* The kernels of the backward pass: what teaching needs beside kernels.h, by the same rules. backward_reference.c is the
 * specification; backward_simd128.c gives the same bits faster.
 *
 * The hot products of the backward pass are those of the forward pass: a panel of weights is turned, so that its inputs
 * take the place of outputs, and multiplied by gemm_q8 or gemm_f32. What is new here is turning, the sums over rows that
 * are a weight's gradient, and the derivatives of norm, softmax and activations. */
#ifndef PERCEPT_BACKWARD_H
#define PERCEPT_BACKWARD_H

#include <stddef.h>

#include "kernels.h"

/* How AdamW (Loshchilov and Hutter, 2019) steps, with the bias corrections of this step already in it. */
struct adamw {
    float keep;           /* 1 - rate · decay */
    float step;           /* rate / (1 - beta1^t) */
    float beta1, beta2;   /* of the mean and of the mean square */
    float fresh1, fresh2; /* 1 - beta1, 1 - beta2 */
    float root;           /* √(1 - beta2^t) */
    float epsilon;
    float gradient; /* factor of the gradient: below 1 where it is clipped */
};

// clang-format off
/* ENTRY(result, name, (parameters)) */
#define BACKWARD_KERNELS(ENTRY) \
    \
    /* turned[8 · p + j, i] = weights[p][first + i, j] for i < count, 0 for count <= i < 8: eight inputs of every output, from
     * `panels` panels [in, 8], which lie `panel_stride` floats apart. `weights` points at the first of the inputs. */ \
    ENTRY(void, turn_f32, (const float *weights, size_t panel_stride, uint32_t panels, uint32_t count, float *turned)) \
    \
    /* The same of codes: turned[o / 4, i, o % 4] = the code of output o and input i, for eight inputs in two quads, each 8
     * outputs by 4 inputs; CODE_ZERO for the second of two quads where there is one. Thus turned codes are a panel
     * of gemm_q8 whose inputs are the layer's outputs. Panels lie `panel_stride` bytes apart. */ \
    ENTRY(void, turn_q8, (const uint8_t *codes, size_t panel_stride, uint32_t panels, uint32_t quads, \
                          uint8_t *turned)) \
    \
    /* The gradient of a row of outputs as signed bytes, into row `row` of `quantized`, with the scales of one block of inputs:
     * g[o] = gradient[o] · scales[o / 8 · scales_stride + o % 8]; per block of at most `block` outputs
     * scale = max |g| / 127, value = round(g · 127 / max |g|), zero = 0. Outputs beyond `outputs` are zeros. */ \
    ENTRY(void, quantize_gradient, (const float *gradient, const float *scales, uint32_t scales_stride, \
                                    uint32_t outputs, uint32_t row, const struct quantized_rows *quantized)) \
    \
    /* sums[k, j] += Σ_r x[r, k] · y[r, j] for k < in, j < 8, in rising r onto what is there: rows may come in any parts.
     * x: [rows, in] with x_stride floats between rows; y: [rows, 8] with y_stride; sums: [in, 8]. */ \
    ENTRY(void, outer_f32, (const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *y, \
                            uint32_t y_stride, float *sums)) \
    \
    /* dx += the gradient of layer_norm over one row. With c = x - mean, f = 1 / sqrt(mean(c²) + epsilon), g = weight · dy:
     * dx += f · (g - mean(g) - (c · f) · mean(g · c · f)). */ \
    ENTRY(void, layer_norm_backward, (const float *x, uint32_t width, const float *weight, float epsilon, \
                                      const float *dy, float *dx)) \
    \
    /* dp = p · (dp - Σ p · dp) · factor over one row, in place: the gradient of softmax, times the scale of what went in. */ \
    ENTRY(void, softmax_backward, (const float *p, uint32_t count, float factor, float *dp)) \
    \
    /* x = activation(x) over one row, by enum tower_activation. */ \
    ENTRY(void, activate, (float *x, uint32_t count, int32_t activation)) \
    \
    /* dy = dy · activation'(x) over one row. */ \
    ENTRY(void, activate_backward, (const float *x, uint32_t count, int32_t activation, float *dy)) \
    \
    /* One step of AdamW over `count` parameters, a multiple of 4: g = gradients · rule.gradient, mean = beta1 · mean + fresh1 · g,
     * square = beta2 · square + fresh2 · g², parameter = keep · parameter - step · mean / (√square / root + epsilon). */ \
    ENTRY(void, adamw, (const struct adamw *rule, uint32_t count, const float *gradients, float *means, \
                        float *squares, float *parameters))
// clang-format on

BACKWARD_KERNELS(KERNEL_DECLARATION)

#endif
