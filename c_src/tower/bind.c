/* From a tensor's name to its place. Names and shapes are those of weights/README.md. */
#include <string.h>

#include "lora.h"
#include "task.h"

/* What is left of a name that is being read. */
struct cursor {
    const char *text;
    uint32_t left;
};

/* Steps over `literal` when the name goes on with it. */
static int32_t accept(struct cursor *cursor, const char *literal) {
    const uint32_t length = (uint32_t)strlen(literal);
    if (cursor->left < length || memcmp(cursor->text, literal, length) != 0) return 0;
    cursor->text += length;
    cursor->left -= length;
    return 1;
}

/* Steps over a number of at most four digits, without leading zeros. */
static int32_t accept_number(struct cursor *cursor, uint32_t *number) {
    uint32_t value = 0, digits = 0;
    while (digits < 4 && digits < cursor->left && cursor->text[digits] >= '0' && cursor->text[digits] <= '9') {
        value = value * 10 + (uint32_t)(cursor->text[digits] - '0');
        digits++;
    }
    if (digits == 0 || (digits > 1 && cursor->text[0] == '0')) return 0;
    cursor->text += digits;
    cursor->left -= digits;
    *number = value;
    return 1;
}

static int32_t is_end(const struct cursor *cursor) { return cursor->left == 0; }

static int32_t unknown(struct tower *tower, const struct tower_tensor *tensor) {
    return message_fail(&tower->message, PERCEPT_UNKNOWN_TENSOR, "This tower has no place for a tensor '%.*s'.",
                        (int)tensor->name_length, tensor->name);
}

static int32_t wrong_shape(struct tower *tower, const struct tower_tensor *tensor) {
    return message_fail(&tower->message, PERCEPT_WRONG_SHAPE,
                        "The tensor '%.*s' has another type or shape than the tower.", (int)tensor->name_length,
                        tensor->name);
}

int32_t all_finite(const float *values, size_t count) {
    float sum = 0.0f; /* stays 0 until something that is not finite makes it NaN */
    for (size_t i = 0; i < count; i++) sum += values[i] * 0.0f;
    return sum == 0.0f;
}

/* PERCEPT_OK for a tensor of this type and shape whose floats are finite. Quantising would hide others: a NaN in a q8 tower's
 * norm becomes an ordinary score. */
static int32_t check_tensor(struct tower *tower, const struct tower_tensor *tensor, int32_t dtype,
                            const uint32_t *shape, uint32_t rank) {
    if (tensor->dtype != dtype || tensor->rank != rank || memcmp(tensor->shape, shape, rank * sizeof *shape) != 0) {
        return wrong_shape(tower, tensor);
    }
    size_t count = 1;
    for (uint32_t i = 0; i < rank; i++) count *= shape[i];
    if (dtype != TOWER_F32 || all_finite(tensor->data, count)) return PERCEPT_OK;
    return message_fail(&tower->message, PERCEPT_NOT_FINITE,
                        "The tensor '%.*s' is not made of finite numbers: the weights are damaged.",
                        (int)tensor->name_length, tensor->name);
}

/* A tensor of one or two dimensions (the second is 0 where there is one) of floats. */
static int32_t bind_floats(struct tower *tower, const struct tower_tensor *tensor, uint32_t first, uint32_t second,
                           const float **place) {
    const uint32_t shape[2] = {first, second};
    const int32_t status = check_tensor(tower, tensor, TOWER_F32, shape, second ? 2 : 1);
    if (status == PERCEPT_OK) *place = tensor->data;
    return status;
}

/* The first q8 tensor of a layer says the number of blocks; the others must agree. */
static int32_t agrees_on_blocks(const struct linear *linear, uint32_t blocks) {
    if (blocks == 0 || linear->in % blocks != 0 || (linear->blocks_wanted && blocks != linear->blocks_wanted)) return 0;
    if (blocks > 1 && linear->in / blocks < BLOCK_INPUTS_LEAST && blocks != linear->blocks_wanted) return 0;
    return !linear->blocks || linear->blocks == blocks;
}

/* Only of a tensor that is right in everything: one that is refused leaves no trace. */
static void set_blocks(struct linear *linear, uint32_t blocks) {
    linear->blocks = blocks;
    linear->block = round_up_to(linear->in / blocks, 4);
}

static int32_t bind_codes(struct tower *tower, const struct tower_tensor *tensor, struct linear *linear) {
    if (tensor->rank != 5 || !agrees_on_blocks(linear, tensor->shape[1])) return wrong_shape(tower, tensor);
    const uint32_t blocks = tensor->shape[1], block = round_up_to(linear->in / blocks, 4);
    const uint32_t shape[5] = {linear->out8 / PANEL, blocks, block / 4, PANEL, 4};
    const int32_t status = check_tensor(tower, tensor, TOWER_U8, shape, 5);
    if (status != PERCEPT_OK) return status;
    set_blocks(linear, blocks);
    linear->codes = tensor->data;
    return PERCEPT_OK;
}

