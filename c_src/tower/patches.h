/* From views to the tokens that enter the first block. */
#ifndef PERCEPT_PATCHES_H
#define PERCEPT_PATCHES_H

#include "tower.h"

/* residual[view, 0] = class embedding, residual[view, 1 + p] = W · patch p, plus positions, then pre_norm. */
void embed_patches(struct tower *tower, uint32_t views);

/* Recomputes what the pixels' mean and std add to every patch of a q8 tower. */
void update_patch_bias(struct tower *tower);

#endif
