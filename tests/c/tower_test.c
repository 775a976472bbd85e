/* The tower in native code, under AddressSanitizer and UndefinedBehaviourSanitizer: configurations, names and shapes
 * that are refused, every missing tensor named, and the forward pass of odd sizes on both paths. What the numbers
 * should be is checked against PyTorch in tests/js/tower.test.mjs. */
#include "../../c_src/pack/calibrate.h"
#include "small_tower.h"

static void bind_lora(tower *tower, int32_t task, const char *name, uint32_t out, uint32_t in) {
    char full[80];
    static const char *const parts[2] = {".lora_A", ".lora_B"};
    const uint32_t shapes[2][3] = {{1, in, 8}, {up8(out) / 8, 8, 8}};
    for (int part = 0; part < 2; part++) {
        const uint32_t count = shapes[part][0] * shapes[part][1] * 8;
        float *data = (float *)(void *)tower_reserve(tower, count * 4);
        for (uint32_t i = 0; i < count; i++) data[i] = 0.2f * wave(i + (uint32_t)part);
        snprintf(full, sizeof full, "%s%s", name, parts[part]);
        CHECK(bind(tower, task, full, TOWER_F32, shapes[part], 3, data) == PERCEPT_OK);
    }
}

/* Configures a tower that has never been allocated; `changed` says what differs from a tiny one. */
static int32_t configure(tower *tower, void (*change)(struct tower_configuration *)) {
    struct tower_configuration given = {.width = 32,
                                        .layers = 1,
                                        .heads = 2,
                                        .mlp_width = 4,
                                        .patch = 4,
                                        .image = 8,
                                        .norm_epsilon = 1e-5f,
                                        .views = 1,
                                        .threads = 1};
    change(&given);
    return tower_configure(tower, &given);
}

static void no_change(struct tower_configuration *given) { (void)given; }
static void no_width(struct tower_configuration *given) { given->width = 0; }
static void odd_heads(struct tower_configuration *given) { given->heads = 3; }
static void odd_patch(struct tower_configuration *given) { given->patch = 3; }
static void relu(struct tower_configuration *given) { given->activation = TOWER_RELU; }
static void no_number(struct tower_configuration *given) { given->norm_epsilon = (float)NAN; }
static void no_views(struct tower_configuration *given) { given->views = 0; }
static void no_threads(struct tower_configuration *given) { given->threads = 0; }

static void test_configurations(void) {
    static void (*const refused[])(struct tower_configuration *) = {no_width,  odd_heads, odd_patch, relu,
                                                                    no_number, no_views,  no_threads};
    region_reset();
    tower *tower = tower_new();
    for (uint32_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        CHECK(configure(tower, refused[i]) == PERCEPT_BAD_ARGUMENT);
    }
    CHECK(configure(tower, no_width) == PERCEPT_BAD_ARGUMENT);
    CHECK(strstr(tower_message(tower), "width") != NULL);
    CHECK(tower_allocate(tower) == PERCEPT_WRONG_STATE);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_WRONG_STATE);
    CHECK(tower_ready(tower, TOWER_BASE) == PERCEPT_WRONG_STATE);
    /* A ViT-L/14 computes one view at a time, a ViT-B/32 six. */
    const struct tower_configuration large = {.width = 1024,
                                              .layers = 24,
                                              .heads = 16,
                                              .mlp_width = 4096,
                                              .patch = 14,
                                              .image = 224,
                                              .embedding = 768,
                                              .norm_epsilon = 1e-5f,
                                              .views = 15,
                                              .threads = 1};
    CHECK(tower_configure(tower, &large) == PERCEPT_OK);
    CHECK(tower_batch(tower) == 1);
    CHECK(tower_slots(tower) == 15 + 15); /* a picture's, and room for as many in single file */
    const struct tower_configuration base = {.width = 768,
                                             .layers = 12,
                                             .heads = 12,
                                             .mlp_width = 3072,
                                             .patch = 32,
                                             .image = 224,
                                             .embedding = 512,
                                             .norm_epsilon = 1e-5f,
                                             .views = 15,
                                             .threads = 1};
    CHECK(tower_configure(tower, &base) == PERCEPT_OK);
    CHECK(tower_batch(tower) == 6);
    CHECK(tower_slots(tower) == 15 + 18 + 6); /* 14 neighbours reach into three batches; the fourth is computed */
    /* A state larger than the region: refused before anything is carved, and a smaller one still works. */
    struct tower_configuration huge = large;
    huge.width = 8192;
    huge.mlp_width = 32768;
    huge.layers = 128;
    CHECK(tower_configure(tower, &huge) == PERCEPT_OK);
    CHECK(tower_state_bytes(tower) > 1e8);
    CHECK(tower_allocate(tower) == PERCEPT_OUT_OF_MEMORY);
    CHECK(configure(tower, no_change) == PERCEPT_OK);
    CHECK(tower_allocate(tower) == PERCEPT_OK);
    CHECK(tower_allocate(tower) == PERCEPT_WRONG_STATE);
    CHECK(tower_reserve(tower, 0xffffffffu) == NULL);
    CHECK(tower_reserve(tower, 64) != NULL);
}

