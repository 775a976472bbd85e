/* The int8 matrix product with the relaxed dot products, which every engine computes exactly while the second operand
 * stays in 0..127, as the codes do.
 *
 * There are two ways to the same bits. Where the processor has a dot product of four bytes (VNNI on x86, sdot on Arm) the
 * fused instruction is one operation. Elsewhere an engine must emulate it, and V8 makes its constant of ones anew each
 * time: five operations for each vector; the dot of two bytes, widened by a dot with ones that stay in a register, takes
 * three. Firefox never has the one operation. Its emulation takes three as well, but the six rows of the fused way take a
 * third longer there than the five of the other, for the same work. Which is faster is measured when the engine is
 * loaded. */
#include "gemm_q8_tile.h"

/* The numbers of the ways, as struct quantized_rows has them. */
enum { FUSED = 0, PAIRS = 1, WAYS = 2 };
_Static_assert(PAIRS == 1, "ones_of makes its ones of this number");

/* Eight words of 1, made of the way's own number in memory: a constant would be made anew for each use. */
static inline v128_t ones_of(const struct quantized_rows *x) { return wasm_i16x8_splat((int16_t)x->way); }

/* Four inputs by four outputs: sums[j] += Σ_i values[i] · codes[j, i]. A sum of two products is at most 2 · 128 · 127, so that
 * 16 bits hold it. */
TILE v128_t dot(v128_t values, v128_t codes, v128_t ones, v128_t sums, int32_t way) {
    if (way == FUSED) return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(values, codes, sums);
    const v128_t pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(values, codes);
    return wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(pairs, ones));
}

enum { MOST_ROWS = 6 };

/* Quads that a tile's loop takes at a time: most for the largest tile, in which most rows are; one where rows are few, which is
 * rare. */
TILE uint32_t quads_of(uint32_t rows) { return rows == MOST_ROWS ? 16 : rows >= 4 ? 8 : 1; }

/* What stays in registers over a block: the integer sums of a tile. */
struct tile {
    v128_t low[MOST_ROWS], high[MOST_ROWS], ones;
};

/* A quad, four inputs of `rows` rows by 8 outputs. */
TILE void multiply_quad(const int8_t *values, const uint8_t *codes, struct tile *tile, uint32_t rows, int32_t way) {
    const v128_t codes_low = wasm_v128_load(codes), codes_high = wasm_v128_load(codes + 16);
    for (uint32_t r = 0; r < rows; r++) {
        const v128_t four = wasm_v128_load32_splat(values + 4 * r);
        tile->low[r] = dot(four, codes_low, tile->ones, tile->low[r], way);
        tile->high[r] = dot(four, codes_high, tile->ones, tile->high[r], way);
    }
}

/* Several quads without a look at the loop's end between them. What the asm and the branch that is never taken are for: the
 * compiler can see through neither. Without a pointer of its own for each quad, V8 adds a constant to the address of each
 * load that is spread over lanes. Without the branch, the compiler puts a sum's dots of all quads into one chain, which needs
 * the codes of all of them in registers at once. V8 sees that `never` is 0, and drops the branch. */
TILE void multiply_quads(const int8_t *values, const uint8_t *codes, struct tile *tile, uint32_t rows, int32_t way) {
#pragma clang loop unroll(full)
    for (uint32_t quad = 0; quad < quads_of(rows); quad++) {
        const int8_t *at = values + quad * 4 * rows;
        int32_t never = 0;
        __asm__ volatile("" : "+r"(at), "+r"(never));
        multiply_quad(at, codes + quad * 4 * PANEL, tile, rows, way);
        if (never) {
            for (uint32_t r = 0; r < rows; r++) tile->low[r] = tile->high[r] = wasm_v128_load(at);
        }
    }
}

