/* A trainer's life before its first step: sizes checked, memory measured, every buffer carved. */
#include <string.h>

#include "../tower/lora.h"
#include "attention_backward.h"
#include "trainer.h"

train *train_new(tower *tower) {
    struct train *train = arena_take(&tower->arena, sizeof *train);
    if (!train) return NULL;
    train->tower = tower;
    return train;
}

static int32_t refuse(struct train *train, const char *name, int32_t value) {
    return message_fail(&train->tower->message, PERCEPT_BAD_ARGUMENT, "%s may not be %d.", name, value);
}

/* PERCEPT_OK, or said what a number may not be. */
static int32_t check_sizes(struct train *train, const struct train_configuration *given) {
    const struct tower_config *tower = &train->tower->config;
    const int32_t layers = (int32_t)tower->layers;
    const int32_t highest_rank = (int32_t)lora_rank_limit(tower);
    const int32_t projection = given->projection_rank;
    if (given->first_block < 0 || given->first_block > layers) return refuse(train, "first_block", given->first_block);
    if (given->targets < 0 || given->targets > ALL_TARGETS || (given->targets == 0) != (given->first_block == layers)) {
        return refuse(train, "targets", given->targets);
    }
    if (given->rank < 1 || given->rank > highest_rank) return refuse(train, "rank", given->rank);
    if (projection < 0 || projection > highest_rank || (projection && !tower->embedding)) {
        return refuse(train, "projection_rank", projection);
    }
    if (given->slots < 1 || given->slots > TRAIN_LIMIT_SLOTS) return refuse(train, "slots", given->slots);
    if (given->pictures < 1 || given->pictures > TRAIN_LIMIT_PICTURES) {
        return refuse(train, "pictures", given->pictures);
    }
    if (given->items < 1 || given->items > TRAIN_LIMIT_ITEMS) return refuse(train, "items", given->items);
    return PERCEPT_OK;
}

static int32_t check_head(struct train *train, const struct train_configuration *given) {
    if (given->head_layers < 1 || given->head_layers > TRAIN_LIMIT_HEAD_LAYERS) {
        return refuse(train, "head_layers", given->head_layers);
    }
    for (int32_t i = 0; i < given->head_layers; i++) {
        const int32_t outputs = given->head_outputs[i], activation = given->head_activations[i];
        if (outputs < 1 || outputs > TOWER_LIMIT_OUTPUTS) return refuse(train, "head_outputs", outputs);
        if (activation != TOWER_RELU && activation != TOWER_GELU && activation != TOWER_IDENTITY) {
            return refuse(train, "head_activations", activation);
        }
    }
    return PERCEPT_OK;
}

int32_t train_configure(train *train, const struct train_configuration *given) {
    struct tower *tower = train->tower;
    if (tower->stage == TOWER_EMPTY || train->stage == TRAIN_ALLOCATED) {
        return message_fail(
            &tower->message, PERCEPT_WRONG_STATE,
            "A trainer is configured after tower_configure, and before train_allocate or after train_release.");
    }
    int32_t status = check_sizes(train, given);
    if (status == PERCEPT_OK) status = check_head(train, given);
    if (status != PERCEPT_OK) return status;
    struct train_config *config = &train->config;
    const struct train_config before = *config;
    memset(config, 0, sizeof *config);
    config->first_block = (uint32_t)given->first_block;
    config->targets = (uint32_t)given->targets;
    config->rank = (uint32_t)given->rank;
    config->rank8 = round_up_to(config->rank, PANEL);
    config->projection_rank = (uint32_t)given->projection_rank;
    config->projection_rank8 = round_up_to(config->projection_rank, PANEL);
    config->slots = (uint32_t)given->slots;
    config->pictures = (uint32_t)given->pictures;
    config->items = (uint32_t)given->items;
    config->normalize = given->normalize != 0;
    config->head_layers = (uint32_t)given->head_layers;
    for (uint32_t i = 0; i < config->head_layers; i++) {
        config->head_outputs[i] = (uint32_t)given->head_outputs[i];
        config->head_activations[i] = given->head_activations[i];
    }
    const uint64_t floats = list_tensors(train, NULL, &train->tensors);
    if (floats > INT32_MAX) {
        *config = before;
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "A trainer has at most %d parameters. Ask for a lower rank or fewer layers.", INT32_MAX);
    }
    train->count = (uint32_t)floats;
    train->checked_for = tower->configurations;
    train->stage = TRAIN_CONFIGURED;
    return message_clear(&tower->message);
}