static void test_refused_tensors(void) {
    tower *tower = small_tower();
    float *data = (float *)(void *)tower_reserve(tower, 8 * WIDTH * TOKENS);
    const uint32_t width[1] = {WIDTH}, short_width[1] = {WIDTH - 1}, swapped[2] = {WIDTH, TOKENS};
    CHECK(bind(tower, TOWER_BASE, "embeddings.class", TOWER_F32, short_width, 1, data) == PERCEPT_WRONG_SHAPE);
    CHECK(bind(tower, TOWER_BASE, "embeddings.class", TOWER_I32, width, 1, data) == PERCEPT_WRONG_SHAPE);
    CHECK(bind(tower, TOWER_BASE, "embeddings.position", TOWER_F32, swapped, 2, data) == PERCEPT_WRONG_SHAPE);
    CHECK(bind(tower, TOWER_BASE, "embeddings.classes", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(strstr(tower_message(tower), "embeddings.classes") != NULL);
    CHECK(bind(tower, TOWER_BASE, "", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, TOWER_BASE, "blocks.2.norm1.weight", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, TOWER_BASE, "blocks.01.norm1.weight", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, TOWER_BASE, "blocks.99999999999.norm1.weight", TOWER_F32, width, 1, data) ==
          PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, TOWER_BASE, "embeddings.patch.bias", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, 0, "embeddings.class", TOWER_F32, width, 1, data) == PERCEPT_UNKNOWN_TENSOR);
    CHECK(bind(tower, TASKS, "embeddings.class", TOWER_F32, width, 1, data) == PERCEPT_BAD_ARGUMENT);
    CHECK(bind(tower, TOWER_BASE, "embeddings.class", TOWER_F32, width, 0, data) == PERCEPT_BAD_ARGUMENT);
    CHECK(bind(tower, TOWER_BASE, "embeddings.class", TOWER_F32, width, 1, data + (1 << 24)) == PERCEPT_BAD_ARGUMENT);
    CHECK(bind(tower, TOWER_BASE, "embeddings.class", TOWER_F32, width, 1, (char *)data + 2) == PERCEPT_BAD_ARGUMENT);
    const uint32_t huge[5] = {0xffffffffu, 0xffffffffu, 0xffffffffu, 8, 4};
    CHECK(bind(tower, TOWER_BASE, "projection.codes", TOWER_U8, huge, 5, data) == PERCEPT_BAD_ARGUMENT);
    const uint32_t too_many_blocks[3] = {(EMBEDDING + 7) / 8, 9, 8}, A[3] = {1, WIDTH, 8}, B[3] = {5, 16, 8};
    CHECK(bind(tower, TOWER_BASE, "projection.scales", TOWER_F32, too_many_blocks, 3, data) == PERCEPT_WRONG_SHAPE);
    /* A tensor that is refused leaves no trace: its two groups do not bind the one of the next. */
    const uint32_t wrong_codes[5] = {1, 2, 1, 8, 4}, one_group[3] = {1, 1, 8};
    CHECK(tower_task_head_layer(tower, 1, 64, TOWER_RELU) == PERCEPT_OK);
    CHECK(tower_task_head_layer(tower, 1, 8, TOWER_RELU) == PERCEPT_OK);
    CHECK(bind(tower, 1, "head.1.codes", TOWER_U8, wrong_codes, 5, data) == PERCEPT_WRONG_SHAPE);
    CHECK(bind(tower, 1, "head.1.scales", TOWER_F32, one_group, 3, data) == PERCEPT_OK);
    CHECK(bind(tower, 0, "blocks.0.attention.query.lora_A", TOWER_F32, A, 3, data) == PERCEPT_OK);
    /* rank 16 beside 8 */
    CHECK(bind(tower, 0, "blocks.0.attention.query.lora_B", TOWER_F32, B, 3, data) == PERCEPT_WRONG_SHAPE);
    CHECK(tower_ready(tower, 0) == PERCEPT_MISSING_TENSOR);
    CHECK(strstr(tower_message(tower), "blocks.0.attention.query.lora_B") != NULL);
    CHECK(tower_ready(tower, TOWER_BASE) == PERCEPT_MISSING_TENSOR);
    CHECK(strstr(tower_message(tower), "embeddings.class") != NULL);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_MISSING_TENSOR);
}

