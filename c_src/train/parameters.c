/* The parameters: which tensors there are, in the layouts that the forward pass reads, and how they begin. */
#include <string.h>

#include "../runtime/text.h"
#include "../tower/lora.h"
#include "trainer.h"

/* The list that is being made; tensors is NULL while they are only counted. */
struct listing {
    struct train_tensor *tensors;
    uint32_t count;
    uint64_t floats;
};

static void list(struct listing *listing, struct train_tensor tensor) {
    tensor.offset = (uint32_t)listing->floats; /* train_configure refuses more than INT32_MAX */
    if (listing->tensors) listing->tensors[listing->count] = tensor;
    listing->count++;
    listing->floats += (uint64_t)tensor.shape[0] * tensor.shape[1] * tensor.shape[2];
}

static void list_lora(struct listing *listing, const struct tower_config *tower, uint32_t block, int32_t target,
                      uint32_t rank) {
    const struct lora_place place = lora_place_of(tower, (enum lora_target)target);
    const uint32_t in = place.in, rank8 = round_up_to(rank, PANEL), out8 = round_up_to(place.out, PANEL);
    const struct train_tensor A = {.group = GROUP_A,
                                   .block = block,
                                   .target = target,
                                   .in = in,
                                   .rank = rank,
                                   .shape = {rank8 / PANEL, in, PANEL}};
    const struct train_tensor B = {.group = GROUP_B,
                                   .block = block,
                                   .target = target,
                                   .in = in,
                                   .rank = rank,
                                   .shape = {out8 / PANEL, rank8, PANEL}};
    list(listing, A);
    list(listing, B);
}

uint64_t list_tensors(const struct train *train, struct train_tensor *tensors, uint32_t *count) {
    const struct tower_config *tower = &train->tower->config;
    const struct train_config *config = &train->config;
    struct listing listing = {.tensors = tensors};
    for (uint32_t block = config->first_block; block < tower->layers; block++) {
        for (int32_t target = 0; target < LORA_TARGETS; target++) {
            if (config->targets >> target & 1) list_lora(&listing, tower, block, target, config->rank);
        }
    }
    if (config->projection_rank) list_lora(&listing, tower, 0, LORA_PROJECTION, config->projection_rank);
    uint32_t in = tower->embedding_width;
    for (uint32_t i = 0; i < config->head_layers; i++) {
        const uint32_t out = config->head_outputs[i], out8 = round_up_to(out, PANEL);
        const struct train_tensor weight = {
            .group = GROUP_WEIGHT, .block = i, .target = -1, .in = in, .rank = out, .shape = {out8 / PANEL, in, PANEL}};
        const struct train_tensor bias = {
            .group = GROUP_BIAS, .block = i, .target = -1, .in = in, .rank = out, .shape = {out8, 1, 1}};
        list(&listing, weight);
        list(&listing, bias);
        in = out;
    }
    *count = listing.count;
    return listing.floats;
}

static void bind_lora(struct train *train, const struct train_tensor *tensor, const float *data) {
    struct task *task = taught_task(train);
    struct lora *lora =
        tensor->target == LORA_PROJECTION ? &task->projection : &task->adapter[tensor->block].lora[tensor->target];
    lora->rank8 = round_up_to(tensor->rank, PANEL);
    if (tensor->group == GROUP_A) lora->A = data;
    if (tensor->group == GROUP_B) lora->B = data;
}

void bind_parameters(struct train *train) {
    struct task *task = taught_task(train);
    for (uint32_t i = 0; i < train->config.head_layers; i++) {
        /* Cannot fail: train_configure asked for what it asks, and train_allocate for an empty task. */
        (void)tower_task_head_layer(train->tower, train->task, (int32_t)train->config.head_outputs[i],
                                    train->config.head_activations[i]);
    }
    task->normalize = train->config.normalize;
    task->has_adapter = train->config.targets != 0;
    task->is_lent = 1;
    for (uint32_t i = 0; i < train->tensors; i++) {
        const struct train_tensor *tensor = &train->state.tensors[i];
        const float *data = train->state.parameters + tensor->offset;
        if (tensor->group == GROUP_WEIGHT) {
            task->head[tensor->block].linear.weight = data;
        } else if (tensor->group == GROUP_BIAS) {
            task->head[tensor->block].linear.bias = data;
        } else {
            bind_lora(train, tensor, data);
        }
    }
}

