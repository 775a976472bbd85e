/* A tower's life before its weights: sizes checked, memory measured, every buffer carved. */
#include <string.h>

#include "attention.h"
#include "lora.h"
#include "patches.h"
#include "tower.h"

#ifndef PERCEPT_BUILD
#define PERCEPT_BUILD "native"
#endif

/* Activations, a byte each, of the rows that are computed together: each panel of weights is multiplied with all of them,
 * so that they should stay in a second-level cache, which has half a MiB to two. One view of a ViT-L/14 fills it, six of a
 * ViT-B/32 do. */
enum { ACTIVATION_BYTES = 1 << 20 };

const char *tower_info(void) {
    // clang-format off
    return "{\"version\":\"" PERCEPT_VERSION "\",\"build\":\"" PERCEPT_BUILD "\",\"statuses\":" STATUS_NAMES_JSON
           ",\"limits\":{\"width\":" STATUS_LITERAL_OF(TOWER_LIMIT_WIDTH)
           ",\"layers\":" STATUS_LITERAL_OF(TOWER_LIMIT_LAYERS)
           ",\"image\":" STATUS_LITERAL_OF(TOWER_LIMIT_IMAGE)
           ",\"tasks\":" STATUS_LITERAL_OF(TOWER_LIMIT_TASKS)
           ",\"batch\":" STATUS_LITERAL_OF(TOWER_LIMIT_BATCH)
           ",\"threads\":" STATUS_LITERAL_OF(TOWER_LIMIT_THREADS)
           ",\"rank\":" STATUS_LITERAL_OF(TOWER_LIMIT_RANK)
           ",\"headLayers\":" STATUS_LITERAL_OF(TOWER_LIMIT_HEAD_LAYERS)
           ",\"outputs\":" STATUS_LITERAL_OF(TOWER_LIMIT_OUTPUTS) "}}";
    // clang-format on
}

tower *tower_new(void) {
    struct arena arena = arena_open();
    tower *tower = arena_take(&arena, sizeof *tower);
    if (!tower || tower->arena.begin) return NULL; /* what a tower has used is not zero any more */
    tower->arena = arena;
    for (uint32_t colour = 0; colour < 3; colour++) tower->std[colour] = 1.0f;
    return tower;
}

const char *tower_message(const tower *tower) { return tower->message.text; }

static int32_t refuse(struct tower *tower, const char *name, int32_t value) {
    return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "%s may not be %d", name, value);
}