/* Scores three views with everything at once: LoRA on each target, a head, the mean over views. */
static void score_three(tower *tower, double *raw, double *result) {
    CHECK(tower_forward(tower, 0, 0, 2) == PERCEPT_OK);
    CHECK(tower_task_begin(tower, 0) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 0) == PERCEPT_WRONG_STATE);
    CHECK(tower_task_head(tower, 0, 0, 2) == PERCEPT_OK);
    CHECK(tower_forward(tower, 0, 2, 1) == PERCEPT_OK);
    CHECK(tower_task_head(tower, 0, 2, 1) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 0) == PERCEPT_OK);
    memcpy(raw, tower_raw(tower), OUTPUTS * sizeof *raw);
    memcpy(result, tower_result(tower), OUTPUTS * sizeof *result);
}

static void run_path(linear_binder linear, double *raw) {
    static const char *const targets[6] = {"attention.query", "attention.key", "attention.value",
                                           "attention.out",   "mlp.fc1",       "mlp.fc2"};
    tower *tower = small_tower();
    char name[80];
    double result[OUTPUTS];
    bind_base(tower, linear);
    CHECK(tower_ready(tower, TOWER_BASE) == PERCEPT_OK);
    CHECK(normalize(tower, (float[]){0.5f, 0.4f, 0.3f}, (float[]){0.0f, 0.2f, 0.2f}) == PERCEPT_BAD_ARGUMENT);
    CHECK(normalize(tower, (float[]){0.5f, 0.4f, 0.3f}, (float[]){0.25f, 0.2f, 0.2f}) == PERCEPT_OK);
    CHECK(tower_task_head_layer(tower, 0, 11, TOWER_RELU) == PERCEPT_OK);
    CHECK(tower_task_head_layer(tower, 0, OUTPUTS, TOWER_IDENTITY) == PERCEPT_OK);
    CHECK(tower_task_head_layer(tower, 0, 0, TOWER_RELU) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_task_normalize(tower, 0, 1) == PERCEPT_OK);
    CHECK(tower_task_output_classes(tower, 0) == PERCEPT_OK);
    CHECK(tower_task_begin(tower, 0) == PERCEPT_MISSING_TENSOR);
    bind_linear_f32(tower, 0, "head.0", 11, EMBEDDING, 1);
    bind_linear_f32(tower, 0, "head.1", OUTPUTS, 11, 1);
    for (int i = 0; i < LAYERS; i++) {
        for (int target = 0; target < 6; target++) {
            snprintf(name, sizeof name, "blocks.%d.%s", i, targets[target]);
            bind_lora(tower, 0, name, target == 4 ? MLP : WIDTH, target == 5 ? MLP : WIDTH);
        }
    }
    bind_lora(tower, 0, "projection", EMBEDDING, WIDTH);
    fill_views(tower, 2);
    score_three(tower, raw, result);
    CHECK(fabs(result[0] + result[1] + result[2] - 1.0) < 1e-6);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 4) == PERCEPT_BAD_ARGUMENT); /* the batch is 3 */
    CHECK(tower_forward(tower, TOWER_BASE, -1, 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_forward(tower, TOWER_BASE, tower_slots(tower) - 1, 2) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_task_head(tower, 0, tower_slots(tower), 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_task_head(tower, 0, INT32_MAX, 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_forward(tower, TASKS, 0, 1) == PERCEPT_BAD_ARGUMENT);

    CHECK(tower_task_output_score(tower, 0, &(struct tower_score_scale){.from = {0, 1}, .to = {0, 1}}) == PERCEPT_OK);
    CHECK(tower_task_begin(tower, 0) == PERCEPT_WRONG_SHAPE); /* three outputs are no score */
    CHECK(tower_task_output_score(tower, 0, &(struct tower_score_scale){.from = {1, 1}, .to = {0, 1}}) ==
          PERCEPT_BAD_ARGUMENT);
    CHECK(tower_task_output_classes(tower, 0) == PERCEPT_OK);

    /* Finite weights whose products overflow come out as an error, not as a score. */
    bind_floats(tower, TOWER_BASE, "post_norm.weight", 3e38f, WIDTH, 0);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_NOT_FINITE);
}

static void test_both_paths(void) {
    double exact[OUTPUTS], quantized[OUTPUTS];
    run_path(bind_linear_f32, exact);
    run_path(bind_linear_q8, quantized);
    for (int i = 0; i < OUTPUTS; i++) CHECK(fabs(exact[i] - quantized[i]) < 0.05);
}

/* A score over views: the mean, mapped, with the standard error of the mean in the units of the result. */
static void test_score(void) {
    tower *tower = small_tower();
    bind_base(tower, bind_linear_f32);
    CHECK(tower_task_head_layer(tower, 1, 1, TOWER_IDENTITY) == PERCEPT_OK);
    bind_linear_f32(tower, 1, "head.0", 1, EMBEDDING, 1);
    CHECK(tower_task_output_score(tower, 1, &(struct tower_score_scale){.from = {-2.0, 2.0}, .to = {0.0, 10.0}}) ==
          PERCEPT_OK);
    CHECK(normalize(tower, (float[]){0.5f, 0.5f, 0.5f}, (float[]){0.3f, 0.3f, 0.3f}) == PERCEPT_OK);
    fill_views(tower, 3);
    CHECK(tower_forward(tower, 1, 0, 3) == PERCEPT_OK);
    CHECK(tower_task_begin(tower, 1) == PERCEPT_OK);
    CHECK(tower_task_head(tower, 1, 0, 1) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 1) == PERCEPT_OK);
    CHECK(isnan(tower_result(tower)[1])); /* one view has no standard error */
    CHECK(tower_task_begin(tower, 1) == PERCEPT_OK);
    CHECK(tower_task_head(tower, 1, 0, 3) == PERCEPT_OK);
    const float *views = tower_view_outputs(tower);
    const double a = (double)views[0], b = (double)views[1], c = (double)views[2], mean = (a + b + c) / 3.0;
    const double variance = ((a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean)) / 2.0;
    CHECK(tower_task_finish(tower, 1) == PERCEPT_OK);
    CHECK(fabs(tower_raw(tower)[0] - mean) < 1e-12);
    CHECK(fabs(tower_result(tower)[0] - (mean + 2.0) * 2.5) < 1e-12);
    CHECK(fabs(tower_result(tower)[1] - sqrt(variance / 3.0) * 2.5) < 1e-9);
    CHECK(tower_task_output_score(
              tower, 1, &(struct tower_score_scale){.from = {mean + 1.0, mean + 2.0}, .to = {0.0, 1.0}, .clamp = 1}) ==
          PERCEPT_OK);
    CHECK(tower_task_finish(tower, 1) == PERCEPT_OK);
    CHECK(tower_result(tower)[0] == 0.0); /* clamped */
    const struct tower_score_scale steep[] = {{.from = {0.0, 5e-324}, .to = {0.0, 1e308}},
                                              {.from = {0.0, 1e-320}, .to = {0.0, 1.0}, .clamp = 1}};
    for (int i = 0; i < 2; i++) CHECK(tower_task_output_score(tower, 1, &steep[i]) == PERCEPT_BAD_ARGUMENT);
    CHECK(tower_task_output_score(
              tower, 1, &(struct tower_score_scale){.from = {-1e6, 1.0 - 1e6}, .to = {0.0, 1e308}}) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 1) == PERCEPT_NOT_FINITE); /* a score beyond all numbers */
    /* And a standard error beyond them, of a score that is clamped. */
    const uint32_t shape[3] = {1, EMBEDDING, 8};
    float *head = (float *)(void *)tower_reserve(tower, 8 * EMBEDDING * 4);
    for (uint32_t i = 0; i < 8 * EMBEDDING; i++) head[i] = 1e30f * wave(i);
    CHECK(bind(tower, 1, "head.0.weight", TOWER_F32, shape, 3, head) == PERCEPT_OK);
    CHECK(tower_task_output_score(tower, 1,
                                  &(struct tower_score_scale){.from = {0.0, 1e-300}, .to = {0.0, 1.0}, .clamp = 1}) ==
          PERCEPT_OK);
    CHECK(tower_task_begin(tower, 1) == PERCEPT_OK && tower_task_head(tower, 1, 0, 3) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 1) == PERCEPT_NOT_FINITE);
    CHECK(tower_result(tower)[0] == 0.0 && tower_result(tower)[1] == 0.0);
    CHECK(tower_task_begin(tower, 1) == PERCEPT_OK && tower_task_head(tower, 1, 0, 1) == PERCEPT_OK);
    CHECK(tower_task_finish(tower, 1) == PERCEPT_OK); /* of one view there is none */
    CHECK(tower_thread_stack(tower, 1) == 0);         /* the caller is the only thread */
}

