/* The trainer's structs, as tower.h has the tower's: configuration, parameters, state. */
#ifndef PERCEPT_TRAINER_H
#define PERCEPT_TRAINER_H

#include "../kernels/backward.h"
#include "../tower/vit.h"
#include "train.h"

/* As train_info says them. */
#define TRAIN_LIMIT_SLOTS 64
#define TRAIN_LIMIT_PICTURES 4096
#define TRAIN_LIMIT_ITEMS 65536
#define TRAIN_LIMITS(ENTRY)               \
    ENTRY(TRAIN_LIMIT_SLOTS, slots)       \
    ENTRY(TRAIN_LIMIT_PICTURES, pictures) \
    ENTRY(TRAIN_LIMIT_ITEMS, items)       \
    ENTRY(TRAIN_LIMIT_HEAD_LAYERS, headLayers)

/* Sets of targets, by the bits of enum train_target, which are the tower's enum lora_target. */
enum {
    ATTENTION_TARGETS = 1 << TRAIN_QUERY | 1 << TRAIN_KEY | 1 << TRAIN_VALUE,
    ALL_TARGETS = (1 << LORA_TARGETS) - 1
};
_Static_assert((int)TRAIN_QUERY == (int)LORA_QUERY && (int)TRAIN_FC2 == (int)LORA_FC2, "targets are in another order");

/* Outputs of a q8 layer that share a scale of the gradient. */
enum { GRADIENT_BLOCK = 256 };

enum train_stage { TRAIN_EMPTY, TRAIN_CONFIGURED, TRAIN_ALLOCATED };
enum train_phase { PHASE_NONE, PHASE_FORWARD, PHASE_BACKWARD };
enum tensor_group { GROUP_A, GROUP_B, GROUP_WEIGHT, GROUP_BIAS };

struct train_config {
    uint32_t first_block, targets;
    uint32_t rank, rank8;                       /* of the blocks' LoRA */
    uint32_t projection_rank, projection_rank8; /* 0 without */
    uint32_t slots, pictures, items;
    int32_t normalize;
    uint32_t head_layers;
    uint32_t head_outputs[TRAIN_LIMIT_HEAD_LAYERS];
    int32_t head_activations[TRAIN_LIMIT_HEAD_LAYERS];
};

/* One tensor among the parameters. */
struct train_tensor {
    int32_t group;  /* enum tensor_group */
    uint32_t block; /* the block, or the head's layer */
    int32_t target; /* enum lora_target; -1 for the head */
    uint32_t in;    /* inputs of A or of the head's layer */
    uint32_t rank;  /* rows of A, or of the head's layer, that are not padding */
    uint32_t shape[3];
    uint32_t offset; /* floats from the first parameter */
};

/* What a part of a step keeps between forward and backward. B = taught blocks, R = batch · tokens. */
struct train_slot {
    float *boundaries;  /* [max(B, 1), R, stride]: the residual stream before each block; the first is the input */
    float *middles;     /* [B, R, stride]: after each block's attention; NULL where attention is computed again */
    float *classes;     /* [batch, stride]: the class tokens after the last block */
    uint32_t *pictures; /* [batch] */
    uint32_t views; /* that lie here from a train_forward of this step, whose gradient is still to come; 0 for none */
};

/* Where a head's layer keeps what its gradient needs. */
struct train_head_state {
    float *input; /* [batch, in8] */
    float *sums;  /* [batch, out8]: before the activation */
};

/* The gradient of outputs in signed bytes, as many blocks of a layer's inputs at a time as fit. */
struct gradient_rows {
    int8_t *values;
    float *scale;
    int32_t *zero, *offset;
    uint64_t value_bytes, scale_count; /* what there is room for */
    int32_t *no_sums;                  /* zeros: [the most blocks of outputs, 8] */
};