static uint32_t highest(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t choose_batch(const struct tower_config *config, int32_t batch) {
    const uint32_t widest = highest(highest(config->width, config->mlp_width), config->patch_inputs);
    uint32_t preferred = ACTIVATION_BYTES / widest / config->tokens;
    if (preferred < 1) preferred = 1;
    if (preferred > TOWER_LIMIT_BATCH) preferred = TOWER_LIMIT_BATCH;
    return batch > 0 && (uint32_t)batch < preferred ? (uint32_t)batch : preferred;
}

int32_t tower_configure(tower *tower, int32_t width, int32_t layers, int32_t heads, int32_t mlp_width, int32_t patch,
                        int32_t image, int32_t embedding, int32_t activation, float norm_epsilon, int32_t tasks,
                        int32_t batch, int32_t threads) {
    if (tower->stage == TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "a tower is configured before it is allocated");
    }
    if (width < 1 || width > TOWER_LIMIT_WIDTH) return refuse(tower, "width", width);
    if (layers < 1 || layers > TOWER_LIMIT_LAYERS) return refuse(tower, "layers", layers);
    if (heads < 1 || heads > width || width % heads != 0) return refuse(tower, "heads", heads);
    if (mlp_width < 1 || mlp_width > 4 * TOWER_LIMIT_WIDTH) return refuse(tower, "mlp_width", mlp_width);
    if (image < 1 || image > TOWER_LIMIT_IMAGE) return refuse(tower, "image", image);
    if (patch < 1 || patch > image || image % patch != 0 || image / patch > 128) return refuse(tower, "patch", patch);
    if (embedding < 0 || embedding > TOWER_LIMIT_WIDTH) return refuse(tower, "embedding", embedding);
    if (activation != TOWER_QUICK_GELU && activation != TOWER_GELU) return refuse(tower, "activation", activation);
    if (!(norm_epsilon > 0.0f && norm_epsilon < 1.0f)) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "norm_epsilon must lie between 0 and 1");
    }
    if (tasks < 0 || tasks > TOWER_LIMIT_TASKS) return refuse(tower, "tasks", tasks);
    if (batch < 0 || batch > TOWER_LIMIT_BATCH) return refuse(tower, "batch", batch);
    if (threads < 1 || threads > TOWER_LIMIT_THREADS) return refuse(tower, "threads", threads);

    struct tower_config *config = &tower->config;
    memset(config, 0, sizeof *config);
    config->width = (uint32_t)width;
    config->layers = (uint32_t)layers;
    config->heads = (uint32_t)heads;
    config->head_width = config->width / config->heads;
    config->mlp_width = (uint32_t)mlp_width;
    config->patch = (uint32_t)patch;
    config->image = (uint32_t)image;
    config->grid = config->image / config->patch;
    config->tokens = 1 + config->grid * config->grid;
    config->patch_inputs = 3 * config->patch * config->patch;
    config->embedding = (uint32_t)embedding;
    config->embedding_width = embedding ? config->embedding : config->width;
    config->activation = activation;
    config->norm_epsilon = norm_epsilon;
    config->tasks = (uint32_t)tasks;
    config->batch = choose_batch(config, batch);
    config->threads = (uint32_t)threads;
    tower->stage = TOWER_CONFIGURED;
    return message_clear(&tower->message);
}

/* Enough for either path, and whole cache lines for each thread. */
static uint64_t attention_scratch_bytes(const struct tower_config *config) {
    const uint64_t exact = attention_f32_bytes(config), quantized = attention_i16_bytes(config);
    return ((exact > quantized ? exact : quantized) + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
}

static void *take_floats(struct arena *arena, uint64_t count) { return arena_take(arena, count * sizeof(float)); }

/* Every buffer of the state and the tables of weights, from `arena`; the same walk measures and carves. */
static void carve(struct tower *tower, struct arena *arena) {
    const struct tower_config *config = &tower->config;
    struct tower_state *state = &tower->state;
    const uint64_t batch = config->batch, rows = batch * config->tokens;
    const uint32_t width8 = round_up_to(config->width, PANEL);
    const uint32_t embedding8 = round_up_to(config->embedding_width, PANEL);
    const uint32_t outputs = highest(embedding8, TOWER_LIMIT_OUTPUTS);
    const uint32_t inner = highest(highest(3 * width8, config->mlp_width), highest(config->patch_inputs, embedding8));
    const uint32_t widest =
        highest(highest(config->width, config->mlp_width), 3 * round_up_to(config->patch * config->patch, 4));
    const uint64_t threads = config->threads;

    tower->weights.blocks = arena_take(arena, (uint64_t)config->layers * sizeof *tower->weights.blocks);
    tower->tasks = arena_take(arena, (uint64_t)config->tasks * sizeof *tower->tasks);
    for (uint32_t i = 0; i < config->tasks; i++) {
        struct block_adapter *adapter = arena_take(arena, (uint64_t)config->layers * sizeof *adapter);
        if (tower->tasks) tower->tasks[i].adapter = adapter;
    }
    state->views = arena_take(arena, batch * config->image * config->image * 3);
    state->residual = take_floats(arena, rows * row_stride(width8));
    state->normed = take_floats(arena, rows * row_stride(width8));
    state->hidden = take_floats(arena, rows * row_stride(inner));
    state->quantized.values = arena_take(arena, rows * QUANTIZED_BYTES(widest));
    state->quantized.scale = take_floats(arena, rows * QUANTIZED_BLOCKS(widest));
    state->quantized.zero = take_floats(arena, rows * QUANTIZED_BLOCKS(widest));
    state->quantized.offset = take_floats(arena, rows * QUANTIZED_BLOCKS(widest));
    state->low_rank = take_floats(arena, rows * lora_stride(config));
    state->patch_bias = take_floats(arena, width8);
    state->attention_bytes = attention_scratch_bytes(config);
    state->attention = arena_take(arena, threads * state->attention_bytes);
    state->embeddings = take_floats(arena, batch * embedding8);
    state->head_input = take_floats(arena, batch * outputs);
    state->head_output = take_floats(arena, batch * outputs);
    state->view_outputs = take_floats(arena, batch * outputs);
    state->raw_sum = arena_take(arena, outputs * sizeof(double));
    state->raw = arena_take(arena, outputs * sizeof(double));
    state->result = arena_take(arena, outputs * sizeof(double));
    state->stacks = arena_take(arena, threads * THREAD_STACK);
}

double tower_state_bytes(const tower *tower) {
    if (tower->stage == TOWER_EMPTY) return 0.0;
    struct tower copy = *tower;
    struct arena counting = arena_measure(&tower->arena);
    carve(&copy, &counting);
    return (double)((uint64_t)(uintptr_t)counting.begin + counting.used);
}

int32_t tower_batch(const tower *tower) { return (int32_t)tower->config.batch; }

int32_t tower_allocate(tower *tower) {
    if (tower->stage != TOWER_CONFIGURED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "a tower is allocated once, after tower_configure");
    }
    struct arena counting = arena_measure(&tower->arena);
    struct tower copy = *tower;
    carve(&copy, &counting);
    if (!region_extend(counting.used)) {
        return message_fail(&tower->message, PERCEPT_OUT_OF_MEMORY, "the tower's state does not fit into memory");
    }
    carve(tower, &tower->arena);
    bind_sizes(tower);
    tower->threads.count = (int32_t)tower->config.threads;
    tower->stage = TOWER_ALLOCATED;
    return message_clear(&tower->message);
}