/* A task that is cleared is as it was before anything was said of it. */
static void test_clearing(void) {
    tower *tower = small_tower();
    const struct tower_score_scale scale = {.from = {0.0, 1.0}, .to = {0.0, 9.0}};
    CHECK(tower_task_clear(tower, TASKS) == PERCEPT_BAD_ARGUMENT &&
          tower_task_clear(tower, -1) == PERCEPT_BAD_ARGUMENT);
    for (int times = 0; times < 40; times++) { /* more often than a head may have layers */
        CHECK(tower_task_head_layer(tower, 1, 1, TOWER_IDENTITY) == PERCEPT_OK);
        CHECK(tower_task_normalize(tower, 1, 1) == PERCEPT_OK);
        CHECK(tower_task_output_score(tower, 1, &scale) == PERCEPT_OK);
        CHECK(tower_ready(tower, 1) == PERCEPT_MISSING_TENSOR);
        bind_linear_f32(tower, 1, "head.0", 1, EMBEDDING, 1);
        CHECK(tower_ready(tower, 1) == PERCEPT_OK && tower_task_results(tower, 1) == 2);
        CHECK(tower_task_clear(tower, 1) == PERCEPT_OK);
        CHECK(tower_task_outputs(tower, 1) == EMBEDDING && tower_task_results(tower, 1) == 0);
    }
}

