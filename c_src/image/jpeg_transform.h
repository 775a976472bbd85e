/* From the coefficients of a block to its samples. */
#ifndef PERCEPT_JPEG_TRANSFORM_H
#define PERCEPT_JPEG_TRANSFORM_H

#include "stb.h"

/* For stb_jpeg_decode. */
jpeg_inverse_transform jpeg_islow;

static inline uint8_t jpeg_clamp(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

#endif
