#include "patches.h"

#include <string.h>

#include "linear.h"

/* In a q8 tower a pixel enters the product as the byte pixel - 128 with zero point -128, so nothing is lost:
 * W · (pixel/255 - mean)/std = Σ_c 1/(255 std_c) · W_c · pixel - Σ_c mean_c/std_c · Σ_k W_c[k].
 * The last term is the same for every patch: patch_bias. Codes, scales and sums hold W, colour by colour. */
void update_patch_bias(struct tower *tower) {
    const struct linear *patch = &tower->weights.patch;
    if (!patch->codes) return;
    for (uint32_t j = 0; j < patch->out8; j++) {
        float bias = 0.0f;
        for (uint32_t colour = 0; colour < 3; colour++) {
            const size_t index = scale_index(j, colour, 3);
            const float sum = patch->scales[index] * (float)patch->sums[index];
            bias -= tower->normalization.mean[colour] / tower->normalization.std[colour] * sum;
        }
        tower->state.patch_bias[j] = bias;
    }
}

struct patch_job {
    struct tower *tower;
    uint32_t views;
};

static const uint8_t *patch_pixels(const struct tower *tower, uint32_t view, uint32_t patch) {
    const struct tower_config *config = &tower->config;
    const uint32_t top = patch / config->grid * config->patch, left = patch % config->grid * config->patch;
    return tower->state.views + (((size_t)view * config->image + top) * config->image + left) * 3;
}

/* The quantised patches of one view. */
static struct quantized_rows patch_rows(const struct tower *tower, uint32_t view) {
    const uint32_t patches = tower->config.tokens - 1;
    struct quantized_rows rows = quantized_for(tower, &tower->weights.patch, patches);
    const size_t blocks = (size_t)view * patches * rows.blocks;
    rows.values += blocks * rows.block;
    rows.scale += blocks;
    rows.zero += blocks;
    rows.offset += blocks;
    return rows;
}

/* A patch as bytes, one block for each colour, rows of pixels one after the other. */
static void patch_to_bytes(const struct tower *tower, const uint8_t *pixels, uint32_t view, uint32_t patch) {
    const struct tower_config *config = &tower->config;
    const struct quantized_rows quantized = patch_rows(tower, view);
    const struct quantized_place place = quantized_place_of(&quantized, patch);
    for (uint32_t colour = 0; colour < 3; colour++) {
        const uint32_t end = (colour + 1) * quantized.block;
        uint32_t k = colour * quantized.block;
        int32_t sum = 0;
        for (uint32_t y = 0; y < config->patch; y++) {
            const uint8_t *line = pixels + (size_t)y * config->image * 3 + colour;
            for (uint32_t x = 0; x < config->patch; x++) {
                const int32_t value = (int32_t)line[x * 3] - 128;
                *quantized_value(&place, k++) = (int8_t)value;
                sum += value;
            }
        }
        while (k < end) *quantized_value(&place, k++) = 0;
        const uint32_t index = place.first + colour * place.rows;
        quantized.scale[index] = 1.0f / (255.0f * tower->normalization.std[colour]);
        quantized.zero[index] = -128;
        quantized.offset[index] = -CODE_ZERO * sum;
    }
}

/* A patch as normalised floats, for the exact path. */
static void patch_to_floats(const struct tower *tower, const uint8_t *pixels, float *target) {
    const struct tower_config *config = &tower->config;
    for (uint32_t colour = 0; colour < 3; colour++) {
        for (uint32_t y = 0; y < config->patch; y++) {
            const uint8_t *line = pixels + (size_t)y * config->image * 3 + colour;
            for (uint32_t x = 0; x < config->patch; x++) {
                *target++ = ((float)line[x * 3] / 255.0f - tower->normalization.mean[colour]) /
                            tower->normalization.std[colour];
            }
        }
    }
}

static void read_patch(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct patch_job *job = context;
    const struct tower *tower = job->tower;
    const uint32_t patches = tower->config.tokens - 1, view = task / patches, patch = task % patches;
    const uint8_t *pixels = patch_pixels(tower, view, patch);
    if (tower->weights.patch.codes) {
        patch_to_bytes(tower, pixels, view, patch);
    } else {
        patch_to_floats(tower, pixels, tower->state.hidden + (size_t)task * tower->config.patch_inputs);
    }
}

static void multiply_panel(const struct patch_job *job, uint32_t panel) {
    const struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const struct linear *linear = &tower->weights.patch;
    const uint32_t patches = config->tokens - 1, stride = row_stride(config->width);
    for (uint32_t view = 0; view < job->views; view++) {
        float *y = tower->state.residual + ((size_t)view * config->tokens + 1) * stride + (size_t)panel * PANEL;
        struct epilogue epilogue = {.activation = TOWER_IDENTITY};
        if (linear->codes) {
            const struct quantized_rows rows = patch_rows(tower, view);
            epilogue.bias = tower->state.patch_bias + (size_t)panel * PANEL;
            const struct q8_panel codes = panel_of(linear, panel, 1);
            KERNEL(gemm_q8)(&rows, &codes, &epilogue, y, stride);
        } else {
            KERNEL(gemm_f32)(tower->state.hidden + (size_t)view * patches * linear->in, linear->in, patches, linear->in,
                             linear->weight + (size_t)panel * linear->in * PANEL, &epilogue, y, stride);
        }
    }
}

static void multiply_patches(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct patch_job *job = context;
    const uint32_t panels = job->tower->weights.patch.out8 / PANEL, first = task * LINE_PANELS;
    for (uint32_t panel = first; panel < panels && panel < first + LINE_PANELS; panel++) multiply_panel(job, panel);
}

static void finish_token(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct patch_job *job = context;
    const struct tower *tower = job->tower;
    const struct tower_config *config = &tower->config;
    const struct tower_weights *weights = &tower->weights;
    const uint32_t token = task % config->tokens;
    float *x = tower->state.residual + (size_t)task * row_stride(config->width);
    if (token == 0) memcpy(x, weights->class_embedding, config->width * sizeof *x);
    KERNEL(add)(weights->position + (size_t)token * config->width, config->width, x);
    KERNEL(layer_norm)(x, config->width, weights->pre_norm.weight, weights->pre_norm.bias, config->norm_epsilon, x);
}

void embed_patches(struct tower *tower, uint32_t views) {
    struct patch_job job = {.tower = tower, .views = views};
    threads_run(&tower->threads, read_patch, &job, views * (tower->config.tokens - 1));
    threads_run(&tower->threads, multiply_patches, &job,
                round_up_to(tower->weights.patch.out8, LINE_PANELS * PANEL) / (LINE_PANELS * PANEL));
    threads_run(&tower->threads, finish_token, &job, views * tower->config.tokens);
}
