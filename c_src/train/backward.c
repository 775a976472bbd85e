/* The backward pass through the taught blocks; each is computed again from the residual stream before it. */
#include <string.h>

#include "attention_backward.h"
#include "head.h"
#include "pullback.h"

/* One block of a slot on its way back. x0: the residual stream before the block, x1: after attention. */
struct block_return {
    struct train *train;
    struct block_job job;
    const float *x0;     /* [R, stride] */
    const float *x1;     /* [R, stride], or NULL where it was not kept */
    uint32_t rows, step; /* block_rows, block_step */
    int32_t is_first;
};

static int32_t has(const struct train *train, uint32_t targets) { return (train->config.targets & targets) != 0; }

static const struct lora *lora_beside(const struct block_return *way, enum lora_target target) {
    return has(way->train, 1u << target) ? &way->job.adapter->lora[target] : NULL;
}

/* ---- jobs over rows ---- */

/* Rows of the residual stream's gradient that get what comes back through a norm: dx += norm'(x)ᵀ dy. */
struct norm_return {
    struct train *train;
    const struct norm *norm;
    const float *x; /* [rows · step, stride] */
    uint32_t rows, step;
};

static void return_norm_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct norm_return *job = context;
    const struct tower_config *config = &job->train->tower->config;
    const uint32_t first = task * ROWS_PER_TASK, stride = row_stride(config->width);
    for (uint32_t r = first; r < first + ROWS_PER_TASK && r < job->rows; r++) {
        const size_t at = (size_t)r * job->step * stride;
        KERNEL(layer_norm_backward)(job->x + at, config->width, job->norm->weight, config->norm_epsilon,
                                    job->train->state.normed + at, job->train->state.residual + at);
    }
}

static void return_norm(struct train *train, const struct norm *norm, const float *x, uint32_t rows, uint32_t step) {
    struct norm_return job = {train, norm, x, rows, step};
    threads_run(&train->tower->threads, return_norm_rows, &job, row_tasks(rows));
}

/* normed = norm1(x0), which the products of attention read. */
static void norm_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct block_return *way = context;
    const struct tower_config *config = &way->train->tower->config;
    const struct norm *norm = &way->job.block->norm1;
    const uint32_t first = task * ROWS_PER_TASK, rows = way->job.views * config->tokens;
    const uint32_t stride = row_stride(config->width);
    for (uint32_t r = first; r < first + ROWS_PER_TASK && r < rows; r++) {
        KERNEL(layer_norm)(way->x0 + (size_t)r * stride, config->width, norm->weight, norm->bias, config->norm_epsilon,
                           way->train->tower->state.normed + (size_t)r * stride);
    }
}

/* hidden = activation(inside): what fc2 read. */
static void activate_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct block_return *way = context;
    const struct tower_config *config = &way->train->tower->config;
    const uint32_t first = task * ROWS_PER_TASK, stride = row_stride(config->mlp_width);
    for (uint32_t r = first; r < first + ROWS_PER_TASK && r < way->rows; r++) {
        float *row = way->train->state.hidden + (size_t)r * way->step * stride;
        memcpy(row, way->train->state.inside + (size_t)r * way->step * stride, config->mlp_width * sizeof *row);
        KERNEL(activate)(row, config->mlp_width, config->activation);
    }
}

/* hidden = hidden · activation'(inside) */
static void return_activation_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct block_return *way = context;
    const struct tower_config *config = &way->train->tower->config;
    const uint32_t first = task * ROWS_PER_TASK, stride = row_stride(config->mlp_width);
    for (uint32_t r = first; r < first + ROWS_PER_TASK && r < way->rows; r++) {
        const size_t at = (size_t)r * way->step * stride;
        KERNEL(activate_backward)(way->train->state.inside + at, config->mlp_width, config->activation,
                                  way->train->state.hidden + at);
    }
}

/* ---- a block ---- */

/* The tower's hidden = q, k, v; residual = x1; normed = norm2(x1); inside = fc1(normed); attended = attention's result, where
 * x1 was not kept. */
