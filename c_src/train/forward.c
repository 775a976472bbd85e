/* A step's forward pass: frozen blocks once, taught blocks with the residual stream kept before each. */
#include <string.h>

#include "head.h"
#include "trainer.h"

static size_t input_floats(const struct train *train, uint32_t views) {
    return stream_floats(&train->tower->config, views);
}

int32_t train_input_floats(const train *train) { return (int32_t)input_floats(train, 1); }

static const struct train_slot *slot_at(const struct train *train, int32_t slot) {
    const int32_t is_one = train->stage == TRAIN_ALLOCATED && slot >= 0 && slot < (int32_t)train->config.slots;
    return is_one ? &train->state.slots[slot] : NULL;
}

float *train_input(const train *train, int32_t slot) {
    const struct train_slot *own = slot_at(train, slot);
    return own ? own->boundaries : NULL;
}

uint32_t *train_pictures(const train *train, int32_t slot) {
    const struct train_slot *own = slot_at(train, slot);
    return own ? own->pictures : NULL;
}

const float *train_outputs(const train *train) { return train->state.outputs; }

int32_t train_prefix(train *train, int32_t slot, int32_t views) {
    int32_t status = train_check_slot(train, slot, views);
    if (status == PERCEPT_OK) status = tower_ready(train->tower, TOWER_BASE);
    if (status != PERCEPT_OK) return status;
    train->state.slots[slot].views = 0;
    trunk_forward(train->tower, (uint32_t)views, train->config.first_block);
    memcpy(train->state.slots[slot].boundaries, train->tower->state.residual,
           input_floats(train, (uint32_t)views) * sizeof(float));
    return message_clear(&train->tower->message);
}

/* Clears what belongs to the pictures at hand. */
static int32_t begin_pictures(struct train *train, int32_t pictures) {
    if (pictures < 1 || pictures > (int32_t)train->config.pictures) {
        return message_fail(&train->tower->message, PERCEPT_BAD_ARGUMENT, "A step has 1 to %u pictures, not %d.",
                            train->config.pictures, pictures);
    }
    const size_t outputs = (size_t)pictures * train_outputs_of(train);
    memset(train->state.sums, 0, outputs * sizeof(double));
    memset(train->state.outputs, 0, outputs * sizeof(float));
    memset(train->state.counts, 0, (size_t)pictures * sizeof(uint32_t));
    for (uint32_t i = 0; i < train->config.slots; i++) train->state.slots[i].views = 0;
    train->step_pictures = (uint32_t)pictures;
    train->phase = PHASE_FORWARD;
    return message_clear(&train->tower->message);
}

int32_t train_begin(train *train, int32_t pictures) {
    int32_t status = train_check_allocated(train);
    if (status == PERCEPT_OK) status = begin_pictures(train, pictures);
    if (status == PERCEPT_OK) memset(train->state.gradients, 0, train->count * sizeof(float));
    return status;
}

int32_t train_more(train *train, int32_t pictures) {
    const int32_t status = train_check_allocated(train);
    if (status != PERCEPT_OK) return status;
    if (train->phase != PHASE_BACKWARD) {
        return message_fail(&train->tower->message, PERCEPT_WRONG_STATE, "Call train_backward before train_more.");
    }
    return begin_pictures(train, pictures);
}

/* The class tokens' rows of the tower's residual stream, into the slot. */
static void keep_classes(struct train *train, const struct train_slot *slot, uint32_t views) {
    const size_t stride = row_stride(train->tower->config.width), view_stride = input_floats(train, 1);
    for (uint32_t view = 0; view < views; view++) {
        memcpy(slot->classes + view * stride, train->tower->state.residual + view * view_stride,
               stride * sizeof(float));
    }
}

/* outputs[picture] = the mean over its views so far; the sums in double, as in tower_task_head. */
static void count_outputs(struct train *train, const struct train_slot *slot, const float *raw, uint32_t views) {
    const uint32_t outputs = train_outputs_of(train), stride = round_up_to(outputs, PANEL);
    for (uint32_t view = 0; view < views; view++) {
        const uint32_t picture = slot->pictures[view];
        double *sums = train->state.sums + (size_t)picture * outputs;
        const double count = (double)++train->state.counts[picture];
        for (uint32_t i = 0; i < outputs; i++) {
            sums[i] += (double)raw[(size_t)view * stride + i];
            train->state.outputs[(size_t)picture * outputs + i] = (float)(sums[i] / count);
        }
    }
}

/* block_forward, with the residual stream after attention kept in `middle`, if any. */
static void forward_block(const struct block_job *job, float *middle, size_t floats) {
    const struct tower *tower = job->tower;
    if (!middle) {
        block_forward(job);
        return;
    }
    block_query(job);
    block_attend(job);
    block_add_attended(job);
    memcpy(middle, tower->state.residual, floats * sizeof *middle);
    block_widen(job, tower->config.activation, tower->state.hidden);
    block_add_widened(job, tower->state.hidden);
}

int32_t train_forward(train *train, int32_t index, int32_t views) {
    int32_t status = train_check_slot(train, index, views);
    if (status == PERCEPT_OK) status = tower_ready(train->tower, TOWER_BASE);
    if (status != PERCEPT_OK) return status;
    struct tower *tower = train->tower;
    struct train_slot *slot = &train->state.slots[index];
    const uint32_t count = (uint32_t)views, first = train->config.first_block;
    if (train->phase == PHASE_NONE) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call train_begin before train_forward.");
    }
    status = train_check_pictures(train, slot, count);
    if (status != PERCEPT_OK) return status;
    slot->views = 0;
    const size_t floats = input_floats(train, count), boundary = input_floats(train, tower->config.batch);
    memcpy(tower->state.residual, slot->boundaries, floats * sizeof(float));
    for (uint32_t block = first; block < tower->config.layers; block++) {
        if (block > first) {
            memcpy(slot->boundaries + (block - first) * boundary, tower->state.residual, floats * sizeof(float));
        }
        const struct block_job job = block_at(train, block, count);
        forward_block(&job, slot->middles ? slot->middles + (block - first) * boundary : NULL, floats);
    }
    keep_classes(train, slot, count);
    project_classes(tower, &taught_task(train)->projection, count, train->state.embeddings);
    if (!embeddings_are_finite(tower, train->state.embeddings, count)) {
        return message_fail(&tower->message, PERCEPT_NOT_FINITE, "The embedding is not made of finite numbers.");
    }
    const float *raw = head_forward(train, count);
    if (train->phase == PHASE_FORWARD) count_outputs(train, slot, raw, count);
    slot->views = count;
    return message_clear(&tower->message);
}
