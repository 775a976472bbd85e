/* Watching what the linear layers of a tower read, for the converter only (build/calibrate.wasm, which holds the engine
 * beside this). The tower has one block, float32; the caller gives it the weights of one block after the other and
 * carries the residual stream from one to the next, so that no whole tower is ever in memory. */
#ifndef PERCEPT_CALIBRATE_H
#define PERCEPT_CALIBRATE_H

#include "../percept.h"

/* The residual stream: [views, tokens, stride] floats, and that stride. */
float *calibrate_residual(const tower *tower);
uint32_t calibrate_stride(const tower *tower);

/* The residual stream of the first `views` views at tower_views (at most tower_batch), before the first block. */
int32_t calibrate_embed(tower *tower, int32_t views);

/* Sends the residual stream through the block, and adds xᵀ x over all tokens of what its layers read to `grams`: qkv's,
 * out's and fc1's [width8, width8], fc2's [mlp8, mlp8] one after the other, lower triangles, where width8 and mlp8 are
 * rounded up to multiples of 8. scratch: [the larger of both + 8, views · tokens]. */
int32_t calibrate_block(tower *tower, int32_t views, float *grams, float *scratch);

#endif
