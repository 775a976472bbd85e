#include "task.h"

#include <string.h>

struct task *task_at(struct tower *tower, int32_t index) {
    if (tower->stage == TOWER_ALLOCATED && index >= 0 && index < (int32_t)tower->config.tasks)
        return &tower->tasks[index];
    message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "There is no task %d.", index);
    return NULL;
}

int32_t task_check_unlent(struct tower *tower, const struct task *task) {
    if (!task->is_lent) return PERCEPT_OK;
    return message_fail(&tower->message, PERCEPT_WRONG_STATE,
                        "The task is being taught. Call train_release before it is changed.");
}

uint32_t task_outputs(const struct tower *tower, const struct task *task) {
    return task->head_layers ? task->head[task->head_layers - 1].linear.out : tower->config.embedding_width;
}

int32_t slots_check(struct tower *tower, int32_t first, int32_t views) {
    const struct tower_config *config = &tower->config;
    if (views < 1 || views > (int32_t)config->batch) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "At most %u views are computed together, not %d.",
                            config->batch, views);
    }
    if (first < 0 || first > (int32_t)config->slots - views) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "There are %u slots for embeddings; %d views from slot %d on have no room.", config->slots,
                            views, first);
    }
    return PERCEPT_OK;
}

int32_t tower_task_outputs(const tower *tower, int32_t index) {
    if (tower->stage != TOWER_ALLOCATED || index < 0 || index >= (int32_t)tower->config.tasks) return 0;
    return (int32_t)task_outputs(tower, &tower->tasks[index]);
}

int32_t tower_task_clear(tower *tower, int32_t index) {
    struct task *task = task_at(tower, index);
    if (!task) return PERCEPT_BAD_ARGUMENT;
    const int32_t status = task_check_unlent(tower, task);
    if (status != PERCEPT_OK) return status;
    struct block_adapter *adapter = task->adapter;
    memset(adapter, 0, tower->config.layers * sizeof *adapter);
    memset(task, 0, sizeof *task);
    task->adapter = adapter;
    return message_clear(&tower->message);
}
