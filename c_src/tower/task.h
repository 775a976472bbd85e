/* What all that concerns a task needs to know of it. */
#ifndef PERCEPT_TASK_H
#define PERCEPT_TASK_H

#include "tower.h"

/* The task of this number; NULL, with the status PERCEPT_BAD_ARGUMENT said, where there is none. */
struct task *task_at(struct tower *tower, int32_t index);

/* PERCEPT_OK where the task's adapter and head may change; PERCEPT_WRONG_STATE, said, where they are lent. */
int32_t task_check_unlent(struct tower *tower, const struct task *task);

/* The length of the task's raw result. */
uint32_t task_outputs(const struct tower *tower, const struct task *task);

/* Whether slots `first` to first + views - 1 of the embeddings are there, and no more than a batch: PERCEPT_OK or said. */
int32_t slots_check(struct tower *tower, int32_t first, int32_t views);

#endif
