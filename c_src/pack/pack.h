/* Packing and quantising weights, for the converter only (build/pack.wasm): the page never loads this.
 * The module also exports tower_expand_f16 and tower_expand_q4 of percept.h.
 *
 * Sources are float32, row-major [out, in], as PyTorch's Linear stores them. Packed layouts are those of
 * weights/README.md; out8 is `out` rounded up to a multiple of 8, block is in / blocks rounded up to a
 * multiple of 4. Functions return PERCEPT_OK, PERCEPT_BAD_ARGUMENT (a zero size, or blocks does not divide
 * in) or PERCEPT_NOT_FINITE (a NaN or an infinity among the weights).
 */
#ifndef PERCEPT_PACK_H
#define PERCEPT_PACK_H

#include "../layout.h"

/* JSON: {"version", "statuses": [name, …], "constants": {"panel", "q4Group", "q4UnitBytes"}, "structs": as tower_info
 * tells them}. NUL-ended; it stays as long as the instance. */
const char *pack_info(void);

/* `bytes` bytes of scratch, aligned to 64 and zeroed, or NULL; pack_reset gives all of them back at once. */
uint8_t *pack_reserve(uint32_t bytes);
void pack_reset(void);

/* A linear layer on its way from floats to integers: what is read, and where the results go. */
#define PACK_LAYER(ONE, MANY)                                                                             \
    ONE(const float *, weights) /* [out, in] */                                                           \
    ONE(const float *, smooth)  /* [in] or NULL: column k of the weights is divided by smooth[k] first */ \
    ONE(uint32_t, out)                                                                                    \
    ONE(uint32_t, in)                                                                                     \
    ONE(uint32_t, blocks)                                                                                 \
    ONE(uint8_t *, codes) /* q8: [out8 / 8, blocks, block / 4, 8, 4]; q4: its units */                    \
    ONE(float *, scales)  /* [out8 / 8, blocks, 8] */                                                     \
    ONE(int32_t *, sums)  /* [out8 / 8, blocks, 8] */
LAYOUT_STRUCT(pack_layer, PACK_LAYER);

/* packed: [out8 / 8, in, 8] */
int32_t pack_f32(const float *weights, uint32_t out, uint32_t in, float *packed);

int32_t pack_q8(const struct pack_layer *layer);

/* The same for a patch embedding [out, 3, patch, patch] with a block for each colour, rounded so that the errors cancel for
 * pictures whose neighbouring pixels and colours correlate by `correlation` (0 to 1). scratch: [3, patch, patch]. */
int32_t pack_patch(const struct pack_layer *layer, uint32_t patch, float correlation, float *scratch);

/* The same as pack_q8 in 4 bits: units: [out8 / 8, blocks, group / 32, 136] as tower_expand_q4 reads them, where group =
 * in / blocks must be a multiple of 32 (PERCEPT_BAD_ARGUMENT otherwise). scales and sums are those of the codes that the
 * units expand to, so that a q4 layer is a q8 layer once it is loaded. factor: from pack_factor, or NULL to round each
 * weight alone; with it scratch holds out · in + 32 · out + 8 · in floats, zeroed. */
int32_t pack_q4(const struct pack_layer *layer, const float *factor, float *scratch);

/* Turns gram, the lower triangle of xᵀ x over what a layer reads (calibrate.h; [in8, in8]), into pack_q4's factor in place.
 * `damping` times the mean of the diagonal is added to it. scratch: 16 · in floats. PERCEPT_NOT_FINITE where the
 * inputs were not, or all were zero. */
int32_t pack_factor(float *gram, const float *smooth, uint32_t in, float damping, float *scratch);

/* The float32 weights that a layer's q8 codes stand for, [out, in]: for the converter's report of what was lost. They may
 * overwrite the layer's own. */
int32_t unpack_q8(const struct pack_layer *layer, float *weights);

/* Round to nearest even. PERCEPT_NOT_FINITE also where a float is beyond what a half can hold. */
int32_t pack_f16(const float *source, uint16_t *destination, uint32_t count);

#endif
