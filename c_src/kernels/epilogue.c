#include "epilogue.h"

/* One row of a tile at a time, for its two vectors side by side. */
void vector_activate_tile(float *y, uint32_t y_stride, uint32_t rows, int32_t activation) {
    const struct approximate_constants *constants = load_constants();
    for (uint32_t r = 0; r < rows; r++, y += y_stride) {
        v128_t x[2] = {wasm_v128_load(y), wasm_v128_load(y + 4)};
        if (activation == TOWER_QUICK_GELU) {
            vector_quick_gelu(x, 2, constants);
        } else if (activation == TOWER_GELU) {
            vector_gelu(x, 2, constants);
        } else {
            for (uint32_t i = 0; i < 2; i++) x[i] = vector_maximum(wasm_f32x4_const_splat(0.0f), x[i]); /* TOWER_RELU */
        }
        wasm_v128_store(y, x[0]);
        wasm_v128_store(y + 4, x[1]);
    }
}
