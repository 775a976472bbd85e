/* A tower's life before its weights: sizes checked, memory measured, every buffer carved. */
#include <string.h>

#include "attention.h"
#include "lora.h"
#include "patches.h"
#include "tower.h"

/* Activations, a byte each, of the rows that are computed together: each panel of weights is multiplied with all of them,
 * so that they should stay in a second-level cache, which has half a MiB to two. One view of a ViT-L/14 fills it, six of a
 * ViT-B/32 do. */
enum { ACTIVATION_BYTES = 1 << 20 };

tower *tower_new(void) {
    struct arena arena = arena_open();
    tower *tower = arena_take(&arena, sizeof *tower);
    if (!tower || tower->arena.begin) return NULL; /* what a tower has used is not zero any more */
    tower->arena = arena;
    for (uint32_t colour = 0; colour < 3; colour++) tower->normalization.std[colour] = 1.0f;
    return tower;
}

const char *tower_message(const tower *tower) { return tower->message.text; }

static int32_t refuse(struct tower *tower, const char *name, int32_t value) {
    return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "Its %s may not be %d.", name, value);
}

static uint32_t choose_batch(const struct tower_config *config, int32_t batch) {
    const uint32_t widest = larger_of(larger_of(config->width, config->mlp_width), config->patch_inputs);
    uint32_t preferred = ACTIVATION_BYTES / widest / config->tokens;
    if (preferred < 1) preferred = 1;
    if (preferred > TOWER_LIMIT_BATCH) preferred = TOWER_LIMIT_BATCH;
    return batch > 0 && (uint32_t)batch < preferred ? (uint32_t)batch : preferred;
}

/* `views`, and a ring of whole batches: views - 1 of the last ones stay while the next batch is computed. */
static uint32_t choose_slots(const struct tower_config *config, uint32_t views) {
    return views + round_up_to(views - 1, config->batch) + config->batch;
}

/* Says the first size that is out of range, or does not fit the others. */
static int32_t check_sizes(struct tower *tower, const struct tower_configuration *given) {
    const struct {
        const char *name;
        int32_t value, least, most;
    } ranges[] = {
        {"width", given->width, 1, TOWER_LIMIT_WIDTH},
        {"layers", given->layers, 1, TOWER_LIMIT_LAYERS},
        {"heads", given->heads, 1, given->width},
        {"mlp_width", given->mlp_width, 1, 4 * TOWER_LIMIT_WIDTH},
        {"image", given->image, 1, TOWER_LIMIT_IMAGE},
        {"patch", given->patch, 1, given->image},
        {"embedding", given->embedding, 0, TOWER_LIMIT_WIDTH},
        {"activation", given->activation, TOWER_QUICK_GELU, TOWER_GELU},
        {"tasks", given->tasks, 0, TOWER_LIMIT_TASKS},
        {"views", given->views, 1, TOWER_LIMIT_VIEWS},
        {"batch", given->batch, 0, TOWER_LIMIT_BATCH},
        {"threads", given->threads, 1, TOWER_LIMIT_THREADS},
    };
    for (uint32_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most) {
            return refuse(tower, ranges[i].name, ranges[i].value);
        }
    }
    if (given->width % given->heads != 0) return refuse(tower, "heads", given->heads);
    if (given->image % given->patch != 0 || given->image / given->patch > TOWER_LIMIT_GRID) {
        return refuse(tower, "patch", given->patch);
    }
    if (!(given->norm_epsilon > 0.0f && given->norm_epsilon < 1.0f)) {
        return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "Its norm_epsilon must lie between 0 and 1.");
    }
    return PERCEPT_OK;
}

int32_t tower_configure(tower *tower, const struct tower_configuration *given) {
    if (tower->stage == TOWER_ALLOCATED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_configure before tower_allocate.");
    }
    const int32_t status = check_sizes(tower, given);
    if (status != PERCEPT_OK) return status;
    struct tower_config *config = &tower->config;
    memset(config, 0, sizeof *config);
    config->width = (uint32_t)given->width;
    config->layers = (uint32_t)given->layers;
    config->heads = (uint32_t)given->heads;
    config->head_width = config->width / config->heads;
    config->mlp_width = (uint32_t)given->mlp_width;
    config->patch = (uint32_t)given->patch;
    config->image = (uint32_t)given->image;
    config->grid = config->image / config->patch;
    config->tokens = 1 + config->grid * config->grid;
    config->patch_inputs = 3 * config->patch * config->patch;
    config->embedding = (uint32_t)given->embedding;
    config->embedding_width = given->embedding ? config->embedding : config->width;
    config->activation = given->activation;
    config->norm_epsilon = given->norm_epsilon;
    config->tasks = (uint32_t)given->tasks;
    config->batch = choose_batch(config, given->batch);
    config->threads = (uint32_t)given->threads;
    config->slots = choose_slots(config, (uint32_t)given->views);
    tower->configurations++;
    tower->stage = TOWER_CONFIGURED;
    return message_clear(&tower->message);
}