struct train_state {
    float *parameters, *gradients, *moments; /* [count], [count], [2, count] */
    struct train_tensor *tensors;
    struct train_slot *slots; /* [slots] */
    struct train_item *items; /* [items] */
    double *sums;             /* [pictures, outputs] */
    uint32_t *counts;         /* [pictures] */
    float *outputs, *slopes;  /* [pictures, outputs]; the loss's gradient with respect to them */
    struct train_head_state head[TRAIN_LIMIT_HEAD_LAYERS];
    float *head_gradient[2];   /* [batch, widest8] */
    float *embeddings;         /* [batch, embedding_width] */
    float *residual;           /* [R, stride]: the gradient of the residual stream */
    float *normed;             /* [R, stride]: of what a linear layer reads */
    float *hidden;             /* [R, the widest]: of queries, keys and values, or of the MLP's inside */
    float *inside;             /* [R, mlp stride]: the MLP's inside before its activation */
    float *attended;           /* [R, stride]: what `out` read; only where LoRA stands beside it */
    float *low, *low_gradient; /* [R, low_stride]: A x of every segment, and the gradient of it */
    uint32_t low_stride;
    float *turned_A, *turned_B;
    struct gradient_rows quantized;
    uint8_t *scratch; /* [threads, scratch_bytes] */
    uint64_t scratch_bytes;
};

struct train {
    struct tower *tower;
    int32_t stage, phase;
    int32_t task;
    uint32_t count, tensors; /* parameters, tensors */
    struct train_config config;
    uint32_t checked_for; /* the tower's configuration that train_configure looked at */
    struct train_state state;
    struct arena room;   /* what the state is carved in; it stays when the task is released */
    uint64_t room_bytes; /* 0: none yet */
    uint32_t step_pictures;
    double loss;
    uint32_t steps;
    int32_t exact;
    char name[64];
};

static inline uint32_t taught_blocks(const struct train *train) {
    return train->tower->config.layers - train->config.first_block;
}

static inline uint32_t train_outputs_of(const struct train *train) {
    return train->config.head_outputs[train->config.head_layers - 1];
}

/* The residual stream after attention is kept as well where nobody asks for attention's result, so that neither it nor `out`
 * is computed again: a few hundredths of a step's time for twice the memory of a slot. */
static inline int32_t keeps_middles(const struct train *train) {
    return train->config.targets != 0 && !(train->config.targets >> TRAIN_OUT & 1);
}

/* The gradient that belongs to a parameter. */
static inline float *gradient_of(const struct train *train, const float *parameter) {
    return train->state.gradients + (parameter - train->state.parameters);
}

static inline struct task *taught_task(const struct train *train) { return &train->tower->tasks[train->task]; }

/* Block `block` of the tower with the task's adapter beside it. */
static inline struct block_job block_at(const struct train *train, uint32_t block, uint32_t views) {
    struct tower *tower = train->tower;
    const struct block_job job = {.tower = tower,
                                  .block = &tower->weights.blocks[block],
                                  .adapter = &taught_task(train)->adapter[block],
                                  .views = views,
                                  .last = block + 1 == tower->config.layers};
    return job;
}

/* The blocks of outputs that share a scale of the gradient: as few as can be, all of the same size. */
static inline uint32_t gradient_blocks(uint32_t out8) { return (out8 + GRADIENT_BLOCK - 1) / GRADIENT_BLOCK; }
static inline uint32_t gradient_block(uint32_t out8) {
    const uint32_t blocks = gradient_blocks(out8);
    return round_up_to((out8 + blocks - 1) / blocks, PANEL);
}

/* Lists the tensors (where `tensors` is not NULL) and returns how many floats they take. In parameters.c. */
uint64_t list_tensors(const struct train *train, struct train_tensor *tensors, uint32_t *count);
/* Makes the task's adapter and head the parameters. */
void bind_parameters(struct train *train);

/* In checks.c: PERCEPT_OK, or said why not. */
int32_t train_check_allocated(struct train *train);
/* The same, and whether the slot is there and has room for the views. */
int32_t train_check_slot(struct train *train, int32_t slot, int32_t views);
/* Whether each view belongs to a picture of the step, which has outputs once the loss is computed. */
int32_t train_check_pictures(struct train *train, const struct train_slot *slot, uint32_t views);

#endif