uint8_t *tower_reserve(tower *tower, uint32_t bytes) {
    uint8_t *taken = arena_take(&tower->arena, bytes);
    if (!taken) {
        message_fail(&tower->message, PERCEPT_OUT_OF_MEMORY, "there is no memory for %u more bytes of weights", bytes);
    }
    return taken;
}

int32_t tower_set_normalization(tower *tower, float mean_red, float mean_green, float mean_blue, float std_red,
                                float std_green, float std_blue) {
    if (!(std_red > 0.0f && std_green > 0.0f && std_blue > 0.0f)) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "the pixels' std must be above 0");
    }
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    if (ready != PERCEPT_OK) return ready;
    const float mean[3] = {mean_red, mean_green, mean_blue}, std[3] = {std_red, std_green, std_blue};
    memcpy(tower->mean, mean, sizeof mean);
    memcpy(tower->std, std, sizeof std);
    update_patch_bias(tower);
    return message_clear(&tower->message);
}

int32_t tower_choose_way(tower *tower, int32_t way) {
    if (way < 0 || way >= tower_ways()) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT,
                            "this build has no way %d to compute the int8 product", way);
    }
    tower->state.quantized.way = way;
    return message_clear(&tower->message);
}

uint8_t *tower_views(tower *tower) { return tower->state.views; }

void tower_thread_main(tower *tower, int32_t index) { threads_serve(&tower->threads, (uint32_t)index); }

void tower_stop_threads(tower *tower) { threads_stop(&tower->threads); }

uint32_t tower_thread_stack(const tower *tower, int32_t index) {
    if (tower->stage != TOWER_ALLOCATED || index < 0 || index >= (int32_t)tower->config.threads) return 0;
    return (uint32_t)(uintptr_t)(tower->state.stacks + ((size_t)index + 1) * THREAD_STACK);
}