/* Embeddings stay in their slots while others are computed, the last slot included. */
static void test_slots(void) {
    static float first[EMBEDDING], last[EMBEDDING];
    tower *tower = small_tower();
    bind_base(tower, bind_linear_f32);
    CHECK(normalize(tower, (float[]){0.5f, 0.5f, 0.5f}, (float[]){0.3f, 0.3f, 0.3f}) == PERCEPT_OK);
    fill_views(tower, 1);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_OK);
    memcpy(first, tower_embeddings(tower), sizeof first);
    tower_views(tower)[0] ^= 255;
    const int32_t slot = tower_slots(tower) - 1;
    CHECK(tower_forward(tower, TOWER_BASE, slot, 1) == PERCEPT_OK);
    memcpy(last, tower_embeddings(tower) + slot * EMBEDDING, sizeof last);
    CHECK(memcmp(tower_embeddings(tower), first, sizeof first) == 0);
    CHECK(memcmp(last, first, sizeof first) != 0);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_OK);
    CHECK(memcmp(tower_embeddings(tower), last, sizeof last) == 0);
}

/* The embeddings of the small tower's three views, by the adapter alone. */
static void embed_alone(tower *tower, int32_t adapter, float *embeddings) {
    CHECK(tower_forward(tower, adapter, 0, 3) == PERCEPT_OK);
    memcpy(embeddings, tower_embeddings(tower), 3 * EMBEDDING * sizeof *embeddings);
}

static int goes_on_to(tower *tower, int32_t adapter, int32_t views, const float *expected) {
    const int32_t before = (int32_t)tower_blocks_computed(tower);
    memset(tower_embeddings(tower), 0, 3 * EMBEDDING * sizeof *expected);
    CHECK(tower_forward_on(tower, adapter, 0, views) == PERCEPT_OK);
    CHECK(memcmp(tower_embeddings(tower), expected, (size_t)views * EMBEDDING * sizeof *expected) == 0);
    return (int32_t)tower_blocks_computed(tower) - before;
}