static void carve_parameters(struct train *train, struct arena *arena) {
    struct train_state *state = &train->state;
    state->tensors = arena_take(arena, train->tensors * sizeof *state->tensors);
    state->parameters = arena_take_floats(arena, train->count);
    state->gradients = arena_take_floats(arena, train->count);
    state->moments = arena_take_floats(arena, 2 * (uint64_t)train->count);
}

static void carve_step(struct train *train, struct arena *arena) {
    const struct train_config *config = &train->config;
    const struct tower_config *tower = &train->tower->config;
    struct train_state *state = &train->state;
    const uint64_t batch = tower->batch, stride = row_stride(tower->width), rows = batch * tower->tokens;
    const uint64_t boundaries = larger_of(taught_blocks(train), 1);
    const uint64_t outputs = (uint64_t)config->pictures * train_outputs_of(train);
    state->slots = arena_take(arena, config->slots * sizeof *state->slots);
    for (uint32_t i = 0; i < config->slots; i++) {
        struct train_slot slot = {0};
        slot.boundaries = arena_take_floats(arena, boundaries * rows * stride);
        if (keeps_middles(train)) slot.middles = arena_take_floats(arena, boundaries * rows * stride);
        slot.classes = arena_take_floats(arena, batch * stride);
        slot.pictures = arena_take(arena, batch * sizeof(uint32_t));
        if (state->slots) state->slots[i] = slot;
    }
    state->items = arena_take(arena, config->items * sizeof *state->items);
    state->sums = arena_take(arena, outputs * sizeof *state->sums);
    state->counts = arena_take(arena, config->pictures * sizeof *state->counts);
    state->outputs = arena_take_floats(arena, outputs);
    state->slopes = arena_take_floats(arena, outputs);
}

static void carve_head(struct train *train, struct arena *arena) {
    const uint64_t batch = train->tower->config.batch;
    train->state.embeddings = arena_take_floats(arena, batch * train->tower->config.embedding_width);
    uint32_t in8 = round_up_to(train->tower->config.embedding_width, PANEL), widest = in8;
    for (uint32_t i = 0; i < train->config.head_layers; i++) {
        const uint32_t out8 = round_up_to(train->config.head_outputs[i], PANEL);
        train->state.head[i].input = arena_take_floats(arena, batch * in8);
        train->state.head[i].sums = arena_take_floats(arena, batch * out8);
        widest = larger_of(widest, out8);
        in8 = out8;
    }
    for (uint32_t i = 0; i < 2; i++) train->state.head_gradient[i] = arena_take_floats(arena, batch * widest);
}

/* The most inputs and outputs of a layer that the gradient passes through. */
static uint32_t widest_layer(const struct tower_config *tower) {
    const uint32_t width8 = round_up_to(tower->width, PANEL);
    return larger_of(larger_of(3 * width8, round_up_to(tower->mlp_width, PANEL)),
                     round_up_to(tower->embedding_width, PANEL));
}

