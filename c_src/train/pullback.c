#include "pullback.h"

uint32_t row_tasks(uint32_t rows) { return (rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK; }

static const struct epilogue plain = {.activation = TOWER_IDENTITY};
static const struct epilogue added = {.activation = TOWER_IDENTITY, .add = 1};

/* ---- the frozen weights: dx = Wᵀ dy ---- */

static void *scratch_of(const struct train *train, uint32_t thread) {
    return train->state.scratch + thread * train->state.scratch_bytes;
}

/* One panel of 8 inputs in float32: W's columns are turned into rows, then it is an ordinary product. */
static void pull_panel_f32(void *context, uint32_t panel, uint32_t thread) {
    const struct pullback *p = context;
    const struct linear *linear = p->linear;
    float *turned = scratch_of(p->train, thread);
    const uint32_t count = linear->in - panel * PANEL < PANEL ? linear->in - panel * PANEL : PANEL;
    KERNEL(turn_f32)(linear->weight + (size_t)panel * PANEL * PANEL, (size_t)linear->in * PANEL, linear->out8 / PANEL,
                     count, turned);
    KERNEL(gemm_f32)(p->dy, p->dy_stride, p->rows, linear->out8, turned, &plain, p->dx + (size_t)panel * PANEL,
                     p->dx_stride);
}

/* Some blocks of a q8 layer's inputs: W = smooth · scale · code, where a row of outputs has a scale for each block. For a
 * block, g = dy · scale is quantised per row and 256 outputs, and multiplied with the codes, turned. */
struct code_job {
    const struct pullback *pullback;
    uint32_t first_block;  /* of the layer's inputs */
    uint32_t block_panels; /* panels of 8 inputs in a block */
};

static struct quantized_rows gradient_rows_of(const struct pullback *p, uint32_t which) {
    const struct gradient_rows *all = &p->train->state.quantized;
    const uint32_t blocks = gradient_blocks(p->linear->out8), block = gradient_block(p->linear->out8);
    const size_t first = (size_t)which * p->rows * blocks;
    const int32_t way = p->train->tower->state.quantized.way;
    const struct quantized_rows rows = {.values = all->values + first * block,
                                        .scale = all->scale + first,
                                        .zero = all->zero + first,
                                        .offset = all->offset + first,
                                        .rows = p->rows,
                                        .tile = KERNEL(gemm_q8_tile)(way),
                                        .blocks = blocks,
                                        .block = block,
                                        .way = way};
    return rows;
}

static void quantize_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct code_job *job = context;
    const struct pullback *p = job->pullback;
    const uint32_t tasks = row_tasks(p->rows), which = task / tasks, first = task % tasks * ROWS_PER_TASK;
    const uint32_t end = first + ROWS_PER_TASK < p->rows ? first + ROWS_PER_TASK : p->rows;
    const struct quantized_rows rows = gradient_rows_of(p, which);
    const float *scales = p->linear->scales + (size_t)(job->first_block + which) * PANEL;
    for (uint32_t row = first; row < end; row++) {
        KERNEL(quantize_gradient)(p->dy + (size_t)row * p->dy_stride, scales, p->linear->blocks * PANEL,
                                  p->linear->out8, row, &rows);
    }
}

/* Where a panel of inputs lies: its block, its first input there, and how many inputs it has. */
struct code_place {
    uint32_t block, first, count, quads;
};

static struct code_place place_of(const struct code_job *job, uint32_t panel) {
    const struct linear *linear = job->pullback->linear;
    const uint32_t group = linear->in / linear->blocks, first = panel % job->block_panels * PANEL;
    const struct code_place place = {.block = job->first_block + panel / job->block_panels,
                                     .first = first,
                                     .count = group - first < PANEL ? group - first : PANEL,
                                     .quads = linear->block - first < PANEL ? 1 : 2};
    return place;
}

static const uint8_t *codes_at(const struct linear *linear, const struct code_place *place) {
    return linear->codes + ((size_t)place->block * linear->block + place->first) * PANEL;
}

/* The weights that turned codes stand for, in float32: [out8, 8]. */
static void restore_panel(const struct linear *linear, const struct code_place *place, float *turned) {
    const uint8_t *codes = codes_at(linear, place);
    for (uint32_t o = 0; o < linear->out8; o++) {
        const size_t panel = (size_t)(o / PANEL) * linear->blocks;
        const float scale = linear->scales[scale_index(o, place->block, linear->blocks)];
        for (uint32_t i = 0; i < PANEL; i++) {
            const uint8_t *quad = codes + panel * linear->block * PANEL + i / 4 * PANEL * 4;
            const float smooth = linear->smooth && i < place->count
                                     ? linear->smooth[place->block * (linear->in / linear->blocks) + place->first + i]
                                     : 1.0f;
            turned[o * PANEL + i] =
                i < place->count ? (float)(quad[o % PANEL * 4 + i % 4] - CODE_ZERO) * scale * smooth : 0.0f;
        }
    }
}