/* What adapters have in common is computed once, and they come out as alone. */
static void run_shared(linear_binder linear) {
    static float bare[3 * EMBEDDING], last[3 * EMBEDDING], all[3 * EMBEDDING];
    tower *tower = small_tower();
    bind_base(tower, linear);
    CHECK(normalize(tower, (float[]){0.5f, 0.5f, 0.5f}, (float[]){0.3f, 0.3f, 0.3f}) == PERCEPT_OK);
    bind_lora(tower, 0, "blocks.0.mlp.fc1", MLP, WIDTH);
    bind_lora(tower, 1, "blocks.1.attention.query", WIDTH, WIDTH);
    CHECK(LAYERS == 2 && tower_first_adapted(tower, 0) == 0 && tower_first_adapted(tower, 1) == 1);
    CHECK(tower_first_adapted(tower, TOWER_BASE) == LAYERS && tower_first_adapted(tower, TASKS) == 0);
    fill_views(tower, 3);
    CHECK(tower_forward_on(tower, TOWER_BASE, 0, 1) == PERCEPT_WRONG_STATE); /* from nothing */
    embed_alone(tower, TOWER_BASE, bare);
    CHECK(tower_forward_on(tower, 1, 0, 3) == PERCEPT_WRONG_STATE); /* it stands behind the last block */
    embed_alone(tower, 1, last);
    embed_alone(tower, 0, all);
    CHECK(memcmp(bare, last, sizeof bare) != 0 && memcmp(last, all, sizeof last) != 0);
    CHECK(goes_on_to(tower, 0, 3, all) == 2 * 3);
    CHECK(goes_on_to(tower, 1, 3, last) == 2 * 3); /* the trunk's first block, and its own last one */
    CHECK(goes_on_to(tower, 1, 2, last) == 2);
    CHECK(goes_on_to(tower, TOWER_BASE, 1, bare) == 1);
    CHECK(goes_on_to(tower, 1, 3, last) == 3); /* one view that went on has not taken the others' place */
    CHECK(tower_forward_on(tower, 0, 0, 3) == PERCEPT_WRONG_STATE);
    CHECK(goes_on_to(tower, TOWER_BASE, 3, bare) == 3);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 2) == PERCEPT_OK);
    CHECK(tower_forward_on(tower, TOWER_BASE, 0, 3) == PERCEPT_WRONG_STATE); /* more views than there were */
    CHECK(normalize(tower, (float[]){0.5f, 0.5f, 0.5f}, (float[]){0.3f, 0.3f, 0.3f}) == PERCEPT_OK);
    CHECK(tower_forward_on(tower, TOWER_BASE, 0, 2) == PERCEPT_WRONG_STATE);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 2) == PERCEPT_OK);
    bind_floats(tower, TOWER_BASE, "post_norm.bias", 0.0f, WIDTH, 0);
    CHECK(tower_forward_on(tower, TOWER_BASE, 0, 2) == PERCEPT_WRONG_STATE);
}

static void test_shared(void) {
    run_shared(bind_linear_f32);
    run_shared(bind_linear_q8);
}

static void test_halves(void) {
    const float source[8] = {0.0f, -0.0f, 1.0f, -65504.0f, 6.1035156e-5f, 5.9604645e-8f, 0.333251953125f, 2049.0f};
    const float expected[8] = {0.0f, -0.0f, 1.0f, -65504.0f, 6.1035156e-5f, 5.9604645e-8f, 0.333251953125f, 2048.0f};
    uint16_t halves[8];
    float widened[8];
    CHECK(pack_f16(source, halves, 8) == PERCEPT_OK);
    tower_expand_f16(halves, widened, 8);
    CHECK(memcmp(widened, expected, sizeof expected) == 0);
    const float beyond = 65520.0f, not_a_number = (float)NAN;
    CHECK(pack_f16(&beyond, halves, 1) == PERCEPT_NOT_FINITE);
    CHECK(pack_f16(&not_a_number, halves, 1) == PERCEPT_NOT_FINITE);
}

/* A q4 layer expands to codes whose sums are those that were packed, and keeps its weights to about a fourteenth of each
 * group's largest. */
