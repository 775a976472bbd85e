#include "epilogue.h"

/* `rows` rows of a tile, two vectors each, all side by side: four vectors keep a processor busier than two. */
TILE void activate_rows(float *y, uint32_t y_stride, uint32_t rows, int32_t activation,
                        const struct approximate_constants *constants) {
    const uint32_t count = 2 * rows;
    v128_t x[4];
    for (uint32_t i = 0; i < count; i++) x[i] = wasm_v128_load(y + i / 2 * y_stride + i % 2 * 4);
    if (activation == TOWER_QUICK_GELU) {
        vector_quick_gelu(x, count, constants);
    } else if (activation == TOWER_GELU) {
        vector_gelu(x, count, constants);
    } else {
        for (uint32_t i = 0; i < count; i++) x[i] = vector_maximum(wasm_f32x4_const_splat(0.0f), x[i]); /* TOWER_RELU */
    }
    for (uint32_t i = 0; i < count; i++) wasm_v128_store(y + i / 2 * y_stride + i % 2 * 4, x[i]);
}

void vector_activate_tile(float *y, uint32_t y_stride, uint32_t rows, int32_t activation) {
    const struct approximate_constants *constants = load_constants();
    for (; rows >= 2; rows -= 2, y += 2 * y_stride) activate_rows(y, y_stride, 2, activation, constants);
    if (rows == 1) activate_rows(y, y_stride, 1, activation, constants);
}