static void carve_backward(struct train *train, struct arena *arena) {
    const struct train_config *config = &train->config;
    const struct tower_config *tower = &train->tower->config;
    struct train_state *state = &train->state;
    const uint64_t rows = (uint64_t)tower->batch * tower->tokens;
    const uint32_t stride = row_stride(tower->width), widest = widest_layer(tower);
    const uint32_t low = larger_of(3 * config->rank8, config->projection_rank8);
    state->residual = arena_take_floats(arena, rows * stride);
    state->normed = arena_take_floats(arena, rows * stride);
    state->hidden = arena_take_floats(arena, rows * row_stride(widest));
    state->inside = arena_take_floats(arena, rows * row_stride(tower->mlp_width));
    state->attended = config->targets >> TRAIN_OUT & 1 ? arena_take_floats(arena, rows * stride) : NULL;
    state->low_stride = row_stride(low);
    state->low = arena_take_floats(arena, rows * state->low_stride);
    state->low_gradient = arena_take_floats(arena, rows * state->low_stride);
    state->turned_A = arena_take_floats(arena, (uint64_t)low * widest);
    state->turned_B = arena_take_floats(arena, (uint64_t)low * widest);

    struct gradient_rows *quantized = &state->quantized;
    const uint64_t blocks = gradient_blocks(widest), block = gradient_block(widest);
    quantized->value_bytes = rows * larger_of(4 * widest, (uint32_t)(blocks * block) + PANEL * (uint32_t)blocks);
    quantized->scale_count = rows * larger_of(4 * widest / GRADIENT_BLOCK, 1) + rows * blocks;
    quantized->values = arena_take(arena, quantized->value_bytes);
    quantized->scale = arena_take_floats(arena, quantized->scale_count);
    quantized->zero = arena_take(arena, quantized->scale_count * sizeof(int32_t));
    quantized->offset = arena_take(arena, quantized->scale_count * sizeof(int32_t));
    quantized->no_sums = arena_take(arena, blocks * PANEL * sizeof(int32_t));

    /* A thread turns one panel of weights in floats, or of codes with their scales, which is less. */
    uint32_t outputs = widest;
    for (uint32_t i = 0; i < config->head_layers; i++) {
        outputs = larger_of(outputs, round_up_to(config->head_outputs[i], PANEL));
    }
    const uint64_t turned = (uint64_t)outputs * PANEL * sizeof(float) + blocks * PANEL * (sizeof(float) + PANEL);
    const uint64_t attention = attention_backward_bytes(tower);
    state->scratch_bytes = arena_round_up(turned > attention ? turned : attention);
    state->scratch = arena_take(arena, tower->threads * state->scratch_bytes);
}

/* Every buffer, from `arena`; the same walk measures and carves. */
static void carve(struct train *train, struct arena *arena) {
    carve_parameters(train, arena);
    carve_step(train, arena);
    carve_head(train, arena);
    carve_backward(train, arena);
}

/* From nothing, since what it is carved in is its own. */
static uint64_t measure(const struct train *train) {
    struct train copy = *train;
    struct arena counting = {.measuring = 1};
    carve(&copy, &counting);
    return counting.used;
}

/* Whether the tower is configured as it was when train_configure looked at its sizes. */
static int32_t fits_tower(const struct train *train) {
    return train->stage != TRAIN_EMPTY && train->checked_for == train->tower->configurations;
}

double train_bytes(const train *train) { return fits_tower(train) ? (double)measure(train) : 0.0; }

/* Room for `bytes` zeroed bytes: what an earlier lesson left, or more. */
static int32_t take_room(struct train *train, uint64_t bytes) {
    if (bytes > train->room_bytes) {
        uint8_t *begin = arena_take(&train->tower->arena, bytes);
        if (!begin) return 0;
        train->room_bytes = bytes;
        train->room.begin = begin;
    } else {
        arena_clear(train->room.begin, bytes);
    }
    train->room.used = 0;
    return 1;
}

int32_t train_allocate(train *train, int32_t task) {
    struct tower *tower = train->tower;
    if (train->stage != TRAIN_CONFIGURED || tower->stage != TOWER_ALLOCATED || !fits_tower(train)) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE,
                            "A trainer is allocated once, after tower_allocate, as it was configured for this tower.");
    }
    if (task < 0 || task >= (int32_t)tower->config.tasks || tower->tasks[task].head_layers ||
        tower->tasks[task].has_adapter || tower->tasks[task].projection.rank8) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "Task %d cannot be taught: it must be empty.", task);
    }
    if (!take_room(train, measure(train))) {
        return message_fail(&tower->message, PERCEPT_OUT_OF_MEMORY, "There is no memory to teach in.");
    }
    carve(train, &train->room);
    train->task = task;
    train->steps = 0;
    train->phase = PHASE_NONE;
    list_tensors(train, train->state.tensors, &train->tensors);
    bind_parameters(train);
    train->stage = TRAIN_ALLOCATED;
    return message_clear(&tower->message);
}

int32_t train_release(train *train) {
    if (train->stage != TRAIN_ALLOCATED) return message_clear(&train->tower->message);
    train->stage = TRAIN_CONFIGURED;
    taught_task(train)->is_lent = 0;
    return tower_task_clear(train->tower, train->task);
}

int32_t train_exact(train *train, int32_t exact) {
    train->exact = exact != 0;
    return message_clear(&train->tower->message);
}