static void test_q4(void) {
    enum { OUT = 11, IN = 128, BLOCKS = 2, GROUPS = IN / 32, UNIT = 136 };
    static float weights[OUT * IN], back[OUT * IN], scales[16 * BLOCKS];
    static uint8_t units[2 * GROUPS * UNIT], codes[16 * IN];
    static int32_t sums[16 * BLOCKS];
    make_weights(weights, OUT, IN, 5);

    struct pack_layer layer = {
        .weights = weights, .out = OUT, .in = IN, .blocks = BLOCKS, .codes = units, .scales = scales, .sums = sums};
    CHECK(pack_q4(&layer, NULL, NULL) == PERCEPT_OK);
    tower_expand_q4(units, codes, 2 * GROUPS);
    layer.codes = codes;
    CHECK(unpack_q8(&layer, back) == PERCEPT_OK);
    layer.codes = units;
    double error = 0.0, power = 0.0;
    for (uint32_t i = 0; i < OUT * IN; i++) {
        error += (double)((back[i] - weights[i]) * (back[i] - weights[i]));
        power += (double)(weights[i] * weights[i]);
    }
    CHECK(error / power < 0.0028); /* 0.00258 as measured: 25.9 dB */
    for (uint32_t row = 0; row < OUT; row++) {
        for (uint32_t b = 0; b < BLOCKS; b++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < IN / BLOCKS; k++) {
                sum += codes[(((row / 8 * BLOCKS + b) * IN / BLOCKS + k / 4 * 4) * 8) + row % 8 * 4 + k % 4] - 64;
            }
            CHECK(sum == sums[(row / 8 * BLOCKS + b) * 8 + row % 8]);
        }
    }
    for (uint32_t i = 0; i < 16 * IN; i++) CHECK(codes[i] >= 1 && codes[i] <= 127);
    layer.blocks = 8; /* groups of 16 */
    CHECK(pack_q4(&layer, NULL, NULL) == PERCEPT_BAD_ARGUMENT);
    layer.blocks = BLOCKS;
    weights[3] = (float)NAN;
    CHECK(pack_q4(&layer, NULL, NULL) == PERCEPT_NOT_FINITE);
    /* Bytes that no packer writes still expand to codes that the exact dot product allows. */
    for (uint32_t i = 0; i < UNIT; i++) units[i] = (uint8_t)(i * 37);
    tower_expand_q4(units, codes, 1);
    for (uint32_t i = 0; i < 256; i++) CHECK(codes[i] >= 1 && codes[i] <= 127);
}

/* What the modules tell of themselves fits its buffer and names every field. */
static void test_layouts(void) {
    static const char *const told[] = {"\"norm_epsilon\":{\"type\":\"float\"",
                                       "\"from\":{\"type\":\"double\",\"offset\":0,\"count\":2}",
                                       "\"quick_gelu\":0",
                                       "\"NOT_FINITE\"",
                                       "\"mean\"",
                                       "\"base\":-1"};
    const char *info = tower_info();
    for (uint32_t i = 0; i < sizeof told / sizeof *told; i++) CHECK(strstr(info, told[i]) != NULL);
    CHECK(strcmp(info + strlen(info) - 3, "}}}") == 0);
    CHECK(strstr(pack_info(), "\"sums\":{\"type\":\"int32_t *\"") != NULL);
    CHECK(strcmp(pack_info() + strlen(pack_info()) - 3, "}}}") == 0);
    CHECK(info == tower_info() && strlen(info) == strlen(tower_info())); /* it stays as it is */
}

static void test_known_answer(void) {
    tower *tower = small_tower();
    CHECK(tower_known_answer() == 1);
    tower_exercise(0, 2);
    CHECK(tower_choose_way(tower, tower_ways() - 1) == PERCEPT_OK);
    CHECK(tower_choose_way(tower, tower_ways()) == PERCEPT_BAD_ARGUMENT);
}

/* Calibration takes no more views than the tower computes together. */
static void test_calibrated_views(void) {
    tower *tower = small_tower();
    bind_base(tower, bind_linear_f32);
    fill_views(tower, 3);
    CHECK(calibrate_embed(tower, 3) == PERCEPT_OK);
    const int32_t refused[] = {-1, 0, 4};
    for (int i = 0; i < 3; i++) {
        CHECK(calibrate_embed(tower, refused[i]) == PERCEPT_BAD_ARGUMENT);
        CHECK(calibrate_block(tower, refused[i], NULL, NULL) == PERCEPT_BAD_ARGUMENT);
    }
}

int main(int argc, char **argv) {
    RUN(test_configurations);
    RUN(test_refused_tensors);
    RUN(test_both_paths);
    RUN(test_score);
    RUN(test_clearing);
    RUN(test_slots);
    RUN(test_shared);
    RUN(test_layouts);
    RUN(test_halves);
    RUN(test_q4);
    RUN(test_known_answer);
    RUN(test_calibrated_views);
    return check_report(argc, argv);
}
