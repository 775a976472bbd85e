/* The forward pass of CLIP's vision transformer (Radford et al., 2021), with LoRA beside the frozen layers. */
#include "vit.h"

#include <string.h>

#include "attention.h"
#include "linear.h"
#include "patches.h"
#include "task.h"

/* The LoRA pairs of a block that start at `target`, or NULL without an adapter. */
static const struct lora *lora_at(const struct block_adapter *adapter, enum lora_target target) {
    return adapter ? &adapter->lora[target] : NULL;
}

uint32_t block_rows(const struct block_job *job) {
    return job->last ? job->views : job->views * job->tower->config.tokens;
}

uint32_t block_step(const struct block_job *job) { return job->last ? job->tower->config.tokens : 1; }

void block_query(const struct block_job *job) {
    struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const struct tower_state *state = &tower->state;
    const uint32_t width8 = round_up_to(config->width, PANEL);

    tower->blocks_computed += job->views;
    struct product qkv = product_of(tower, &job->block->qkv, lora_at(job->adapter, LORA_QUERY));
    qkv.segments = 3;
    qkv.norm = &job->block->norm1;
    qkv.source = state->residual;
    qkv.x = state->normed;
    qkv.x_stride = row_stride(config->width);
    qkv.rows = job->views * config->tokens;
    qkv.y = state->hidden;
    qkv.y_stride = row_stride(3 * width8);
    product_prepare(&qkv);
    if (job->last) {
        qkv.first_panel = width8 / PANEL;
        qkv.panels = 2 * width8 / PANEL;
        product_multiply(&qkv);
        qkv.first_panel = 0;
        qkv.panels = width8 / PANEL;
        qkv.rows = block_rows(job);
        qkv.step = block_step(job);
        product_prepare(&qkv);
    }
    product_multiply(&qkv);
}

void block_attend(const struct block_job *job) {
    const uint32_t queries = job->last ? 1 : job->tower->config.tokens;
    if (job->block->qkv.codes) {
        attention_i16(job->tower, job->views, queries);
    } else {
        attention_f32(job->tower, job->views, queries);
    }
}

void block_add_attended(const struct block_job *job) {
    struct tower *tower = job->tower;
    struct product out = product_of(tower, &job->block->out, lora_at(job->adapter, LORA_OUT));
    out.x = tower->state.normed;
    out.y = tower->state.residual;
    out.x_stride = out.y_stride = row_stride(tower->config.width);
    out.rows = block_rows(job);
    out.step = block_step(job);
    out.add = 1;
    product_prepare(&out);
    product_multiply(&out);
}

void block_widen(const struct block_job *job, int32_t activation, float *inside) {
    struct tower *tower = job->tower;
    struct product fc1 = product_of(tower, &job->block->fc1, lora_at(job->adapter, LORA_FC1));
    fc1.norm = &job->block->norm2;
    fc1.source = tower->state.residual;
    fc1.x = tower->state.normed;
    fc1.x_stride = row_stride(tower->config.width);
    fc1.y = inside;
    fc1.y_stride = row_stride(tower->config.mlp_width);
    fc1.rows = block_rows(job);
    fc1.step = block_step(job);
    fc1.activation = activation;
    product_prepare(&fc1);
    product_multiply(&fc1);
}

void block_add_widened(const struct block_job *job, float *inside) {
    struct tower *tower = job->tower;
    struct product fc2 = product_of(tower, &job->block->fc2, lora_at(job->adapter, LORA_FC2));
    fc2.x = inside;
    fc2.x_stride = row_stride(tower->config.mlp_width);
    fc2.y = tower->state.residual;
    fc2.y_stride = row_stride(tower->config.width);
    fc2.rows = block_rows(job);
    fc2.step = block_step(job);
    fc2.add = 1;
    product_prepare(&fc2);
    product_multiply(&fc2);
}

void block_forward(const struct block_job *job) {
    float *inside = job->tower->state.hidden;
    block_query(job);
    block_attend(job);
    block_add_attended(job);
    block_widen(job, job->tower->config.activation, inside);
    block_add_widened(job, inside);
}

int32_t embeddings_are_finite(const struct tower *tower, const float *embeddings, uint32_t views) {
    const struct tower_config *config = &tower->config;
    const uint32_t stride = row_stride(config->width);
    for (uint32_t view = 0; view < views; view++) {
        const float *normed = tower->state.normed + (size_t)view * config->tokens * stride;
        const float *embedding = embeddings + (size_t)view * config->embedding_width;
        if (!all_finite(normed, config->width) || !all_finite(embedding, config->embedding_width)) return 0;
    }
    return 1;
}

void project_classes(struct tower *tower, const struct lora *lora, uint32_t views, float *embeddings) {
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
    struct product product = product_of(tower, &tower->weights.projection, lora && lora->A ? lora : NULL);
    product.norm = &tower->weights.post_norm;
    product.source = state->residual;
    product.x = state->normed;
    product.x_stride = stride;
    product.y = state->hidden;
    product.y_stride = row_stride(config->embedding);
    product.rows = views;
    product.step = config->tokens;
    product_prepare(&product);
    product_multiply(&product);
    for (uint32_t view = 0; view < views; view++) {
        memcpy(embeddings + (size_t)view * config->embedding,
               state->hidden + (size_t)view * config->tokens * product.y_stride,
               config->embedding * sizeof *embeddings);
    }
}

