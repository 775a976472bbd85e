/* The output rule: from the mean of the raw results over views to a score or to probabilities. */
#include "task.h"

static int32_t is_finite(double x) { return x - x == 0.0; }

/* Infinite or NaN where the range that a score is taken from is empty, or too narrow for the other one. */
static double slope_of(const struct tower_score_scale *scale) {
    return (scale->to[1] - scale->to[0]) / (scale->from[1] - scale->from[0]);
}

int32_t tower_task_output_score(tower *tower, int32_t index, const struct tower_score_scale *scale) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    for (uint32_t end = 0; end < 2; end++) {
        if (!is_finite(scale->from[end]) || !is_finite(scale->to[end]) || !is_finite(slope_of(scale))) {
            return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                                "A score's ranges must be finite, and the one that it is taken from neither empty nor "
                                "too narrow for the other.");
        }
    }
    task->output = OUTPUT_SCORE;
    task->scale = *scale;
    return message_clear(&tower->message);
}

int32_t tower_task_output_classes(tower *tower, int32_t index) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    task->output = OUTPUT_CLASSES;
    return message_clear(&tower->message);
}

/* result[0] = the mapped score; result[1] = its standard error √(s² / n), NaN for one view. */
static void score(struct tower *tower, const struct tower_score_scale *scale) {
    double *result = tower->state.result;
    const double n = (double)tower->views_counted, start = scale->to[0], end = scale->to[1];
    const double slope = slope_of(scale);
    double value = start + (tower->state.raw[0] - scale->from[0]) * slope;
    if (scale->clamp) {
        const double low = start < end ? start : end, high = start < end ? end : start;
        value = value < low ? low : value > high ? high : value;
    }
    double variance = (tower->deviation_squares - tower->deviation_sum * tower->deviation_sum / n) / (n - 1.0);
    if (variance < 0.0) variance = 0.0; /* rounding */
    result[0] = value;
    result[1] = n < 2.0 ? __builtin_nan("") : __builtin_sqrt(variance / n) * __builtin_fabs(slope);
}

/* Softmax over the mean raw results, by the float32 kernels. */
static void classes(struct tower *tower, uint32_t outputs) {
    float *x = tower->state.head_input;
    for (uint32_t i = 0; i < outputs; i++) x[i] = (float)tower->state.raw[i];
    const float sum = KERNEL(exponentials)(x, outputs, 1.0f);
    KERNEL(scale)(x, outputs, 1.0f / sum, x);
    for (uint32_t i = 0; i < outputs; i++) tower->state.result[i] = (double)x[i];
}

int32_t tower_task_finish(tower *tower, int32_t index) {
    const struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    if (tower->views_counted == 0) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_task_head before tower_task_finish.");
    }
    const uint32_t outputs = task_outputs(tower, task);
    for (uint32_t i = 0; i < outputs; i++) {
        tower->state.raw[i] = tower->state.raw_sum[i] / (double)tower->views_counted;
        if (!is_finite(tower->state.raw[i])) {
            return message_fail(&tower->message, PERCEPT_NOT_FINITE,
                                "The task's output %u is not a finite number: its weights are damaged.", i);
        }
    }
    if (task->output == OUTPUT_SCORE) {
        score(tower, &task->scale);
        const double error = tower->views_counted < 2 ? 0.0 : tower->state.result[1];
        if (!is_finite(tower->state.result[0]) || !is_finite(error)) {
            tower->state.result[0] = tower->state.result[1] = 0.0;
            return message_fail(&tower->message, PERCEPT_NOT_FINITE, "The score's ranges make it infinite.");
        }
    }
    if (task->output == OUTPUT_CLASSES) classes(tower, outputs);
    return message_clear(&tower->message);
}

const double *tower_raw(const tower *tower) { return tower->state.raw; }

int32_t tower_task_results(const tower *tower, int32_t index) {
    if (tower->stage != TOWER_ALLOCATED || index < 0 || index >= (int32_t)tower->config.tasks) return 0;
    switch (tower->tasks[index].output) {
        case OUTPUT_SCORE: return 2;
        case OUTPUT_CLASSES: return (int32_t)task_outputs(tower, &tower->tasks[index]);
        default: return 0;
    }
}

const double *tower_result(const tower *tower) { return tower->state.result; }
