/* The ways in which a build can compute the int8 product: how many, a run of one to be timed, and the choice. */
#include "tower.h"

int32_t tower_ways(void) { return KERNEL(gemm_q8_ways)(); }

void tower_exercise(int32_t way, int32_t rounds) {
    enum { EXERCISE_ROWS = 30, EXERCISE_INPUTS = 256 }; /* whole tiles of five rows and of six */
    int8_t values[EXERCISE_ROWS * EXERCISE_INPUTS] = {1};
    uint8_t codes[EXERCISE_INPUTS * PANEL] = {1};
    float scale[EXERCISE_ROWS] = {1.0f}, scales[PANEL] = {1.0f}, y[EXERCISE_ROWS][PANEL];
    int32_t zero[EXERCISE_ROWS] = {1}, offset[EXERCISE_ROWS] = {1}, sums[PANEL] = {1};
    const struct q8_panel panel = {.codes = codes, .scales = scales, .sums = sums};
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    if (way < 0 || way >= KERNEL(gemm_q8_ways)()) return;
    const struct quantized_rows rows = {.values = values,
                                        .scale = scale,
                                        .zero = zero,
                                        .offset = offset,
                                        .rows = EXERCISE_ROWS,
                                        .tile = KERNEL(gemm_q8_tile)(way),
                                        .blocks = 1,
                                        .block = EXERCISE_INPUTS,
                                        .way = way};
    for (int32_t round = 0; round < rounds; round++) {
        KERNEL(gemm_q8)(&rows, &panel, &plain, &y[0][0], PANEL);
    }
}

int32_t tower_choose_way(tower *tower, int32_t way) {
    if (way < 0 || way >= tower_ways()) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "This build has no way %d to compute the int8 product.", way);
    }
    tower->state.quantized.way = way;
    return message_clear(&tower->message);
}