/* Blocks `first` to end - 1 over the first `views` views, with LoRA beside them or NULL. */
static void run_blocks(struct tower *tower, const struct block_adapter *adapter, uint32_t views, uint32_t first,
                       uint32_t end) {
    for (uint32_t i = first; i < end; i++) {
        const struct block_job job = {tower, &tower->weights.blocks[i], adapter ? &adapter[i] : NULL, views,
                                      i + 1 == tower->config.layers};
        block_forward(&job);
    }
}

void trunk_forward(struct tower *tower, uint32_t views, uint32_t blocks) {
    embed_patches(tower, views);
    run_blocks(tower, NULL, views, 0, blocks);
}

/* The first block that the task's adapter changes; the number of layers where it changes none. */
static uint32_t first_adapted(const struct tower *tower, const struct task *task) {
    const uint32_t layers = tower->config.layers;
    if (!task || !task->has_adapter) return layers;
    for (uint32_t i = 0; i < layers; i++) {
        for (uint32_t target = 0; target < LORA_TARGETS; target++) {
            if (task->adapter[i].lora[target].A) return i;
        }
    }
    return layers;
}

int32_t tower_first_adapted(const tower *tower, int32_t adapter) {
    if (tower->stage != TOWER_ALLOCATED || adapter >= (int32_t)tower->config.tasks) return 0;
    return (int32_t)first_adapted(tower, adapter < 0 ? NULL : &tower->tasks[adapter]);
}

double tower_blocks_computed(const tower *tower) { return (double)tower->blocks_computed; }

/* What a forward pass asks first. */
static int32_t check_forward(struct tower *tower, int32_t adapter, int32_t first, int32_t views) {
    if (tower->stage != TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_allocate before tower_forward.");
    }
    int32_t status = tower_ready(tower, TOWER_BASE);
    if (status != PERCEPT_OK) return status;
    if (adapter != TOWER_BASE && !task_at(tower, adapter)) return PERCEPT_BAD_ARGUMENT;
    status = slots_check(tower, first, views);
    return status == PERCEPT_OK && adapter != TOWER_BASE ? tower_ready(tower, adapter) : status;
}

/* From the residual stream before block `block` of the trunk to the embeddings in slots `first` and on. The stream before the
 * adapter's first block is kept, unless a stream of more views is. */
static int32_t forward_from(struct tower *tower, int32_t adapter, uint32_t first, uint32_t views, uint32_t block) {
    const struct tower_config *config = &tower->config;
    const struct task *task = adapter == TOWER_BASE ? NULL : &tower->tasks[adapter];
    const uint32_t own = first_adapted(tower, task);
    float *embeddings = tower->state.embeddings + (size_t)first * config->embedding_width;
    run_blocks(tower, NULL, views, block, own);
    if (views >= tower->trunk_views) {
        memcpy(tower->state.trunk, tower->state.residual, stream_floats(config, views) * sizeof *tower->state.trunk);
        tower->trunk_views = views;
        tower->trunk_blocks = own;
    }
    run_blocks(tower, task ? task->adapter : NULL, views, own, config->layers);
    project_classes(tower, task ? &task->projection : NULL, views, embeddings);
    if (!embeddings_are_finite(tower, embeddings, views)) {
        return message_fail(&tower->message, PERCEPT_NOT_FINITE,
                            "The embedding is not made of finite numbers: the weights are damaged.");
    }
    return message_clear(&tower->message);
}

int32_t tower_forward(tower *tower, int32_t adapter, int32_t first, int32_t views) {
    const int32_t status = check_forward(tower, adapter, first, views);
    if (status != PERCEPT_OK) return status;
    tower->trunk_views = 0;
    trunk_forward(tower, (uint32_t)views, 0);
    return forward_from(tower, adapter, (uint32_t)first, (uint32_t)views, 0);
}

int32_t tower_forward_on(tower *tower, int32_t adapter, int32_t first, int32_t views) {
    const int32_t status = check_forward(tower, adapter, first, views);
    if (status != PERCEPT_OK) return status;
    const uint32_t own = (uint32_t)tower_first_adapted(tower, adapter);
    if ((uint32_t)views > tower->trunk_views || own < tower->trunk_blocks) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE,
                            "What tower_forward kept, %u views before block %u, is nothing to go on from with %d views "
                            "and an adapter from block %u on.",
                            tower->trunk_views, tower->trunk_blocks, views, own);
    }
    memcpy(tower->state.residual, tower->state.trunk,
           stream_floats(&tower->config, (uint32_t)views) * sizeof *tower->state.residual);
    return forward_from(tower, adapter, (uint32_t)first, (uint32_t)views, tower->trunk_blocks);
}

float *tower_embeddings(const tower *tower) { return tower->state.embeddings; }