static void recompute(const struct block_return *way) {
    const struct tower *tower = way->train->tower;
    const size_t stride = row_stride(tower->config.width), floats = way->job.views * tower->config.tokens * stride;
    memcpy(tower->state.residual, way->x0, floats * sizeof(float));
    block_query(&way->job);
    if (way->x1) {
        memcpy(tower->state.residual, way->x1, floats * sizeof(float));
    } else {
        block_attend(&way->job);
        for (uint32_t r = 0; r < way->rows; r++) {
            const size_t at = r * way->step * stride;
            memcpy(way->train->state.attended + at, tower->state.normed + at, stride * sizeof(float));
        }
        block_add_attended(&way->job);
    }
    block_widen(&way->job, TOWER_IDENTITY, way->train->state.inside);
}

/* residual = d x1 from residual = d x2, where x2 = x1 + fc2(activation(fc1(norm2(x1)))). */
static void return_mlp(struct block_return *way) {
    struct train *train = way->train;
    struct tower *tower = train->tower;
    const struct train_state *state = &train->state;
    const struct block *block = way->job.block;
    const uint32_t stride = row_stride(tower->config.width) * way->step;
    const uint32_t hidden_stride = row_stride(tower->config.mlp_width) * way->step;
    if (has(train, 1 << TRAIN_FC2)) threads_run(&tower->threads, activate_rows, way, row_tasks(way->rows));
    const struct pullback fc2 = {.train = train,
                                 .linear = &block->fc2,
                                 .lora = lora_beside(way, LORA_FC2),
                                 .segments = 1,
                                 .rows = way->rows,
                                 .dy = state->residual,
                                 .dy_stride = stride,
                                 .x = state->hidden,
                                 .x_stride = hidden_stride,
                                 .dx = state->hidden,
                                 .dx_stride = hidden_stride};
    pull_back(&fc2);
    threads_run(&tower->threads, return_activation_rows, way, row_tasks(way->rows));
    const struct pullback fc1 = {.train = train,
                                 .linear = &block->fc1,
                                 .lora = lora_beside(way, LORA_FC1),
                                 .segments = 1,
                                 .rows = way->rows,
                                 .dy = state->hidden,
                                 .dy_stride = hidden_stride,
                                 .x = tower->state.normed,
                                 .x_stride = stride,
                                 .dx = state->normed,
                                 .dx_stride = stride};
    pull_back(&fc1);
    return_norm(train, &block->norm2, tower->state.residual, way->rows, way->step);
}

/* normed = the gradient of attention's result, from residual = d x1, where x1 = x0 + out(attention(qkv(norm1(x0)))). */
static void return_out(const struct block_return *way) {
    struct train *train = way->train;
    const uint32_t stride = row_stride(train->tower->config.width) * way->step;
    const struct pullback out = {.train = train,
                                 .linear = &way->job.block->out,
                                 .lora = lora_beside(way, LORA_OUT),
                                 .segments = 1,
                                 .rows = way->rows,
                                 .dy = train->state.residual,
                                 .dy_stride = stride,
                                 .x = train->state.attended,
                                 .x_stride = stride,
                                 .dx = train->state.normed,
                                 .dx_stride = stride};
    pull_back(&out);
}

/* residual = d x0 from residual = d x1 and normed = the gradient of attention's result. Nobody asks for d x0 of the first
 * block. */
static void return_attention(struct block_return *way) {
    struct train *train = way->train;
    struct tower *tower = train->tower;
    const struct train_state *state = &train->state;
    const uint32_t rows = way->job.views * tower->config.tokens, stride = row_stride(tower->config.width);
    const uint32_t hidden_stride = row_stride(3 * round_up_to(tower->config.width, PANEL));
    if (way->job.last || tower->config.width % PANEL != 0) {
        memset(state->hidden, 0, (size_t)rows * hidden_stride * sizeof(float));
    }
    attention_backward(train, way->job.views, way->job.last ? 1 : tower->config.tokens);
    if (has(train, ATTENTION_TARGETS)) threads_run(&tower->threads, norm_rows, way, row_tasks(rows));
    const struct pullback qkv = {.train = train,
                                 .linear = &way->job.block->qkv,
                                 .lora = has(train, ATTENTION_TARGETS) ? way->job.adapter->lora : NULL,
                                 .segments = 3,
                                 .rows = rows,
                                 .dy = state->hidden,
                                 .dy_stride = hidden_stride,
                                 .x = tower->state.normed,
                                 .x_stride = stride,
                                 .dx = way->is_first ? NULL : state->normed,
                                 .dx_stride = stride};
    pull_back(&qkv);
    if (!way->is_first) return_norm(train, &way->job.block->norm1, way->x0, rows, 1);
}

