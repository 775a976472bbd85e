/* What the vector kernels do to the products of a tile before they are stored: struct epilogue. */
#ifndef PERCEPT_EPILOGUE_H
#define PERCEPT_EPILOGUE_H

#include "vector.h"

/* y = activation(y) for `rows` rows of 8 outputs. The products call it for a whole tile, so that its code
 * stands once and its constants are loaded once. */
void vector_activate_tile(float *y, uint32_t y_stride, uint32_t rows, int32_t activation);

/* Outputs 4 · half to 4 · half + 3 of a row of a panel, as struct epilogue says but for the activation, stored at y. */
static inline void vector_finish(v128_t product, const struct epilogue *epilogue, uint32_t half, float *y) {
    v128_t value = product;
    if (epilogue->bias) value = wasm_f32x4_add(value, wasm_v128_load(epilogue->bias + 4 * half));
    if (epilogue->add) value = wasm_f32x4_add(wasm_v128_load(y), value);
    wasm_v128_store(y, value);
}

/* The rows of a tile, whose products are in low and high. */
TILE void vector_finish_tile(uint32_t rows, const v128_t *low, const v128_t *high, const struct epilogue *epilogue,
                             float *y, uint32_t y_stride) {
    for (uint32_t r = 0; r < rows; r++) {
        vector_finish(low[r], epilogue, 0, y + r * y_stride);
        vector_finish(high[r], epilogue, 1, y + r * y_stride + 4);
    }
    if (epilogue->activation != TOWER_IDENTITY) vector_activate_tile(y, y_stride, rows, epilogue->activation);
}

#endif
