/* A task's head: linear layers with activations on the embedding of each view, in float32. */
#include <string.h>

#include "task.h"

int32_t tower_task_head_layer(tower *tower, int32_t index, int32_t outputs, int32_t activation) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    const int32_t status = task_check_unlent(tower, task);
    if (status != PERCEPT_OK) return status;
    if (task->head_layers == TOWER_LIMIT_HEAD_LAYERS || outputs < 1 || outputs > TOWER_LIMIT_OUTPUTS ||
        (activation != TOWER_RELU && activation != TOWER_GELU && activation != TOWER_IDENTITY)) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "A head has at most %d layers of 1 to %d outputs, with relu, gelu or identity.",
                            TOWER_LIMIT_HEAD_LAYERS, TOWER_LIMIT_OUTPUTS);
    }
    struct head_layer *layer = &task->head[task->head_layers];
    layer->linear.in = task_outputs(tower, task);
    layer->linear.out = (uint32_t)outputs;
    layer->linear.out8 = round_up_to(layer->linear.out, PANEL);
    layer->linear.has_bias = 1;
    layer->activation = activation;
    task->head_layers++;
    return message_clear(&tower->message);
}

int32_t tower_task_normalize(tower *tower, int32_t index, int32_t normalize) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    const int32_t status = task_check_unlent(tower, task);
    if (status != PERCEPT_OK) return status;
    task->normalize = normalize != 0;
    return message_clear(&tower->message);
}

/* x / ‖x‖₂; the sum in double, in rising order. A zero embedding stays zero. */
static void normalize(float *x, uint32_t count) {
    double squares = 0.0;
    for (uint32_t i = 0; i < count; i++) squares += (double)x[i] * (double)x[i];
    if (squares == 0.0) return;
    const double norm = __builtin_sqrt(squares);
    for (uint32_t i = 0; i < count; i++) x[i] = (float)((double)x[i] / norm);
}

/* The outputs of slots `first` to first + views - 1 into view_outputs: [views, outputs]. */
static void run_head(struct tower *tower, const struct task *task, uint32_t first, uint32_t views) {
    struct tower_state *state = &tower->state;
    const uint32_t width = tower->config.embedding_width, outputs = task_outputs(tower, task);
    for (uint32_t view = 0; view < views; view++) {
        float *input = state->head_input, *output = state->head_output;
        memcpy(input, state->embeddings + (size_t)(first + view) * width, width * sizeof *input);
        if (task->normalize) normalize(input, width);
        for (uint32_t i = 0; i < task->head_layers; i++) {
            const struct linear *linear = &task->head[i].linear;
            for (uint32_t panel = 0; panel < linear->out8 / PANEL; panel++) {
                const struct epilogue epilogue = {.bias = linear->bias + panel * PANEL,
                                                  .activation = task->head[i].activation};
                KERNEL(gemm_f32)(input, linear->in, 1, linear->in, linear->weight + (size_t)panel * linear->in * PANEL,
                                 &epilogue, output + panel * PANEL, linear->out8);
            }
            float *swap = input;
            input = output;
            output = swap;
        }
        memcpy(state->view_outputs + (size_t)view * outputs, input, outputs * sizeof *input);
    }
}

int32_t tower_task_begin(tower *tower, int32_t index) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    const int32_t ready = tower_ready(tower, index);
    if (ready != PERCEPT_OK) return ready;
    memset(tower->state.raw_sum, 0, task_outputs(tower, task) * sizeof *tower->state.raw_sum);
    tower->views_counted = 0;
    tower->deviation_sum = tower->deviation_squares = 0.0;
    return message_clear(&tower->message);
}

int32_t tower_task_head(tower *tower, int32_t index, int32_t first, int32_t views) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    const int32_t ready = tower_ready(tower, index);
    if (ready != PERCEPT_OK) return ready;
    const int32_t there = slots_check(tower, first, views);
    if (there != PERCEPT_OK) return there;
    const uint32_t outputs = task_outputs(tower, task);
    run_head(tower, task, (uint32_t)first, (uint32_t)views);
    for (uint32_t view = 0; view < (uint32_t)views; view++) {
        const float *raw = tower->state.view_outputs + (size_t)view * outputs;
        if (tower->views_counted == 0) tower->first_output = (double)raw[0];
        const double deviation = (double)raw[0] - tower->first_output;
        tower->deviation_sum += deviation;
        tower->deviation_squares += deviation * deviation;
        for (uint32_t i = 0; i < outputs; i++) tower->state.raw_sum[i] += (double)raw[i];
        tower->views_counted++;
    }
    return message_clear(&tower->message);
}

const float *tower_view_outputs(const tower *tower) { return tower->state.view_outputs; }
