/* What the vector kernels do to the products of a tile before they are stored: struct epilogue. */
#ifndef PERCEPT_EPILOGUE_H
#define PERCEPT_EPILOGUE_H

#include "vector.h"

/* y = activation(y) for `rows` rows of 8 outputs. The products call it for a whole tile, so that its code
 * stands once and its constants are loaded once. */
void vector_activate_tile(float *y, uint32_t y_stride, uint32_t rows, int32_t activation);

/* The rows of a tile, whose products are in low and high: what struct epilogue says, stored at y. */
TILE void vector_finish_tile(uint32_t rows, v128_t *low, v128_t *high, const struct epilogue *epilogue, float *y,
                             uint32_t y_stride) {
    if (epilogue->bias) {
        const v128_t bias_low = wasm_v128_load(epilogue->bias), bias_high = wasm_v128_load(epilogue->bias + 4);
        for (uint32_t r = 0; r < rows; r++) {
            low[r] = wasm_f32x4_add(low[r], bias_low);
            high[r] = wasm_f32x4_add(high[r], bias_high);
        }
    }
    for (uint32_t r = 0; r < rows; r++) {
        float *row = y + r * y_stride;
        if (epilogue->add) {
            low[r] = wasm_f32x4_add(wasm_v128_load(row), low[r]);
            high[r] = wasm_f32x4_add(wasm_v128_load(row + 4), high[r]);
        }
        wasm_v128_store(row, low[r]);
        wasm_v128_store(row + 4, high[r]);
    }
    if (epilogue->activation != TOWER_IDENTITY) vector_activate_tile(y, y_stride, rows, epilogue->activation);
}

#endif