static int32_t bind_by_block(struct tower *tower, const struct tower_tensor *tensor, struct linear *linear,
                             int32_t dtype, const void **place) {
    if (tensor->rank != 3 || !agrees_on_blocks(linear, tensor->shape[1])) return wrong_shape(tower, tensor);
    const uint32_t shape[3] = {linear->out8 / PANEL, tensor->shape[1], PANEL};
    const int32_t status = check_tensor(tower, tensor, dtype, shape, 3);
    if (status != PERCEPT_OK) return status;
    set_blocks(linear, tensor->shape[1]);
    *place = tensor->data;
    return PERCEPT_OK;
}

/* The part of a linear layer that the rest of the name says. */
static int32_t bind_linear(struct tower *tower, struct cursor *rest, const struct tower_tensor *tensor,
                           struct linear *linear) {
    const void *place = NULL;
    int32_t status = PERCEPT_OK;
    if (accept(rest, ".weight") && is_end(rest)) {
        const uint32_t shape[3] = {linear->out8 / PANEL, linear->in, PANEL};
        status = check_tensor(tower, tensor, TOWER_F32, shape, 3);
        if (status == PERCEPT_OK) linear->weight = tensor->data;
    } else if (accept(rest, ".codes") && is_end(rest)) {
        return bind_codes(tower, tensor, linear);
    } else if (accept(rest, ".scales") && is_end(rest)) {
        status = bind_by_block(tower, tensor, linear, TOWER_F32, &place);
        if (status == PERCEPT_OK) linear->scales = place;
    } else if (accept(rest, ".sums") && is_end(rest)) {
        status = bind_by_block(tower, tensor, linear, TOWER_I32, &place);
        if (status == PERCEPT_OK) linear->sums = place;
    } else if (accept(rest, ".smooth") && is_end(rest) && !linear->blocks_wanted) {
        return bind_floats(tower, tensor, linear->in, 0, &linear->smooth);
    } else if (accept(rest, ".bias") && is_end(rest) && linear->has_bias) {
        return bind_floats(tower, tensor, linear->out8, 0, &linear->bias);
    } else {
        return unknown(tower, tensor);
    }
    return status;
}

static int32_t bind_norm(struct tower *tower, struct cursor *rest, const struct tower_tensor *tensor,
                         struct norm *norm) {
    if (accept(rest, ".weight") && is_end(rest))
        return bind_floats(tower, tensor, tower->config.width, 0, &norm->weight);
    if (accept(rest, ".bias") && is_end(rest)) return bind_floats(tower, tensor, tower->config.width, 0, &norm->bias);
    return unknown(tower, tensor);
}

static int32_t bind_block(struct tower *tower, struct cursor *rest, const struct tower_tensor *tensor,
                          struct block *block) {
    if (accept(rest, "norm1")) return bind_norm(tower, rest, tensor, &block->norm1);
    if (accept(rest, "norm2")) return bind_norm(tower, rest, tensor, &block->norm2);
    if (accept(rest, "attention.qkv")) return bind_linear(tower, rest, tensor, &block->qkv);
    if (accept(rest, "attention.out")) return bind_linear(tower, rest, tensor, &block->out);
    if (accept(rest, "mlp.fc1")) return bind_linear(tower, rest, tensor, &block->fc1);
    if (accept(rest, "mlp.fc2")) return bind_linear(tower, rest, tensor, &block->fc2);
    return unknown(tower, tensor);
}

static int32_t accept_block(struct tower *tower, struct cursor *rest, uint32_t *index) {
    return accept(rest, "blocks.") && accept_number(rest, index) && *index < tower->config.layers && accept(rest, ".");
}

static int32_t bind_base(struct tower *tower, const struct tower_tensor *tensor) {
    const struct tower_config *config = &tower->config;
    struct tower_weights *weights = &tower->weights;
    struct cursor rest = {.text = tensor->name, .left = tensor->name_length};
    uint32_t index = 0;
    if (accept_block(tower, &rest, &index)) return bind_block(tower, &rest, tensor, &weights->blocks[index]);
    if (accept(&rest, "embeddings.class") && is_end(&rest)) {
        return bind_floats(tower, tensor, config->width, 0, &weights->class_embedding);
    }
    if (accept(&rest, "embeddings.position") && is_end(&rest)) {
        return bind_floats(tower, tensor, config->tokens, config->width, &weights->position);
    }
    if (accept(&rest, "embeddings.patch")) return bind_linear(tower, &rest, tensor, &weights->patch);
    if (accept(&rest, "pre_norm")) return bind_norm(tower, &rest, tensor, &weights->pre_norm);
    if (accept(&rest, "post_norm")) return bind_norm(tower, &rest, tensor, &weights->post_norm);
    if (config->embedding && accept(&rest, "projection"))
        return bind_linear(tower, &rest, tensor, &weights->projection);
    return unknown(tower, tensor);
}

