/* Whether every tensor that a computation needs is bound, and the name of the first that is not. */
#include "lora.h"
#include "task.h"

static int32_t missing(struct tower *tower, const char *name, const char *part) {
    return message_fail(&tower->message, PERCEPT_MISSING_TENSOR, "The tensor '%s%s' is missing.", name, part);
}

static int32_t missing_of_block(struct tower *tower, uint32_t block, const char *name, const char *part) {
    return message_fail(&tower->message, PERCEPT_MISSING_TENSOR, "The tensor 'blocks.%u.%s%s' is missing.", block, name,
                        part);
}

/* The part of a linear layer, or norm, that is missing; NULL when it is whole. */
static const char *missing_of_linear(const struct linear *linear) {
    if (!linear->weight && !linear->codes) return linear->scales || linear->sums ? ".codes" : ".weight";
    if (linear->codes && !linear->scales) return ".scales";
    if (linear->codes && !linear->sums) return ".sums";
    if (linear->has_bias && !linear->bias) return ".bias";
    return NULL;
}

static const char *missing_of_norm(const struct norm *norm) {
    if (!norm->weight) return ".weight";
    return norm->bias ? NULL : ".bias";
}

static const char *missing_of_lora(const struct lora *lora) {
    if (lora->A && !lora->B) return ".lora_B";
    return lora->B && !lora->A ? ".lora_A" : NULL;
}

static int32_t block_ready(struct tower *tower, uint32_t index) {
    const struct block *block = &tower->weights.blocks[index];
    const char *part;
    if ((part = missing_of_norm(&block->norm1))) return missing_of_block(tower, index, "norm1", part);
    if ((part = missing_of_linear(&block->qkv))) return missing_of_block(tower, index, "attention.qkv", part);
    if ((part = missing_of_linear(&block->out))) return missing_of_block(tower, index, "attention.out", part);
    if ((part = missing_of_norm(&block->norm2))) return missing_of_block(tower, index, "norm2", part);
    if ((part = missing_of_linear(&block->fc1))) return missing_of_block(tower, index, "mlp.fc1", part);
    if ((part = missing_of_linear(&block->fc2))) return missing_of_block(tower, index, "mlp.fc2", part);
    return PERCEPT_OK;
}

static int32_t base_ready(struct tower *tower) {
    const struct tower_weights *weights = &tower->weights;
    const char *part;
    if (!weights->class_embedding) return missing(tower, "embeddings.class", "");
    if (!weights->position) return missing(tower, "embeddings.position", "");
    if ((part = missing_of_linear(&weights->patch))) return missing(tower, "embeddings.patch", part);
    if ((part = missing_of_norm(&weights->pre_norm))) return missing(tower, "pre_norm", part);
    for (uint32_t i = 0; i < tower->config.layers; i++) {
        const int32_t status = block_ready(tower, i);
        if (status != PERCEPT_OK) return status;
    }
    if ((part = missing_of_norm(&weights->post_norm))) return missing(tower, "post_norm", part);
    if (tower->config.embedding && (part = missing_of_linear(&weights->projection))) {
        return missing(tower, "projection", part);
    }
    return PERCEPT_OK;
}

static int32_t task_ready(struct tower *tower, const struct task *task) {
    const char *part;
    for (uint32_t i = 0; i < tower->config.layers; i++) {
        for (uint32_t target = 0; target < LORA_TARGETS; target++) {
            part = missing_of_lora(&task->adapter[i].lora[target]);
            if (part) return missing_of_block(tower, i, lora_place_of(&tower->config, target).name, part);
        }
    }
    if ((part = missing_of_lora(&task->projection))) return missing(tower, "projection", part);
    for (uint32_t i = 0; i < task->head_layers; i++) {
        part = missing_of_linear(&task->head[i].linear);
        if (part) {
            return message_fail(&tower->message, PERCEPT_MISSING_TENSOR, "The tensor 'head.%u%s' is missing.", i, part);
        }
        if (task->head[i].linear.codes) {
            return message_fail(&tower->message, PERCEPT_WRONG_SHAPE, "The layer head.%u is q8, but heads are float32.",
                                i);
        }
    }
    if (task->output == OUTPUT_SCORE && task_outputs(tower, task) != 1) {
        return message_fail(&tower->message, PERCEPT_WRONG_SHAPE, "A score needs a head with one output, not %u.",
                            task_outputs(tower, task));
    }
    return PERCEPT_OK;
}

int32_t tower_ready(tower *tower, int32_t owner) {
    if (tower->stage != TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_allocate before tower_ready.");
    }
    if (owner < TOWER_BASE || owner >= (int32_t)tower->config.tasks) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "There is no task %d.", owner);
    }
    const int32_t status = owner == TOWER_BASE ? base_ready(tower) : task_ready(tower, &tower->tasks[owner]);
    return status == PERCEPT_OK ? message_clear(&tower->message) : status;
}