/* The finaliser of MurmurHash3 on a counter, as in tests/golden/generator.mjs. */
static uint32_t mix32(uint32_t seed, uint32_t index) {
    uint32_t x = index * 0x9E3779B9u + seed;
    x = (x ^ x >> 16) * 0x85EBCA6Bu;
    x = (x ^ x >> 13) * 0xC2B2AE35u;
    return x ^ x >> 16;
}

/* weight[row, k] = ±1/√in · a number of 24 bits, of row · in + k alone; rows beyond the rank stay zero. */
static void seed_tensor(const struct train_tensor *tensor, uint32_t seed, float *packed) {
    const float bound = 1.0f / __builtin_sqrtf((float)tensor->in);
    for (uint32_t row = 0; row < tensor->rank; row++) {
        for (uint32_t k = 0; k < tensor->in; k++) {
            const float part = (float)(mix32(seed, row * tensor->in + k) >> 8) / 8388608.0f - 1.0f;
            packed[((size_t)(row / PANEL) * tensor->in + k) * PANEL + row % PANEL] = part * bound;
        }
    }
}

int32_t train_seed(train *train, uint32_t seed) {
    const int32_t status = train_check_allocated(train);
    if (status != PERCEPT_OK) return status;
    memset(train->state.parameters, 0, train->count * sizeof(float));
    memset(train->state.moments, 0, 2 * (size_t)train->count * sizeof(float));
    train->steps = 0;
    for (uint32_t i = 0; i < train->tensors; i++) {
        const struct train_tensor *tensor = &train->state.tensors[i];
        if (tensor->group != GROUP_A && tensor->group != GROUP_WEIGHT) continue;
        seed_tensor(tensor, mix32(seed, i), train->state.parameters + tensor->offset);
    }
    return message_clear(&train->tower->message);
}

int32_t train_parameter_count(const train *train) { return (int32_t)train->count; }
float *train_parameters(const train *train) { return train->state.parameters; }
const float *train_gradients(const train *train) { return train->state.gradients; }
float *train_moments(const train *train) { return train->state.moments; }
int32_t train_tensors(const train *train) { return (int32_t)train->tensors; }

static const struct train_tensor *tensor_at(const struct train *train, int32_t index) {
    const int32_t is_one = train->stage == TRAIN_ALLOCATED && index >= 0 && index < (int32_t)train->tensors;
    return is_one ? &train->state.tensors[index] : NULL;
}

const uint32_t *train_tensor_shape(const train *train, int32_t index) {
    const struct train_tensor *tensor = tensor_at(train, index);
    return tensor ? tensor->shape : NULL;
}

int32_t train_tensor_offset(const train *train, int32_t index) {
    const struct train_tensor *tensor = tensor_at(train, index);
    return tensor ? (int32_t)tensor->offset : -1;
}

const char *train_tensor_name(train *train, int32_t index) {
    const struct train_tensor *tensor = tensor_at(train, index);
    if (!tensor) return "";
    struct text name = {.bytes = train->name, .capacity = sizeof train->name - 1};
    if (tensor->target < 0) {
        text_add(&name, "head.%u.%s", tensor->block, tensor->group == GROUP_BIAS ? "bias" : "weight");
        return train->name;
    }
    if (tensor->target != LORA_PROJECTION) text_add(&name, "blocks.%u.", tensor->block);
    text_add(&name, "%s.%s", lora_place_of(&train->tower->config, (enum lora_target)tensor->target).name,
             tensor->group == GROUP_A ? "lora_A" : "lora_B");
    return train->name;
}
