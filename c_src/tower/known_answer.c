/* The test that a loader runs before it trusts a build. An engine may validate the relaxed dot product and still
 * compute it wrongly (a baseline compiler has doubled the product and lost the accumulator), so that the int8
 * product is compared with plain integers, from a non-zero start and with the extreme bytes. */
#include "../kernels/kernels.h"
#include "../percept.h"

/* Seventeen rows fill the largest tile of each way and one less; a block is more than the 64 inputs that a loop takes at a time. */
enum { ROWS = 17, BLOCKS = 2, BLOCK = 76 };

struct example {
    int8_t values[ROWS * BLOCKS * BLOCK];
    float scale[ROWS * BLOCKS];
    int32_t zero[ROWS * BLOCKS], offset[ROWS * BLOCKS];
    uint8_t codes[BLOCKS][BLOCK / 4][PANEL][4];
    float scales[BLOCKS][PANEL];
    int32_t sums[BLOCKS][PANEL];
};

static int32_t value_at(uint32_t r, uint32_t b, uint32_t k) {
    const uint32_t mixed = (r * 131 + b * 71 + k * 37) % 256;
    return k == 0 ? -128 : k == 1 ? 127 : (int32_t)mixed - 128;
}

static int32_t zero_at(uint32_t r, uint32_t b) { return (int32_t)(r * 3 + b) - 7; }

static int32_t offset_at(uint32_t r) { return 1000003 - (int32_t)(r * 300000); }

static int32_t code_at(uint32_t b, uint32_t k, uint32_t j) {
    return k < 2 ? 127 : (int32_t)((j * 53 + b * 29 + k * 11) % 128);
}

static int32_t sum_at(uint32_t b, uint32_t j) { return (int32_t)(j * 17 + b * 5) - 40; }

static void fill_rows(const struct quantized_rows *rows) {
    for (uint32_t r = 0; r < ROWS; r++) {
        const struct quantized_place place = quantized_place_of(rows, r);
        for (uint32_t b = 0; b < BLOCKS; b++) {
            const uint32_t index = place.first + b * place.rows;
            for (uint32_t k = 0; k < BLOCK; k++) *quantized_value(&place, b * BLOCK + k) = (int8_t)value_at(r, b, k);
            rows->scale[index] = 1.0f;
            rows->zero[index] = zero_at(r, b);
            rows->offset[index] = offset_at(r);
        }
    }
}

static void fill_panel(struct example *example) {
    for (uint32_t b = 0; b < BLOCKS; b++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            for (uint32_t k = 0; k < BLOCK; k++) example->codes[b][k / 4][j][k % 4] = (uint8_t)code_at(b, k, j);
            example->scales[b][j] = 1.0f;
            example->sums[b][j] = sum_at(b, j);
        }
    }
}

/* Every sum stays below 2^24, so that float32 holds it exactly. */
static int32_t expected(uint32_t r, uint32_t j) {
    int32_t sum = 0;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        sum += offset_at(r) - zero_at(r, b) * sum_at(b, j);
        for (uint32_t k = 0; k < BLOCK; k++) sum += value_at(r, b, k) * code_at(b, k, j);
    }
    return sum;
}

static int32_t way_is_exact(int32_t way) {
    struct example example = {0};
    const struct quantized_rows rows = {.values = example.values,
                                        .scale = example.scale,
                                        .zero = example.zero,
                                        .offset = example.offset,
                                        .rows = ROWS,
                                        .tile = KERNEL(gemm_q8_tile)(way),
                                        .blocks = BLOCKS,
                                        .block = BLOCK,
                                        .way = way};
    const struct q8_panel panel = {
        .codes = &example.codes[0][0][0][0], .scales = &example.scales[0][0], .sums = &example.sums[0][0]};
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    float y[ROWS][PANEL];
    fill_rows(&rows);
    fill_panel(&example);
    KERNEL(gemm_q8)(&rows, &panel, &plain, &y[0][0], PANEL);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            if (y[r][j] != (float)expected(r, j)) return 0;
        }
    }
    return 1;
}

int32_t tower_known_answer(void) {
    for (int32_t way = 0; way < KERNEL(gemm_q8_ways)(); way++) {
        if (!way_is_exact(way)) return 0;
    }
    return 1;
}
