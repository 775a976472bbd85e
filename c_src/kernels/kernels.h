/* The kernels: everything that is worth an instruction set of its own.
 *
 * The list KERNELS below names each once: it declares them here, and makes the table of tests/c/kernel_equality.c, which
 * does not compile while one has no comparison. reference.c is the specification, in scalar C; simd128.c, dot_simd128.c and
 * relaxed.c give the same bits faster. A build links one set; the test build has reference.c beside it, with
 * KERNEL_PREFIX=reference_.
 *
 * Rules that make the bits the same everywhere:
 *   - a float sum over k runs in rising k for every single output; only outputs are spread over lanes;
 *   - a sum over a whole row (norm, exponentials) has four partial sums, element i in sum i mod 4 up to the last
 *     multiple of 4, joined as (s0 + s1) + (s2 + s3), then the rest of the row one by one;
 *   - no fused multiply-add, no reassociation, minimum and maximum as (b < a ? b : a) and (a < b ? b : a);
 *   - integer sums are exact or wrap modulo 2^32.
 */
#ifndef PERCEPT_KERNELS_H
#define PERCEPT_KERNELS_H

#include <stdint.h>

#include "quantized.h"

#ifndef KERNEL_PREFIX
#define KERNEL_PREFIX kernel_
#endif
#define KERNEL_JOIN(prefix, name) prefix##name
#define KERNEL_EXPAND(prefix, name) KERNEL_JOIN(prefix, name)
#define KERNEL(name) KERNEL_EXPAND(KERNEL_PREFIX, name)

enum { PANEL = 8 }; /* outputs that a packed panel of weights holds */

static inline uint32_t round_up_to(uint32_t value, uint32_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* What happens to a matrix product before it is stored:
 * y = activation((add ? y : 0) + (product + bias)). */
struct epilogue {
    const float *bias;  /* [8], or NULL for none */
    int32_t activation; /* enum tower_activation */
    int32_t add;
};

/* The codes of weights: 1..127 stand for -63..63. */
enum { CODE_ZERO = 64, CODE_HIGHEST = 63 };

/* Where the scale and the sum of an output's block b lie in [out8 / 8, blocks, 8]. */
static inline size_t scale_index(uint32_t output, uint32_t b, uint32_t blocks) {
    return ((size_t)(output / PANEL) * blocks + b) * PANEL + output % PANEL;
}

/* One panel of 8 outputs of a q8 linear layer. */
struct q8_panel {
    const uint8_t *codes; /* [blocks, block / 4, 8, 4], 0..127 */
    const float *scales;  /* [blocks, 8] */
    const int32_t *sums;  /* [blocks, 8] */
    const uint8_t *next; /* the codes of a panel of the same size that follows soon, or NULL: a kernel may fetch them */
};

// clang-format off
/* ENTRY(result, name, (parameters)) */
#define KERNELS(ENTRY) \
    \
    /* y[r, j] = epilogue(Σ_k x[r, k] · panel[k, j]) for j = 0..7.
     * x: [rows, in] with x_stride floats between rows; panel: [in, 8]; y: [rows, 8] with y_stride. */ \
    ENTRY(void, gemm_f32, (const float *x, uint32_t x_stride, uint32_t rows, uint32_t in, const float *panel, \
                           const struct epilogue *epilogue, float *y, uint32_t y_stride)) \
    \
    /* y[r, j] = epilogue(Σ_b scale[r, b] · scales[b, j] · Σ_k (values[r, b, k] - zero[r, b]) · (codes[b, k, j] - CODE_ZERO))
     * for all rows of x. The inner sum is exact in int32 up to 65536 inputs. */ \
    ENTRY(void, gemm_q8, (const struct quantized_rows *x, const struct q8_panel *panel, const struct epilogue *epilogue, \
                          float *y, uint32_t y_stride)) \
    \
    /* One row [blocks · group] to bytes, into row `row` of `quantized`: each group of `group` inputs fills the
     * first part of a block, zeros the rest. Per group, with lo = min(0, min x) and hi = max(0, max x):
     * scale = (hi - lo) / 255, zero = round(-128 - lo / scale), value = clamp(round(x / scale) + zero, -128, 127).
     * smooth: [blocks · group] factors for x, or NULL. */ \
    ENTRY(void, quantize_row, (const float *x, const float *smooth, uint32_t group, uint32_t row, \
                               const struct quantized_rows *quantized)) \
    \
    /* y = (x - mean(x)) / sqrt(mean((x - mean(x))²) + epsilon) · weight + bias, over one row. y may be x. */ \
    ENTRY(void, layer_norm, (const float *x, uint32_t width, const float *weight, const float *bias, float epsilon, \
                             float *y)) \
    \
    /* x = exp(x · scale - max(x · scale)) over one row, in place; returns its sum. softmax is this, divided by it. */ \
    ENTRY(float, exponentials, (float *x, uint32_t count, float scale)) \
    \
    /* y = x · factor over one row; y may be x. */ \
    ENTRY(void, scale, (const float *x, uint32_t count, float factor, float *y)) \
    \
    /* The largest |x| of one row. */ \
    ENTRY(float, largest, (const float *x, uint32_t count)) \
    \
    /* words = clamp(round(x · factor), -32768, 32767) over one row; |x · factor| must stay below 2^22. */ \
    ENTRY(void, quantize_i16, (const float *x, uint32_t count, float factor, int16_t *words)) \
    \
    /* y[r, j] = factor · Σ_k x[r, k] · panel[k, j] for j = 0..7, k = 0 .. 2 · pairs - 1; the sum must fit in int32.
     * x: [rows, 2 · pairs] with x_stride words between rows, panel: [pairs, 8, 2], y: [rows, 8] with y_stride. */ \
    ENTRY(void, gemm_i16, (const int16_t *x, uint32_t x_stride, uint32_t rows, uint32_t pairs, const int16_t *panel, \
                           float factor, float *y, uint32_t y_stride)) \
    \
    /* y += x over one row. */ \
    ENTRY(void, add, (const float *x, uint32_t count, float *y))
// clang-format on

#define KERNEL_DECLARATION(result, name, parameters) result KERNEL(name) parameters;
KERNELS(KERNEL_DECLARATION)

/* The ways that this set has to compute gemm_q8: all exact; which is fastest depends on the processor. */
int32_t KERNEL(gemm_q8_ways)(void);

/* The most rows of a tile that a way takes. */
uint32_t KERNEL(gemm_q8_tile)(int32_t way);

#endif
