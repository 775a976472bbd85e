/* The output rule: from the mean of the raw results over views to a score or to probabilities. */
#include "tower.h"

static int32_t no_task(struct tower *tower, int32_t index) {
    return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "there is no task %d", index);
}

static int32_t is_task(const struct tower *tower, int32_t index) {
    return tower->stage == TOWER_ALLOCATED && index >= 0 && index < (int32_t)tower->config.tasks;
}

static int32_t is_finite(double x) { return x - x == 0.0; }

int32_t tower_task_output_score(tower *tower, int32_t index, double from_low, double from_high, double to_low,
                                double to_high, int32_t clamp) {
    if (!is_task(tower, index)) return no_task(tower, index);
    if (!is_finite(from_low) || !is_finite(from_high) || !is_finite(to_low) || !is_finite(to_high) ||
        from_low == from_high) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "a score's ranges must be finite, and from's not empty");
    }
    struct task *task = &tower->tasks[index];
    task->output = OUTPUT_SCORE;
    task->from_low = from_low;
    task->from_high = from_high;
    task->to_low = to_low;
    task->to_high = to_high;
    task->clamp = clamp != 0;
    return message_clear(&tower->message);
}

int32_t tower_task_output_classes(tower *tower, int32_t index) {
    if (!is_task(tower, index)) return no_task(tower, index);
    tower->tasks[index].output = OUTPUT_CLASSES;
    return message_clear(&tower->message);
}

/* result[0] = the mapped score; result[1] = its standard error √(s² / n), NaN for one view. */
static void score(struct tower *tower, const struct task *task) {
    double *result = tower->state.result;
    const double n = (double)tower->views_counted;
    const double slope = (task->to_high - task->to_low) / (task->from_high - task->from_low);
    double value = task->to_low + (tower->state.raw[0] - task->from_low) * slope;
    if (task->clamp) {
        const double low = task->to_low < task->to_high ? task->to_low : task->to_high;
        const double high = task->to_low < task->to_high ? task->to_high : task->to_low;
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
    if (!is_task(tower, index)) return no_task(tower, index);
    if (tower->views_counted == 0) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "call tower_task_head before tower_task_finish");
    }
    const struct task *task = &tower->tasks[index];
    const uint32_t outputs = task_outputs(tower, task);
    for (uint32_t i = 0; i < outputs; i++) {
        tower->state.raw[i] = tower->state.raw_sum[i] / (double)tower->views_counted;
        if (!is_finite(tower->state.raw[i])) {
            return message_fail(&tower->message, PERCEPT_NOT_FINITE, "output %u is not a finite number", i);
        }
    }
    if (task->output == OUTPUT_SCORE) {
        score(tower, task);
        if (!is_finite(tower->state.result[0])) {
            tower->state.result[0] = tower->state.result[1] = 0.0;
            return message_fail(&tower->message, PERCEPT_NOT_FINITE, "the score's ranges make it infinite");
        }
    }
    if (task->output == OUTPUT_CLASSES) classes(tower, outputs);
    return message_clear(&tower->message);
}

const double *tower_raw(const tower *tower) { return tower->state.raw; }

const double *tower_result(const tower *tower) { return tower->state.result; }
