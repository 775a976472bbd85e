/* The test that a loader runs before it trusts a build. An engine may validate the relaxed dot product and still
 * compute it wrongly (a baseline compiler has doubled the product and lost the accumulator), so that the int8
 * product is compared with plain integers, from a non-zero start and with the extreme bytes. */
#include "../kernels/kernels.h"
#include "../percept.h"

/* Eleven rows fill the largest tile and one less. */
enum { ROWS = 11, BLOCKS = 2, BLOCK = 24, INPUTS = BLOCKS * BLOCK };

struct example {
    int8_t values[ROWS][BLOCKS][BLOCK];
    float scale[ROWS][BLOCKS];
    int32_t zero[ROWS][BLOCKS], offset[ROWS][BLOCKS];
    uint8_t codes[BLOCKS][BLOCK / 4][PANEL][4];
    float scales[BLOCKS][PANEL];
    int32_t sums[BLOCKS][PANEL];
};

static void fill(struct example *example) {
    for (uint32_t b = 0; b < BLOCKS; b++) {
        for (uint32_t r = 0; r < ROWS; r++) {
            for (uint32_t k = 0; k < BLOCK; k++) {
                const uint32_t mixed = (r * 131 + b * 71 + k * 37) % 256;
                example->values[r][b][k] = (int8_t)(k == 0 ? -128 : k == 1 ? 127 : (int32_t)mixed - 128);
            }
            example->scale[r][b] = 1.0f;
            example->zero[r][b] = (int32_t)(r * 3 + b) - 7;
            example->offset[r][b] = 1000003 - (int32_t)(r * 500000);
        }
        for (uint32_t j = 0; j < PANEL; j++) {
            for (uint32_t k = 0; k < BLOCK; k++) {
                example->codes[b][k / 4][j][k % 4] = (uint8_t)(k < 2 ? 127 : (j * 53 + b * 29 + k * 11) % 128);
            }
            example->scales[b][j] = 1.0f;
            example->sums[b][j] = (int32_t)(j * 17 + b * 5) - 40;
        }
    }
}

/* Every sum stays below 2^24, so that float32 holds it exactly. */
static int32_t expected(const struct example *example, uint32_t r, uint32_t j) {
    int32_t sum = 0;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        sum += example->offset[r][b] - example->zero[r][b] * example->sums[b][j];
        for (uint32_t k = 0; k < BLOCK; k++) sum += example->values[r][b][k] * example->codes[b][k / 4][j][k % 4];
    }
    return sum;
}

static int32_t way_is_exact(const struct example *given, int32_t way) {
    struct example example = *given;
    const struct quantized_rows rows = {.values = &example.values[0][0][0],
                                        .scale = &example.scale[0][0],
                                        .zero = &example.zero[0][0],
                                        .offset = &example.offset[0][0],
                                        .blocks = BLOCKS,
                                        .block = BLOCK,
                                        .way = way};
    const struct q8_panel panel = {
        .codes = &example.codes[0][0][0][0], .scales = &example.scales[0][0], .sums = &example.sums[0][0]};
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    float y[ROWS][PANEL];
    KERNEL(gemm_q8)(&rows, 1, ROWS, &panel, &plain, &y[0][0], PANEL);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t j = 0; j < PANEL; j++) {
            if (y[r][j] != (float)expected(&example, r, j)) return 0;
        }
    }
    return 1;
}

int32_t tower_known_answer(void) {
    struct example example;
    fill(&example);
    for (int32_t way = 0; way < KERNEL(gemm_q8_ways)(); way++) {
        if (!way_is_exact(&example, way)) return 0;
    }
    return 1;
}
