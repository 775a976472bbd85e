/* Packing and quantising weights, for the converter only (build/pack.wasm): the page never loads this.
 * The module also exports tower_expand_f16 and tower_expand_q4 of percept.h.
 *
 * Sources are float32, row-major [out, in], as PyTorch's Linear stores them. Packed layouts are those of
 * weights/README.md; out8 is `out` rounded up to a multiple of 8, block is in / blocks rounded up to a
 * multiple of 4. Functions return PERCEPT_OK, PERCEPT_BAD_ARGUMENT (a zero size, or blocks does not divide
 * in) or PERCEPT_NOT_FINITE (a NaN or an infinity among the weights).
 */
#ifndef PERCEPT_TOWER_PACK_H
#define PERCEPT_TOWER_PACK_H

#include <stdint.h>

/* `bytes` bytes of scratch, aligned to 64, or NULL; pack_reset gives all of them back at once. */
uint8_t *pack_reserve(uint32_t bytes);
void pack_reset(void);

/* packed: [out8 / 8, in, 8] */
int32_t pack_f32(const float *weights, uint32_t out, uint32_t in, float *packed);

/* codes: [out8 / 8, blocks, block / 4, 8, 4]; scales and sums: [out8 / 8, blocks, 8]. smooth: [in] or NULL;
 * column k of the weights is divided by smooth[k] first. */
int32_t pack_q8(const float *weights, const float *smooth, uint32_t out, uint32_t in, uint32_t blocks, uint8_t *codes,
                float *scales, int32_t *sums);

/* The same for a patch embedding [out, 3, patch, patch] with a block for each colour, rounded so that the errors cancel for
 * pictures whose neighbouring pixels and colours correlate by `correlation` (0 to 1). scratch: [3, patch, patch]. */
int32_t pack_patch(const float *weights, uint32_t out, uint32_t patch, float correlation, float *scratch,
                   uint8_t *codes, float *scales, int32_t *sums);

/* The same as pack_q8 in 4 bits: units: [out8 / 8, blocks, group / 32, 136] as tower_expand_q4 reads them, where group =
 * in / blocks must be a multiple of 32 (PERCEPT_BAD_ARGUMENT otherwise). scales and sums are those of the codes that the
 * units expand to, so that a q4 layer is a q8 layer once it is loaded. feedback: from pack_factor, or NULL to round each
 * weight alone; with it scratch holds out · in + 32 · out + 8 · in floats, zeroed. */
int32_t pack_q4(const float *weights, const float *smooth, const float *feedback, uint32_t out, uint32_t in,
                uint32_t blocks, float *scratch, uint8_t *units, float *scales, int32_t *sums);

/* Turns gram, the lower triangle of xᵀ x over what a layer reads (calibrate.h; [in8, in8]), into pack_q4's feedback in place.
 * `damping` times the mean of the diagonal is added to it. scratch: 16 · in floats. PERCEPT_NOT_FINITE where the
 * inputs were not, or all were zero. */
int32_t pack_factor(float *gram, const float *smooth, uint32_t in, float damping, float *scratch);

/* The float32 weights that the codes stand for, [out, in]: for the converter's report of what was lost. */
int32_t unpack_q8(const uint8_t *codes, const float *scales, const float *smooth, uint32_t out, uint32_t in,
                  uint32_t blocks, float *weights);

/* Round to nearest even. PERCEPT_NOT_FINITE also where a float is beyond what a half can hold. */
int32_t pack_f16(const float *source, uint16_t *destination, uint32_t count);

#endif
