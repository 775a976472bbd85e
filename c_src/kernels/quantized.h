/* Rows of activations as signed bytes, arranged for the int8 matrix product. */
#ifndef PERCEPT_QUANTIZED_H
#define PERCEPT_QUANTIZED_H

#include <stddef.h>
#include <stdint.h>

/* x = scale · (value - zero), a scale and a zero point for each block of inputs. `offset` is -CODE_ZERO · the sum of the
 * block's values, which corrects for the code of zero.
 *
 * A product takes so many rows at a time as its sums fit into registers: a tile. Hence the rows lie tile by tile, and within a
 * tile four inputs of each row side by side, so that a product reads on and on. All tiles have the same number of rows, at
 * most `tile`, or the first of them one more than the rest: a tile of few rows would leave a multiplier waiting for its own
 * sums. */
struct quantized_rows {
    int8_t *values;  /* for each tile [blocks, block / 4, rows of the tile, 4] */
    float *scale;    /* for each tile [blocks, rows of the tile] */
    int32_t *zero;   /* the same */
    int32_t *offset; /* the same */
    uint32_t rows;
    uint32_t tile; /* gemm_q8_tile(way) */
    uint32_t blocks;
    uint32_t block; /* a multiple of 4 */
    int32_t way;    /* 0 .. gemm_q8_ways() - 1: how gemm_q8 gets at the same bits */
};

/* How rows are cut into tiles. */
struct row_tiles {
    uint32_t longer; /* the rows of all tiles that have one more than the rest */
    uint32_t least;  /* the rows of each of the rest */
};

static inline struct row_tiles row_tiles_of(const struct quantized_rows *x) {
    const uint32_t tiles = (x->rows + x->tile - 1) / x->tile, least = x->rows / tiles;
    const struct row_tiles cut = {.longer = x->rows % tiles * (least + 1), .least = least};
    return cut;
}

/* The rows of the tile to which a row belongs. */
static inline uint32_t tile_rows(const struct row_tiles *cut, uint32_t row) {
    return row < cut->longer ? cut->least + 1 : cut->least;
}

/* Where one row lies: four inputs after the other at values, `stride` bytes apart; its blocks' numbers from `first` on,
 * `rows` apart. */
struct quantized_place {
    int8_t *values;
    uint32_t stride, first, rows;
};

static inline struct quantized_place quantized_place_of(const struct quantized_rows *x, uint32_t row) {
    const struct row_tiles cut = row_tiles_of(x);
    const uint32_t rows = tile_rows(&cut, row), within = (row < cut.longer ? row : row - cut.longer) % rows;
    const size_t first = (size_t)(row - within) * x->blocks;
    const struct quantized_place place = {.values = x->values + first * x->block + within * 4,
                                          .stride = rows * 4,
                                          .first = (uint32_t)first + within,
                                          .rows = rows};
    return place;
}

/* The value of input k, counted over all blocks. */
static inline int8_t *quantized_value(const struct quantized_place *place, uint32_t k) {
    return place->values + (size_t)(k / 4) * place->stride + k % 4;
}

#endif