/* Enough for either path, and whole cache lines for each thread. */
static uint64_t attention_scratch_bytes(const struct tower_config *config) {
    const uint64_t exact = attention_f32_bytes(config), quantized = attention_i16_bytes(config);
    return arena_round_up(exact > quantized ? exact : quantized);
}

/* Every buffer of the state and the tables of weights, from `arena`; the same walk measures and carves. */
static void carve(struct tower *tower, struct arena *arena) {
    const struct tower_config *config = &tower->config;
    struct tower_state *state = &tower->state;
    const uint64_t batch = config->batch, rows = batch * config->tokens;
    const uint32_t width8 = round_up_to(config->width, PANEL);
    const uint32_t embedding8 = round_up_to(config->embedding_width, PANEL);
    const uint32_t outputs = larger_of(embedding8, TOWER_LIMIT_OUTPUTS);
    const uint32_t inner =
        larger_of(larger_of(3 * width8, config->mlp_width), larger_of(config->patch_inputs, embedding8));
    const uint32_t widest =
        larger_of(larger_of(config->width, config->mlp_width), 3 * round_up_to(config->patch * config->patch, 4));
    const uint64_t threads = config->threads;

    tower->weights.blocks = arena_take(arena, (uint64_t)config->layers * sizeof *tower->weights.blocks);
    tower->tasks = arena_take(arena, (uint64_t)config->tasks * sizeof *tower->tasks);
    for (uint32_t i = 0; i < config->tasks; i++) {
        struct block_adapter *adapter = arena_take(arena, (uint64_t)config->layers * sizeof *adapter);
        if (tower->tasks) tower->tasks[i].adapter = adapter;
    }
    state->views = arena_take(arena, batch * config->image * config->image * 3);
    state->residual = arena_take_floats(arena, rows * row_stride(width8));
    state->trunk = arena_take_floats(arena, rows * row_stride(width8));
    state->normed = arena_take_floats(arena, rows * row_stride(width8));
    state->hidden = arena_take_floats(arena, rows * row_stride(inner));
    state->quantized.values = arena_take(arena, rows * QUANTIZED_BYTES(widest));
    state->quantized.scale = arena_take_floats(arena, rows * QUANTIZED_BLOCKS(widest));
    state->quantized.zero = arena_take(arena, rows * QUANTIZED_BLOCKS(widest) * sizeof(int32_t));
    state->quantized.offset = arena_take(arena, rows * QUANTIZED_BLOCKS(widest) * sizeof(int32_t));
    state->low_rank = arena_take_floats(arena, rows * lora_stride(config));
    state->patch_bias = arena_take_floats(arena, width8);
    state->attention_bytes = attention_scratch_bytes(config);
    state->attention = arena_take(arena, threads * state->attention_bytes);
    state->embeddings = arena_take_floats(arena, (uint64_t)config->slots * config->embedding_width);
    state->head_input = arena_take_floats(arena, batch * outputs);
    state->head_output = arena_take_floats(arena, batch * outputs);
    state->view_outputs = arena_take_floats(arena, batch * outputs);
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

int32_t tower_slots(const tower *tower) { return (int32_t)tower->config.slots; }

int32_t tower_allocate(tower *tower) {
    if (tower->stage != TOWER_CONFIGURED) {
        return message_fail(&tower->message, PERCEPT_WRONG_STATE, "Call tower_allocate once, after tower_configure.");
    }
    struct arena counting = arena_measure(&tower->arena);
    struct tower copy = *tower;
    carve(&copy, &counting);
    if (!region_extend(counting.used)) {
        return message_fail(&tower->message, PERCEPT_OUT_OF_MEMORY, "The tower's state does not fit into memory.");
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
        message_fail(&tower->message, PERCEPT_OUT_OF_MEMORY, "There is no memory for %u more bytes of weights.", bytes);
    }
    return taken;
}

int32_t tower_set_normalization(tower *tower, const struct tower_normalization *given) {
    for (uint32_t colour = 0; colour < 3; colour++) {
        if (!(given->std[colour] > 0.0f)) {
            return message_fail(&tower->message, PERCEPT_BAD_ARGUMENT, "The std of its pixels must be above 0.");
        }
    }
    const int32_t ready = tower_ready(tower, TOWER_BASE);
    if (ready != PERCEPT_OK) return ready;
    tower->normalization = *given;
    tower->trunk_views = 0;
    update_patch_bias(tower);
    return message_clear(&tower->message);
}

uint8_t *tower_views(tower *tower) { return tower->state.views; }

void tower_thread_main(tower *tower, int32_t index) { threads_serve(&tower->threads, (uint32_t)index); }

void tower_stop_threads(tower *tower) { threads_stop(&tower->threads); }

uint32_t tower_thread_stack(const tower *tower, int32_t index) {
    if (tower->stage != TOWER_ALLOCATED || index < 0 || index >= (int32_t)tower->config.threads) return 0;
    return (uint32_t)(uintptr_t)(tower->state.stacks + ((size_t)index + 1) * THREAD_STACK);
}