static int32_t bind_lora(struct tower *tower, struct cursor *rest, const struct tower_tensor *tensor, struct lora *lora,
                         const struct lora_place *place) {
    const int32_t is_A = accept(rest, ".lora_A");
    if ((!is_A && !accept(rest, ".lora_B")) || !is_end(rest)) return unknown(tower, tensor);
    if (tensor->rank != 3 || tensor->shape[0] > TOWER_LIMIT_WIDTH) return wrong_shape(tower, tensor);
    const uint32_t rank8 = is_A ? tensor->shape[0] * PANEL : tensor->shape[1];
    if (rank8 == 0 || rank8 % PANEL != 0 || rank8 > place->rank_limit || (lora->rank8 && lora->rank8 != rank8)) {
        return wrong_shape(tower, tensor);
    }
    const uint32_t shape_A[3] = {rank8 / PANEL, place->in, PANEL};
    const uint32_t shape_B[3] = {round_up_to(place->out, PANEL) / PANEL, rank8, PANEL};
    const int32_t status = check_tensor(tower, tensor, TOWER_F32, is_A ? shape_A : shape_B, 3);
    if (status != PERCEPT_OK) return status;
    lora->rank8 = rank8;
    if (is_A) {
        lora->A = tensor->data;
    } else {
        lora->B = tensor->data;
    }
    return PERCEPT_OK;
}

static int32_t bind_block_lora(struct tower *tower, struct cursor *rest, const struct tower_tensor *tensor,
                               struct block_adapter *adapter) {
    for (uint32_t target = 0; target < LORA_TARGETS; target++) {
        const struct lora_place place = lora_place_of(&tower->config, target);
        if (accept(rest, place.name)) return bind_lora(tower, rest, tensor, &adapter->lora[target], &place);
    }
    return unknown(tower, tensor);
}

static int32_t bind_task(struct tower *tower, const struct tower_tensor *tensor, struct task *task) {
    struct cursor rest = {.text = tensor->name, .left = tensor->name_length};
    uint32_t index = 0;
    const int32_t unlent = task_check_unlent(tower, task);
    if (unlent != PERCEPT_OK) return unlent;
    if (accept_block(tower, &rest, &index)) {
        const int32_t status = bind_block_lora(tower, &rest, tensor, &task->adapter[index]);
        if (status == PERCEPT_OK) task->has_adapter = 1;
        return status;
    }
    const struct lora_place projection = lora_place_of(&tower->config, LORA_PROJECTION);
    if (tower->config.embedding && accept(&rest, projection.name)) {
        return bind_lora(tower, &rest, tensor, &task->projection, &projection);
    }
    if (accept(&rest, "head.") && accept_number(&rest, &index) && index < task->head_layers) {
        return bind_linear(tower, &rest, tensor, &task->head[index].linear);
    }
    return unknown(tower, tensor);
}

/* Whether [data, data + bytes) lies in what the arena has handed out. */
static int32_t is_inside(const struct tower *tower, const struct tower_tensor *tensor) {
    uint64_t bytes = tensor->dtype == TOWER_U8 ? 1 : 4;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        bytes *= tensor->shape[i];
        if (bytes > UINT32_MAX) return 0;
    }
    const uint64_t begin = (uintptr_t)tower->arena.begin, start = (uintptr_t)tensor->data;
    return start >= begin && start % 4 == 0 && start - begin + bytes <= tower->arena.used;
}

int32_t tower_bind(tower *tower, int32_t owner, const struct tower_tensor *tensor) {
    if (tower->stage != TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_allocate before tower_bind.");
    }
    if (owner < TOWER_BASE || owner >= (int32_t)tower->config.tasks || tensor->dtype < TOWER_F32 ||
        tensor->dtype > TOWER_I32 || tensor->rank < 1 || tensor->rank > 5 || tensor->name_length > 256) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "A tensor of owner %d, type %d and rank %u, whose name has %u bytes, is none of a tower's.",
                            owner, tensor->dtype, tensor->rank, tensor->name_length);
    }
    if (!is_inside(tower, tensor)) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "The tensor '%.*s' lies outside of the reserved memory.", (int)tensor->name_length,
                            tensor->name);
    }
    if (owner == TOWER_BASE) tower->trunk_views = 0;
    const int32_t status =
        owner == TOWER_BASE ? bind_base(tower, tensor) : bind_task(tower, tensor, &tower->tasks[owner]);
    return status == PERCEPT_OK ? message_clear(&tower->message) : status;
}

static struct linear sized(uint32_t in, uint32_t out, int32_t has_bias) {
    const struct linear linear = {.in = in, .out = out, .out8 = round_up_to(out, PANEL), .has_bias = has_bias};
    return linear;
}

void bind_sizes(struct tower *tower) {
    const struct tower_config *config = &tower->config;
    struct tower_weights *weights = &tower->weights;
    weights->patch = sized(config->patch_inputs, config->width, 0);
    weights->patch.blocks_wanted = 3;
    weights->projection = sized(config->width, config->embedding, 0);
    for (uint32_t i = 0; i < config->layers; i++) {
        struct block *block = &weights->blocks[i];
        block->qkv = sized(config->width, 3 * round_up_to(config->width, PANEL), 1);
        block->out = sized(config->width, config->width, 1);
        block->fc1 = sized(config->width, config->mlp_width, 1);
        block->fc2 = sized(config->mlp_width, config->width, 1);
    }
}