/* Rows `row` to row + rows - 1, a tile, by 8 outputs. */
TILE void multiply_tile(struct q8_product *product, uint32_t row, uint32_t rows, int32_t way) {
    const struct quantized_rows *x = product->x;
    const struct q8_panel *panel = product->panel;
    const uint32_t blocks = x->blocks, block = x->block;
    struct tile tile = {.ones = ones_of(x)};
    v128_t sum_low[MOST_ROWS], sum_high[MOST_ROWS];
    for (uint32_t r = 0; r < rows; r++) sum_low[r] = sum_high[r] = wasm_f32x4_const_splat(0.0f);
    struct q8_terms terms = q8_terms_of(x, row);
    const int8_t *values = x->values + row * blocks * block;
    const uint8_t *codes = panel->codes;
    for (uint32_t b = 0; b < blocks; b++) {
        q8_fetch(&product->ahead);
        const v128_t sums_low = wasm_v128_load(panel->sums + b * PANEL);
        const v128_t sums_high = wasm_v128_load(panel->sums + b * PANEL + 4);
        for (uint32_t r = 0; r < rows; r++) {
            tile.low[r] = q8_start(&terms, r, sums_low);
            tile.high[r] = q8_start(&terms, r, sums_high);
        }
        const int8_t *end = values + block * rows;
        const uint32_t inputs = 4 * quads_of(rows);
        const int8_t *whole = values + block / inputs * inputs * rows;
        for (; values != whole; values += inputs * rows, codes += inputs * PANEL) {
            multiply_quads(values, codes, &tile, rows, way);
        }
        for (; values != end; values += 4 * rows, codes += 4 * PANEL) {
            multiply_quad(values, codes, &tile, rows, way);
        }
        const v128_t scales_low = wasm_v128_load(panel->scales + b * PANEL);
        const v128_t scales_high = wasm_v128_load(panel->scales + b * PANEL + 4);
        for (uint32_t r = 0; r < rows; r++) {
            const v128_t scale = wasm_v128_load32_splat(terms.scale + r);
            sum_low[r] = q8_accumulate(sum_low[r], tile.low[r], scale, scales_low);
            sum_high[r] = q8_accumulate(sum_high[r], tile.high[r], scale, scales_high);
        }
        q8_next_terms(&terms, rows);
    }
    float *y = product->y + row * product->y_stride;
    vector_finish_tile(rows, sum_low, sum_high, product->epilogue, y, product->y_stride);
}

static void multiply_fused(struct q8_product *product, uint32_t row, uint32_t rows) {
    switch (rows) {
        case 6: multiply_tile(product, row, 6, FUSED); break;
        case 5: multiply_tile(product, row, 5, FUSED); break;
        case 4: multiply_tile(product, row, 4, FUSED); break;
        case 3: multiply_tile(product, row, 3, FUSED); break;
        case 2: multiply_tile(product, row, 2, FUSED); break;
        default: multiply_tile(product, row, 1, FUSED);
    }
}

static void multiply_pairs(struct q8_product *product, uint32_t row, uint32_t rows) {
    switch (rows) {
        case 5: multiply_tile(product, row, 5, PAIRS); break;
        case 4: multiply_tile(product, row, 4, PAIRS); break;
        case 3: multiply_tile(product, row, 3, PAIRS); break;
        case 2: multiply_tile(product, row, 2, PAIRS); break;
        default: multiply_tile(product, row, 1, PAIRS);
    }
}

int32_t KERNEL(gemm_q8_ways)(void) { return WAYS; }

/* Six rows are the most whose sums, codes and values fit into sixteen registers. Two products at a time need registers for
 * themselves and the ones, so that a tile of pairs has five. */
uint32_t KERNEL(gemm_q8_tile)(int32_t way) { return way == PAIRS ? 5 : 6; }

void KERNEL(gemm_q8)(const struct quantized_rows *x, const struct q8_panel *panel, const struct epilogue *epilogue,
                     float *y, uint32_t y_stride) {
    struct q8_product product = {x, panel, epilogue, y, y_stride, q8_ahead_of(x, panel)};
    const struct row_tiles cut = row_tiles_of(x);
    for (uint32_t row = 0, rows = 0; row < x->rows; row += rows) {
        rows = tile_rows(&cut, row);
        if (x->way == PAIRS) {
            multiply_pairs(&product, row, rows);
        } else {
            multiply_fused(&product, row, rows);
        }
    }
}