/* A panel of 8 inputs; where a block ends within it, it writes beyond, which the next block overwrites. */
static void pull_panel_q8(void *context, uint32_t panel, uint32_t thread) {
    const struct code_job *job = context;
    const struct pullback *p = job->pullback;
    const struct linear *linear = p->linear;
    const struct code_place place = place_of(job, panel);
    const uint32_t at = place.block * (linear->in / linear->blocks) + place.first;
    float *scales = scratch_of(p->train, thread);
    if (p->train->exact) {
        restore_panel(linear, &place, scales);
        KERNEL(gemm_f32)(p->dy, p->dy_stride, p->rows, linear->out8, scales, &plain, p->dx + at, p->dx_stride);
        return;
    }
    const struct quantized_rows rows = gradient_rows_of(p, panel / job->block_panels);
    uint8_t *turned = (uint8_t *)(scales + (size_t)rows.blocks * PANEL);
    for (uint32_t i = 0; i < rows.blocks * PANEL; i++) {
        const uint32_t k = i % PANEL;
        scales[i] = linear->smooth && k < place.count ? linear->smooth[at + k] : 1.0f;
    }
    KERNEL(turn_q8)(codes_at(linear, &place), (size_t)linear->blocks * linear->block * PANEL, linear->out8 / PANEL,
                    place.quads, turned);
    const struct q8_panel codes = {turned, scales, p->train->state.quantized.no_sums, NULL};
    KERNEL(gemm_q8)(&rows, &codes, &plain, p->dx + at, p->dx_stride);
}

static void pull_codes(const struct pullback *p) {
    const struct linear *linear = p->linear;
    const struct gradient_rows *room = &p->train->state.quantized;
    struct threads *threads = &p->train->tower->threads;
    const uint64_t scales = (uint64_t)p->rows * gradient_blocks(linear->out8);
    const uint64_t bytes = scales * gradient_block(linear->out8);
    uint64_t most = room->value_bytes / bytes;
    if (most > room->scale_count / scales) most = room->scale_count / scales;
    if (linear->in / linear->blocks % PANEL != 0) most = 1; /* panels write beyond their block: one after the other */
    struct code_job job = {.pullback = p, .block_panels = (linear->block + PANEL - 1) / PANEL};
    for (; job.first_block < linear->blocks; job.first_block += (uint32_t)most) {
        const uint32_t left = linear->blocks - job.first_block, count = left < most ? left : (uint32_t)most;
        threads_run(threads, quantize_rows, &job, count * row_tasks(p->rows));
        threads_run(threads, pull_panel_q8, &job, count * job.block_panels);
    }
}

/* ---- LoRA ---- */

/* The segments that have a LoRA pair, in their order. */
struct pairs {
    const struct pullback *pullback;
    const struct lora *lora[3];
    uint32_t first_output[3]; /* of the layer */
    uint32_t count, rank8, out8;
};

static struct pairs pairs_of(const struct pullback *p) {
    struct pairs pairs = {.pullback = p, .out8 = p->linear->out8 / p->segments};
    for (uint32_t i = 0; p->lora && i < p->segments; i++) {
        if (!p->lora[i].A) continue;
        pairs.lora[pairs.count] = &p->lora[i];
        pairs.first_output[pairs.count] = i * pairs.out8;
        pairs.rank8 = p->lora[i].rank8;
        pairs.count++;
    }
    return pairs;
}

/* turned_B: [pairs, rank8 / 8, out8, 8]; turned_A: [in8 / 8, pairs · rank8, 8]: task by task, a panel of one of them. */
static void turn_pairs(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct pairs *pairs = context;
    const struct train_state *state = &pairs->pullback->train->state;
    const uint32_t rank_panels = pairs->rank8 / PANEL, in = pairs->pullback->linear->in;
    if (task < pairs->count * rank_panels) {
        const struct lora *lora = pairs->lora[task / rank_panels];
        KERNEL(turn_f32)(lora->B + (size_t)(task % rank_panels) * PANEL * PANEL, (size_t)pairs->rank8 * PANEL,
                         pairs->out8 / PANEL, PANEL, state->turned_B + (size_t)task * pairs->out8 * PANEL);
        return;
    }
    const uint32_t first = (task - pairs->count * rank_panels) * PANEL, count = in - first < PANEL ? in - first : PANEL;
    float *turned = state->turned_A + (size_t)first * pairs->count * pairs->rank8;
    for (uint32_t i = 0; i < pairs->count; i++) {
        KERNEL(turn_f32)(pairs->lora[i]->A + (size_t)first * PANEL, (size_t)in * PANEL, rank_panels, count,
                         turned + (size_t)i * pairs->rank8 * PANEL);
    }
}

