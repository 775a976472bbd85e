/* The tower that a sequence of calls is about, and the trainer beside it. */
#ifndef PERCEPT_FUZZ_SUBJECT_H
#define PERCEPT_FUZZ_SUBJECT_H

#include <math.h>

#include "../../c_src/train/train.h"
#include "calls.h"

struct subject {
    tower *tower;
    struct tower_configuration sizes;  /* that the tower took last */
    int32_t outputs[64];               /* of each task's head; 0 = none */
    train *train;                      /* NULL before the first call of a trainer */
    struct train_configuration taught; /* that the trainer took last */
    int32_t task;                      /* that the trainer has; -1 = none */
};

static inline const char *said(const struct subject *subject) { return tower_message(subject->tower); }

static inline float odd_float(uint32_t chosen) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-45f, 0.0f, 1e20f};
    return odd[chosen % (sizeof odd / sizeof odd[0])];
}

/* Whether a forward pass of the tower as it is configured would only be slow. */
int is_too_much_work(const struct subject *subject);

/* In train_calls.c: everything that comes before a step, with numbers that make sense; and any one call of train.h. */
void begin_lesson(struct subject *subject, struct stream *stream);
void call_trainer_once(struct subject *subject, struct stream *stream);

#endif