static void return_block(struct block_return *way) {
    recompute(way);
    return_mlp(way);
    if (way->is_first && !has(way->train, ATTENTION_TARGETS | 1 << TRAIN_OUT)) return;
    return_out(way);
    if (way->is_first && !has(way->train, ATTENTION_TARGETS)) return;
    return_attention(way);
}

/* ---- a slot ---- */

/* head_gradient[0] = the gradient of each view's outputs: its picture's, over its number of views. */
static void share_slopes(struct train *train, const struct train_slot *slot, uint32_t views) {
    const uint32_t outputs = train_outputs_of(train), stride = round_up_to(outputs, PANEL);
    float *slopes = train->state.head_gradient[0];
    memset(slopes, 0, (size_t)views * stride * sizeof *slopes);
    for (uint32_t view = 0; view < views; view++) {
        const uint32_t picture = slot->pictures[view];
        const float count = (float)train->state.counts[picture];
        for (uint32_t i = 0; i < outputs; i++) {
            slopes[(size_t)view * stride + i] = train->state.slopes[(size_t)picture * outputs + i] / count;
        }
    }
}

/* residual = the gradient of the residual stream after the last block: of the class tokens alone. */
static void return_head(struct train *train, const struct train_slot *slot, uint32_t views) {
    struct tower *tower = train->tower;
    const struct tower_config *config = &tower->config;
    const struct train_state *state = &train->state;
    const uint32_t stride = row_stride(config->width), view_stride = stride * config->tokens;
    const struct lora *lora = train->config.projection_rank ? &taught_task(train)->projection : NULL;
    for (uint32_t view = 0; view < views; view++) {
        memcpy(tower->state.residual + (size_t)view * view_stride, slot->classes + (size_t)view * stride,
               stride * sizeof(float));
    }
    project_classes(tower, &taught_task(train)->projection, views, state->embeddings);
    head_forward(train, views);
    share_slopes(train, slot, views);
    const float *slopes = head_backward(train, views);
    const uint32_t width8 = round_up_to(config->embedding_width, PANEL);
    const struct pullback projection = {.train = train,
                                        .linear = &tower->weights.projection,
                                        .lora = lora,
                                        .segments = 1,
                                        .rows = views,
                                        .dy = slopes,
                                        .dy_stride = width8,
                                        .x = tower->state.normed,
                                        .x_stride = view_stride,
                                        .dx = state->normed,
                                        .dx_stride = view_stride};
    if (config->embedding) pull_back(&projection);
    for (uint32_t view = 0; view < views && !config->embedding; view++) {
        memcpy(state->normed + (size_t)view * view_stride, slopes + (size_t)view * width8, width8 * sizeof(float));
    }
    memset(state->residual, 0, (size_t)views * view_stride * sizeof(float));
    return_norm(train, &tower->weights.post_norm, tower->state.residual, views, config->tokens);
}

int32_t train_backward(train *train, int32_t index, int32_t views) {
    int32_t status = train_check_slot(train, index, views);
    if (status != PERCEPT_OK) return status;
    struct tower *tower = train->tower;
    const struct tower_config *config = &tower->config;
    if (train->phase != PHASE_BACKWARD) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call train_loss before train_backward.");
    }
    struct train_slot *slot = &train->state.slots[index];
    if (slot->views != (uint32_t)views) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE,
                            "Call train_forward with the %d views of slot %d before their train_backward.", views,
                            index);
    }
    status = train_check_pictures(train, slot, (uint32_t)views);
    if (status != PERCEPT_OK) return status;
    const size_t boundary = (size_t)config->batch * config->tokens * row_stride(config->width);
    return_head(train, slot, (uint32_t)views);
    for (uint32_t block = config->layers; block-- > train->config.first_block;) {
        const uint32_t taught = block - train->config.first_block;
        const struct block_job job = block_at(train, block, (uint32_t)views);
        struct block_return way = {.train = train,
                                   .job = job,
                                   .x0 = slot->boundaries + taught * boundary,
                                   .x1 = slot->middles ? slot->middles + taught * boundary : NULL,
                                   .rows = block_rows(&job),
                                   .step = block_step(&job),
                                   .is_first = taught == 0};
        return_block(&way);
    }
    slot->views = 0;
    return message_clear(&tower->message);
}
