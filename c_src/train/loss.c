/* Losses and their gradients with respect to the pictures' outputs. */
#include <string.h>

#include "logarithm.h"
#include "trainer.h"

static int32_t is_finite(float x) { return x - x == 0.0f; }

static float *slopes_of(const struct train *train, uint32_t picture) {
    return train->state.slopes + (size_t)picture * train_outputs_of(train);
}

static const float *outputs_of(const struct train *train, uint32_t picture) {
    return train->state.outputs + (size_t)picture * train_outputs_of(train);
}

/* (y - target)², slope 2 (y - target). */
static double squared(const struct train *train, const struct train_item *item) {
    const float d = outputs_of(train, item->picture)[0] - item->target;
    slopes_of(train, item->picture)[0] += item->weight * (2.0f * d);
    return (double)d * (double)d;
}

/* Slope d within ±delta, ±delta beyond. */
static double huber(const struct train *train, const struct train_item *item, float delta) {
    const float d = outputs_of(train, item->picture)[0] - item->target, size = __builtin_fabsf(d);
    slopes_of(train, item->picture)[0] += item->weight * (size <= delta ? d : d < 0.0f ? -delta : delta);
    if (size <= delta) return 0.5 * (double)d * (double)d;
    return (double)delta * ((double)size - 0.5 * (double)delta);
}

/* log(1 + exp(x)) and 1 / (1 + exp(-x)), from exponentials that are at most 1. */
struct logistic {
    float chance;
    double softplus;
};

static struct logistic logistic(float x) {
    float powers[2] = {0.0f, x};
    const float highest = x > 0.0f ? x : 0.0f;
    const float sum = KERNEL(exponentials)(powers, 2, 1.0f);
    const struct logistic result = {powers[1] / sum, (double)highest + natural_logarithm((double)sum)};
    return result;
}

/* With d = y - y of other: log(1 + exp(d)) - target · d, slope sigmoid(d) - target. */
static double pair(const struct train *train, const struct train_item *item) {
    const float d = outputs_of(train, item->picture)[0] - outputs_of(train, item->other)[0];
    const struct logistic ahead = logistic(d);
    const float slope = item->weight * (ahead.chance - item->target);
    slopes_of(train, item->picture)[0] += slope;
    slopes_of(train, item->other)[0] -= slope;
    return ahead.softplus - (double)item->target * (double)d;
}

/* log Σ exp(y) - y of the class, slope softmax(y) - 1 at the class. `row`: [outputs]. */
static double class(const struct train *train, const struct train_item *item, float *row) {
    const uint32_t outputs = train_outputs_of(train);
    const float *y = outputs_of(train, item->picture);
    float *slopes = slopes_of(train, item->picture), highest = y[0];
    for (uint32_t i = 1; i < outputs; i++) highest = highest < y[i] ? y[i] : highest;
    memcpy(row, y, outputs * sizeof *row);
    const float sum = KERNEL(exponentials)(row, outputs, 1.0f);
    for (uint32_t i = 0; i < outputs; i++) {
        slopes[i] += item->weight * (row[i] / sum - (i == item->other ? 1.0f : 0.0f));
    }
    return natural_logarithm((double)sum) + (double)highest - (double)y[item->other];
}

/* Whether an item's numbers can be used. */
static int32_t is_usable(const struct train *train, const struct train_item *item, int32_t kind) {
    const uint32_t pictures = train->step_pictures;
    if (item->picture >= pictures || train->state.counts[item->picture] == 0) return 0;
    if (kind == TRAIN_PAIRS && (item->other >= pictures || train->state.counts[item->other] == 0)) return 0;
    if (kind == TRAIN_CLASSES && item->other >= train_outputs_of(train)) return 0;
    return is_finite(item->weight) && (kind == TRAIN_CLASSES || is_finite(item->target));
}

static double loss_of(const struct train *train, const struct train_item *item, int32_t kind, float delta) {
    switch (kind) {
        case TRAIN_SQUARED: return squared(train, item);
        case TRAIN_HUBER: return huber(train, item, delta);
        case TRAIN_PAIRS: return pair(train, item);
        default: return class(train, item, train->tower->state.head_output);
    }
}

int32_t train_loss(train *train, int32_t kind, float delta, int32_t items) {
    const int32_t status = train_check_allocated(train);
    if (status != PERCEPT_OK) return status;
    struct message *message = &train->tower->message;
    if (train->phase != PHASE_FORWARD) {
        return message_fail(message, PERCEPT_WRONG_STATE, "Call train_begin and train_forward before train_loss.");
    }
    if (kind < TRAIN_SQUARED || kind > TRAIN_CLASSES || items < 1 || items > (int32_t)train->config.items ||
        (kind == TRAIN_HUBER && !(delta > 0.0f && is_finite(delta)))) {
        return message_fail(message, PERCEPT_BAD_ARGUMENT,
                            "There is no loss %d, or no room for %d items of at most %u, or delta is not above 0.",
                            kind, items, train->config.items);
    }
    for (int32_t i = 0; i < items; i++) {
        if (is_usable(train, &train->state.items[i], kind)) continue;
        return message_fail(message, PERCEPT_BAD_ARGUMENT,
                            "Item %d names a picture or class that is not there, or a number that is not finite.", i);
    }
    memset(train->state.slopes, 0, (size_t)train->step_pictures * train_outputs_of(train) * sizeof(float));
    train->loss = 0.0;
    for (int32_t i = 0; i < items; i++) {
        const struct train_item *item = &train->state.items[i];
        train->loss += (double)item->weight * loss_of(train, item, kind, delta);
    }
    train->phase = PHASE_BACKWARD;
    return message_clear(message);
}

double train_loss_value(const train *train) { return train->loss; }

struct train_item *train_items(const train *train) {
    return train->state.items;
}