/* low = A x and low_gradient = Bᵀ dy for some rows: [rows, pairs · rank8]. */
static void reduce_rows(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct pairs *pairs = context;
    const struct pullback *p = pairs->pullback;
    const struct train_state *state = &p->train->state;
    const uint32_t first = task * ROWS_PER_TASK, in = p->linear->in, stride = state->low_stride;
    const uint32_t rows = p->rows - first < ROWS_PER_TASK ? p->rows - first : ROWS_PER_TASK;
    for (uint32_t panel = 0; panel < pairs->count * pairs->rank8 / PANEL; panel++) {
        const uint32_t i = panel * PANEL / pairs->rank8, within = panel - i * pairs->rank8 / PANEL;
        const size_t at = (size_t)first * stride + (size_t)panel * PANEL;
        KERNEL(gemm_f32)(p->x + (size_t)first * p->x_stride, p->x_stride, rows, in,
                         pairs->lora[i]->A + (size_t)within * in * PANEL, &plain, state->low + at, stride);
        KERNEL(gemm_f32)(p->dy + (size_t)first * p->dy_stride + pairs->first_output[i], p->dy_stride, rows, pairs->out8,
                         state->turned_B + (size_t)panel * pairs->out8 * PANEL, &plain, state->low_gradient + at,
                         stride);
    }
}

/* Inputs of A that one task sums the gradient of. */
enum { OUTER_INPUTS = 64 };

/* dB, a panel of outputs a task; then dA, a panel of ranks and some inputs a task. */
static void add_gradients(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct pairs *pairs = context;
    const struct pullback *p = pairs->pullback;
    const struct train *train = p->train;
    const struct train_state *state = &train->state;
    const uint32_t out_panels = pairs->out8 / PANEL, in = p->linear->in;
    if (task < pairs->count * out_panels) {
        const uint32_t i = task / out_panels, panel = task % out_panels;
        float *gradient = gradient_of(train, pairs->lora[i]->B) + (size_t)panel * pairs->rank8 * PANEL;
        KERNEL(outer_f32)(state->low + (size_t)i * pairs->rank8, state->low_stride, p->rows, pairs->rank8,
                          p->dy + pairs->first_output[i] + (size_t)panel * PANEL, p->dy_stride, gradient);
        return;
    }
    const uint32_t parts = (in + OUTER_INPUTS - 1) / OUTER_INPUTS, own = task - pairs->count * out_panels;
    const uint32_t rank_panel = own / parts, first = own % parts * OUTER_INPUTS;
    const uint32_t i = rank_panel * PANEL / pairs->rank8, within = rank_panel - i * pairs->rank8 / PANEL;
    const uint32_t count = in - first < OUTER_INPUTS ? in - first : OUTER_INPUTS;
    float *gradient = gradient_of(train, pairs->lora[i]->A) + ((size_t)within * in + first) * PANEL;
    KERNEL(outer_f32)(p->x + first, p->x_stride, p->rows, count, state->low_gradient + (size_t)rank_panel * PANEL,
                      state->low_stride, gradient);
}

/* dx += Aᵀ low_gradient for a panel of inputs. */
static void expand_panel(void *context, uint32_t panel, uint32_t thread) {
    (void)thread;
    const struct pairs *pairs = context;
    const struct pullback *p = pairs->pullback;
    const struct train_state *state = &p->train->state;
    const uint32_t low = pairs->count * pairs->rank8;
    KERNEL(gemm_f32)(state->low_gradient, state->low_stride, p->rows, low,
                     state->turned_A + (size_t)panel * low * PANEL, &added, p->dx + (size_t)panel * PANEL,
                     p->dx_stride);
}

void pull_back(const struct pullback *pullback) {
    struct pullback own = *pullback; /* jobs take a pointer that is not const */
    struct threads *threads = &own.train->tower->threads;
    struct pairs pairs = pairs_of(&own);
    const uint32_t in_panels = (own.linear->in + PANEL - 1) / PANEL;
    if (pairs.count) {
        const uint32_t rank_panels = pairs.count * pairs.rank8 / PANEL;
        const uint32_t parts = (own.linear->in + OUTER_INPUTS - 1) / OUTER_INPUTS;
        threads_run(threads, turn_pairs, &pairs, rank_panels + (own.dx ? in_panels : 0));
        threads_run(threads, reduce_rows, &pairs, row_tasks(own.rows));
        threads_run(threads, add_gradients, &pairs, pairs.count * pairs.out8 / PANEL + rank_panels * parts);
    }
    if (!own.dx) return;
    if (own.linear->codes) {
        pull_codes(&own);
    } else {
        threads_run(threads, pull_panel_f32, &own, in_panels);
    }
    if (pairs.count) threads_run(threads, expand_panel, &pairs, in_panels);
}
