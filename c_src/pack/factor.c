/* From the inputs that a layer reads to how its rounding errors make up for one another (GPTQ; Frantar et al., 2022, in the
 * form of LDLQ; Chee et al., 2023): with xᵀx = (I + N) D (I + N)ᵀ, N strictly upper triangular, the weights of a row are
 * rounded in rising order, ŵ_k = round(w_k + Σ_{j<k} (w_j - ŵ_j) N_jk). The factor is a Cholesky factor counted from the
 * end: anti-transposed, factored, anti-transposed back. */
#include <string.h>

#include "../percept.h"
#include "codes.h"
#include "pack.h"

/* Mirrors the lower triangle in its other diagonal: [a, b] and [n-1-b, n-1-a] change places. */
static void mirror(float *matrix, uint32_t n, uint32_t stride) {
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b <= a && a + b < n - 1; b++) {
            float *one = matrix + (size_t)a * stride + b, *other = matrix + (size_t)(n - 1 - b) * stride + (n - 1 - a);
            const float kept = *one;
            *one = *other;
            *other = kept;
        }
    }
}

/* A = L Lᵀ in place, in panels of 8 columns. panel: [n, 8], product: [n, 8]. */
static int32_t cholesky(float *matrix, uint32_t n, uint32_t stride, float *panel, float *product) {
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    for (uint32_t first = 0; first < n; first += PANEL) {
        const uint32_t count = n - first < PANEL ? n - first : PANEL;
        for (uint32_t k = 0; k < first; k++) {
            for (uint32_t j = 0; j < PANEL; j++) {
                panel[k * PANEL + j] = j < count ? matrix[(size_t)(first + j) * stride + k] : 0.0f;
            }
        }
        KERNEL(gemm_f32)(matrix + (size_t)first * stride, stride, n - first, first, panel, &plain, product, PANEL);
        for (uint32_t i = first; i < n; i++) {
            float *row = matrix + (size_t)i * stride + first;
            for (uint32_t j = 0; j < count && first + j <= i; j++) {
                const float *pivot = matrix + (size_t)(first + j) * stride + first;
                float value = row[j] - product[(size_t)(i - first) * PANEL + j];
                for (uint32_t k = 0; k < j; k++) value -= row[k] * pivot[k];
                if (i > first + j) {
                    row[j] = value / pivot[j];
                } else if (value > 0.0f) {
                    row[j] = __builtin_sqrtf(value);
                } else {
                    return PERCEPT_NOT_FINITE;
                }
            }
        }
    }
    return PERCEPT_OK;
}

int32_t pack_factor(float *gram, const float *smooth, uint32_t in, float damping, float *scratch) {
    if (in == 0) return PERCEPT_BAD_ARGUMENT;
    const uint32_t stride = round_up_to(in, PANEL);
    double trace = 0.0;
    for (uint32_t i = 0; i < in; i++) {
        for (uint32_t j = 0; smooth && j <= i; j++) gram[(size_t)i * stride + j] *= smooth[i] * smooth[j];
        trace += gram[(size_t)i * stride + i];
    }
    if (!(trace > 0.0 && trace < 1e30)) return PERCEPT_NOT_FINITE;
    for (uint32_t i = 0; i < in; i++) gram[(size_t)i * stride + i] += damping * (float)(trace / in);
    mirror(gram, in, stride);
    const int32_t status = cholesky(gram, in, stride, scratch, scratch + (size_t)in * PANEL);
    if (status != PERCEPT_OK) return status;
    mirror(gram, in, stride);
    for (uint32_t k = 0; k < in; k++) {
        float *row = gram + (size_t)k * stride;
        for (uint32_t j = 0; j < k; j++) row[j] /= row[k];
    }
    return PERCEPT_OK;
}
