/* The forward pass of CLIP's vision transformer (Radford et al., 2021), with LoRA beside the frozen layers. */
#include <string.h>

#include "attention.h"
#include "linear.h"
#include "patches.h"
#include "task.h"

/* The LoRA pairs of a block that start at `target`, or NULL without an adapter. */
static const struct lora *lora_at(const struct block_adapter *adapter, enum lora_target target) {
    return adapter ? &adapter->lora[target] : NULL;
}

/* x += out(attention(qkv(norm1(x)))); x += fc2(activation(fc1(norm2(x)))).
 * In the last block only the class tokens' rows are read afterwards, so that only their queries and all that
 * follows from them are computed; keys and values are needed of every token. */
static void run_block(struct tower *tower, const struct block *block, const struct block_adapter *adapter,
                      uint32_t views, int32_t last) {
    const struct tower_config *config = &tower->config;
    const struct tower_state *state = &tower->state;
    const uint32_t width8 = round_up_to(config->width, PANEL), stride = row_stride(config->width);
    const uint32_t hidden_stride = row_stride(config->mlp_width);
    const uint32_t rows = last ? views : views * config->tokens;
    const uint32_t step = last ? config->tokens : 1;

    struct product qkv = product_of(tower, &block->qkv, lora_at(adapter, LORA_QUERY), state->normed, stride,
                                    views * config->tokens, state->hidden, row_stride(3 * width8));
    qkv.segments = 3;
    qkv.norm = &block->norm1;
    qkv.source = state->residual;
    product_prepare(&qkv);
    if (last) {
        qkv.first_panel = width8 / PANEL;
        qkv.panels = 2 * width8 / PANEL;
        product_multiply(&qkv);
        qkv.first_panel = 0;
        qkv.panels = width8 / PANEL;
        qkv.rows = rows;
        qkv.step = step;
    }
    product_multiply(&qkv);

    const uint32_t queries = last ? 1 : config->tokens;
    if (block->qkv.codes) {
        attention_i16(tower, views, queries);
    } else {
        attention_f32(tower, views, queries);
    }

    struct product out = product_of(tower, &block->out, lora_at(adapter, LORA_OUT), state->normed, stride, rows,
                                    state->residual, stride);
    out.step = step;
    out.add = 1;
    product_prepare(&out);
    product_multiply(&out);

    struct product fc1 = product_of(tower, &block->fc1, lora_at(adapter, LORA_FC1), state->normed, stride, rows,
                                    state->hidden, hidden_stride);
    fc1.norm = &block->norm2;
    fc1.source = state->residual;
    fc1.step = step;
    fc1.activation = config->activation;
    product_prepare(&fc1);
    product_multiply(&fc1);

    struct product fc2 = product_of(tower, &block->fc2, lora_at(adapter, LORA_FC2), state->hidden, hidden_stride, rows,
                                    state->residual, stride);
    fc2.step = step;
    fc2.add = 1;
    product_prepare(&fc2);
    product_multiply(&fc2);
}

/* Whether what leaves the tower is made of numbers. The residual stream keeps any NaN or infinity that arises, and a
 * head's ReLU, or quantising, would hide it. */
static int32_t is_finite(const struct tower *tower, const float *embeddings, uint32_t views) {
    const struct tower_config *config = &tower->config;
    const uint32_t stride = row_stride(config->width);
    float product = 0.0f; /* stays 0 until something that is not finite makes it NaN */
    for (uint32_t view = 0; view < views; view++) {
        const float *normed = tower->state.normed + (size_t)view * config->tokens * stride;
        const float *embedding = embeddings + (size_t)view * config->embedding_width;
        for (uint32_t i = 0; i < config->width; i++) product += normed[i] * 0.0f;
        for (uint32_t i = 0; i < config->embedding_width; i++) product += embedding[i] * 0.0f;
    }
    return product == 0.0f;
}

/* embeddings[view] = projection(post_norm(x[view, class token])) */
static void project(struct tower *tower, const struct lora *lora, uint32_t views, float *embeddings) {
    const struct tower_config *config = &tower->config;
    const struct tower_state *state = &tower->state;
    const uint32_t stride = row_stride(config->width);
    const size_t class_stride = (size_t)config->tokens * stride;
    if (config->embedding == 0) {
        for (uint32_t view = 0; view < views; view++) {
            float *normed = state->normed + view * class_stride;
            KERNEL(layer_norm)(state->residual + view * class_stride, config->width, tower->weights.post_norm.weight,
                               tower->weights.post_norm.bias, config->norm_epsilon, normed);
            memcpy(embeddings + (size_t)view * config->width, normed, config->width * sizeof *normed);
        }
        return;
    }
    struct product product = product_of(tower, &tower->weights.projection, lora && lora->A ? lora : NULL, state->normed,
                                        stride, views, state->hidden, row_stride(config->embedding));
    product.norm = &tower->weights.post_norm;
    product.source = state->residual;
    product.step = config->tokens;
    product_prepare(&product);
    product_multiply(&product);
    for (uint32_t view = 0; view < views; view++) {
        memcpy(embeddings + (size_t)view * config->embedding,
               state->hidden + (size_t)view * config->tokens * product.y_stride,
               config->embedding * sizeof *embeddings);
    }
}

int32_t tower_forward(tower *tower, int32_t adapter, int32_t first, int32_t views) {
    if (tower->stage != TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_allocate before tower_forward.");
    }
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    if (ready != PERCEPT_OK) return ready;
    const struct task *task = adapter == TOWER_BASE ? NULL : task_at(tower, adapter);
    if (adapter != TOWER_BASE && !task) return PERCEPT_BAD_ARGUMENT;
    const int32_t there = slots_check(tower, first, views);
    if (there != PERCEPT_OK) return there;
    if (task) {
        const int32_t task_ready = tower_ready(tower, adapter);
        if (task_ready != PERCEPT_OK) return task_ready;
    }
    const uint32_t count = (uint32_t)views;
    float *embeddings = tower->state.embeddings + (size_t)first * tower->config.embedding_width;
    embed_patches(tower, count);
    for (uint32_t i = 0; i < tower->config.layers; i++) {
        const struct block_adapter *block_adapter = task && task->has_adapter ? &task->adapter[i] : NULL;
        run_block(tower, &tower->weights.blocks[i], block_adapter, count, i + 1 == tower->config.layers);
    }
    project(tower, task ? &task->projection : NULL, count, embeddings);
    if (!is_finite(tower, embeddings, count)) {
        return message_fail(&tower->message, PERCEPT_NOT_FINITE,
                            "The embedding is not made of finite numbers: the weights are damaged.");
    }
    return message_clear(&tower->message);
}

const float *tower_embeddings(const tower *tower) { return tower->state.embeddings; }
