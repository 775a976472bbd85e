/* What every call of a step asks first. */
#include "trainer.h"

int32_t train_check_allocated(struct train *train) {
    if (train->stage == TRAIN_ALLOCATED) return PERCEPT_OK;
    return message_fail(&train->tower->message, PERCEPT_WRONG_STATE, "Call train_allocate first.");
}

int32_t train_check_slot(struct train *train, int32_t slot, int32_t views) {
    const int32_t status = train_check_allocated(train);
    if (status != PERCEPT_OK) return status;
    if (slot >= 0 && slot < (int32_t)train->config.slots && views >= 1 &&
        views <= (int32_t)train->tower->config.batch) {
        return PERCEPT_OK;
    }
    return message_fail(&train->tower->message, PERCEPT_BAD_ARGUMENT,
                        "There is no slot %d of %u, or room for %d views of %u.", slot, train->config.slots, views,
                        train->tower->config.batch);
}

int32_t train_check_pictures(train *train, const struct train_slot *slot, uint32_t views) {
    for (uint32_t view = 0; view < views; view++) {
        const uint32_t picture = slot->pictures[view];
        if (picture < train->step_pictures && (train->phase == PHASE_FORWARD || train->state.counts[picture])) continue;
        return message_fail(&train->tower->message, PERCEPT_BAD_ARGUMENT, "View %u belongs to picture %u of %u.", view,
                            picture, train->step_pictures);
    }
    return PERCEPT_OK;
}
