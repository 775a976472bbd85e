/* The trainer in native code, under AddressSanitizer and UndefinedBehaviourSanitizer: what is refused, memory, slopes
 * against the loss itself, int8 gradients against float ones, and the same bits in whatever parts a step comes. What the
 * gradients should be is checked against PyTorch in tests/js/train-gradients.test.mjs. */
#include <stdlib.h>

#include "../../c_src/train/trainer.h"
#include "small_tower.h"

enum { PICTURES = 3, STEP_VIEWS = 5, ITEMS = 3, SLOTS = 5, ALL = (1 << LORA_TARGETS) - 1 };

static const uint32_t PICTURE_OF[STEP_VIEWS] = {0, 1, 1, 2, 0};

static const struct train_configuration TAUGHT = {.first_block = 0,
                                                  .targets = ALL,
                                                  .rank = 3,
                                                  .projection_rank = 2,
                                                  .slots = SLOTS,
                                                  .pictures = PICTURES,
                                                  .items = ITEMS,
                                                  .normalize = 1,
                                                  .head_layers = 3,
                                                  .head_outputs = {9, 10, 2},
                                                  .head_activations = {TOWER_GELU, TOWER_RELU, TOWER_IDENTITY}};

static const struct train_rule RULE = {.rate_A = 0.01f,
                                       .rate_B = 0.02f,
                                       .rate_head = 0.01f,
                                       .beta1 = 0.9f,
                                       .beta2 = 0.99f,
                                       .epsilon = 1e-8f,
                                       .decay = 0.1f,
                                       .most = 1.0f};

/* A tower whose batch is `batch`, with a trainer that has seeded parameters, B included. */
static train *small_trainer(linear_binder linear, const struct train_configuration *taught, int32_t batch) {
    region_reset();
    tower *tower = tower_new();
    struct tower_configuration configuration = SMALL;
    configuration.batch = batch;
    CHECK(tower_configure(tower, &configuration) == PERCEPT_OK);
    CHECK(tower_allocate(tower) == PERCEPT_OK);
    train *train = train_new(tower);
    CHECK(train_configure(train, taught) == PERCEPT_OK);
    const double bytes = train_bytes(train), before = (double)tower->arena.used;
    CHECK(train_allocate(train, 1) == PERCEPT_OK);
    const double taken = (double)tower->arena.used - before;
    CHECK(taken >= bytes && taken <= bytes + 2 * ARENA_ALIGNMENT); /* a gap behind it, where memory is poisoned */
    bind_base(tower, linear);
    const float mean[3] = {0.5f, 0.4f, 0.3f}, std[3] = {0.2f, 0.3f, 0.4f};
    CHECK(normalize(tower, mean, std) == PERCEPT_OK);
    CHECK(train_seed(train, 7) == PERCEPT_OK);
    for (uint32_t i = 0; i < train->tensors; i++) {
        const struct train_tensor *tensor = &train->state.tensors[i];
        if (tensor->group != GROUP_B) continue;
        float *B = train->state.parameters + tensor->offset;
        const uint32_t rank8 = tensor->shape[1], out = tensor->target == LORA_FC1       ? MLP
                                                       : tensor->target == LORA_TARGETS ? EMBEDDING
                                                                                        : WIDTH;
        for (uint32_t row = 0; row < out; row++) {
            for (uint32_t k = 0; k < tensor->rank; k++)
                B[(row / 8 * rank8 + k) * 8 + row % 8] = 0.3f * wave(row * 31 + k);
        }
    }
    return train;
}

static void put_prefix(train *train, int32_t slot, uint32_t first, uint32_t views) {
    const size_t bytes = (size_t)IMAGE * IMAGE * 3;
    static uint8_t pixels[STEP_VIEWS * IMAGE * IMAGE * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)((uint32_t)i * 2654435761u >> 24);
    memcpy(tower_views(train->tower), pixels + first * bytes, views * bytes);
    CHECK(train_prefix(train, slot, (int32_t)views) == PERCEPT_OK);
    memcpy(train_pictures(train, slot), PICTURE_OF + first, views * sizeof(uint32_t));
}

static void put_items(train *train, int32_t kind) {
    const struct train_item scores[ITEMS] = {{0, 0, 1.5f, 1.0f}, {1, 0, -2.0f, 0.5f}, {2, 0, 0.7f, 2.0f}};
    const struct train_item pairs[ITEMS] = {{0, 1, 1.0f, 1.0f}, {1, 2, 0.0f, 2.0f}, {2, 0, 0.5f, 1.0f}};
    const struct train_item classes[ITEMS] = {{0, 1, 0.0f, 1.0f}, {1, 0, 0.0f, 0.5f}, {2, 1, 0.0f, 2.0f}};
    memcpy(train_items(train), kind == TRAIN_PAIRS ? pairs : kind == TRAIN_CLASSES ? classes : scores, sizeof scores);
}

/* Forward and loss over all views; in parts of the tower's batch, each in a slot of its own while there are slots. */
static double forward(train *train, int32_t kind) {
    const uint32_t batch = train->tower->config.batch;
    CHECK(train_begin(train, PICTURES) == PERCEPT_OK);
    for (uint32_t first = 0, part = 0; first < STEP_VIEWS; first += batch, part++) {
        const uint32_t views = STEP_VIEWS - first < batch ? STEP_VIEWS - first : batch;
        const int32_t slot = (int32_t)(part % train->config.slots);
        put_prefix(train, slot, first, views);
        CHECK(train_forward(train, slot, (int32_t)views) == PERCEPT_OK);
    }
    put_items(train, kind);
    CHECK(train_loss(train, kind, 0.4f, ITEMS) == PERCEPT_OK);
    return train_loss_value(train);
}

static void backward(train *train) {
    const uint32_t batch = train->tower->config.batch, parts = (STEP_VIEWS + batch - 1) / batch;
    for (uint32_t part = 0; part < parts; part++) {
        const uint32_t first = part * batch, views = STEP_VIEWS - first < batch ? STEP_VIEWS - first : batch;
        const int32_t slot = (int32_t)(part % train->config.slots);
        if (parts > train->config.slots) { /* the slot was used again since */
            put_prefix(train, slot, first, views);
            CHECK(train_forward(train, slot, (int32_t)views) == PERCEPT_OK);
        }
        CHECK(train_backward(train, slot, (int32_t)views) == PERCEPT_OK);
    }
}

static double step(train *train, int32_t kind) {
    const double loss = forward(train, kind);
    backward(train);
    return loss;
}

static float *copy_of(const float *values, uint32_t count) {
    float *copy = malloc(count * sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static double dot(const float *a, const float *b, uint32_t count) {
    double sum = 0.0;
    for (uint32_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Along each tensor's gradient the loss must rise as fast as the gradient is long. */
static void test_slopes(void) {
    for (int32_t kind = TRAIN_SQUARED; kind <= TRAIN_CLASSES; kind++) {
        train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
        step(train, kind);
        const uint32_t count = train->count;
        float *gradients = copy_of(train->state.gradients, count),
              *parameters = copy_of(train->state.parameters, count);
        const double whole = sqrt(dot(gradients, gradients, count));
        for (uint32_t i = 0; i < train->tensors; i++) {
            const struct train_tensor *tensor = &train->state.tensors[i];
            const uint32_t floats = tensor->shape[0] * tensor->shape[1] * tensor->shape[2];
            const float *gradient = gradients + tensor->offset;
            const double length = sqrt(dot(gradient, gradient, floats)), by = 0.01;
            double losses[2];
            if (length < 1e-3 * whole) continue; /* lost in the loss's rounding */
            for (int side = 0; side < 2; side++) {
                memcpy(train->state.parameters, parameters, count * sizeof(float));
                for (uint32_t k = 0; k < floats; k++) {
                    train->state.parameters[tensor->offset + k] +=
                        (float)((side ? by : -by) * (double)gradient[k] / length);
                }
                losses[side] = forward(train, kind);
            }
            const double slope = (losses[1] - losses[0]) / (2.0 * by);
            if (fabs(slope - length) > 0.03 * length + 1e-3 * whole)
                printf("%s: %g, not %g\n", train_tensor_name(train, (int32_t)i), slope, length);
            CHECK(fabs(slope - length) <= 0.03 * length + 1e-3 * whole);
        }
        free(gradients);
        free(parameters);
    }
}

/* Gradients add view after view onto what is there: in whatever parts, from however few slots. */
static void test_parts(void) {
    const linear_binder binders[2] = {bind_linear_f32, bind_linear_q8};
    for (int path = 0; path < 2; path++) {
        train *train = small_trainer(binders[path], &TAUGHT, 3);
        const double loss = step(train, TRAIN_HUBER);
        const uint32_t count = train->count;
        float *whole = copy_of(train->state.gradients, count);
        CHECK(dot(whole, whole, count) > 0.0);
        struct train_configuration few = TAUGHT;
        for (int32_t slots = 1; slots <= SLOTS; slots += 4) {
            few.slots = slots;
            train = small_trainer(binders[path], &few, 1);
            CHECK(step(train, TRAIN_HUBER) == loss);
            CHECK(memcmp(train->state.gradients, whole, count * sizeof(float)) == 0);
        }
        free(whole);
    }
}

/* int8 gradients point where float ones of the same codes do, also where groups of inputs end amid a panel. */
static void test_codes(void) {
    train *train = small_trainer(bind_linear_q8, &TAUGHT, 3);
    CHECK(train->tower->weights.blocks[0].fc2.blocks == 2 && MLP / 2 % 8 != 0);
    step(train, TRAIN_SQUARED);
    float *codes = copy_of(train->state.gradients, train->count);
    CHECK(train_exact(train, 1) == PERCEPT_OK);
    step(train, TRAIN_SQUARED);
    const float *exact = train->state.gradients;
    const uint32_t count = train->count;
    const double cosine = dot(codes, exact, count) / sqrt(dot(codes, codes, count) * dot(exact, exact, count));
    CHECK(cosine > 0.9995);
    CHECK(cosine < 1.0 - 1e-9); /* they do differ */
    free(codes);
}

/* What lies beyond rank, outputs and inputs stays zero, and the task scores with what was learned. */
static void test_learning(void) {
    train *train = small_trainer(bind_linear_q8, &TAUGHT, 3);
    const double first = step(train, TRAIN_CLASSES);
    for (int i = 0; i < 12; i++) {
        CHECK(train_update(train, &RULE) == PERCEPT_OK);
        step(train, TRAIN_CLASSES);
    }
    CHECK(train_steps(train) == 12);
    CHECK(train_loss_value(train) < 0.5 * first);
    for (uint32_t i = 0; i < train->tensors; i++) {
        const struct train_tensor *tensor = &train->state.tensors[i];
        const float *parameters = train->state.parameters + tensor->offset;
        float beyond = 0.0f;
        for (uint32_t k = 0; k < tensor->shape[0] * tensor->shape[1] * tensor->shape[2]; k++) {
            const uint32_t row = k / (tensor->shape[1] * 8) * 8 + k % 8, column = k / 8 % tensor->shape[1];
            if (tensor->group == GROUP_A && row >= tensor->rank) beyond += fabsf(parameters[k]);
            if (tensor->group == GROUP_B && column >= tensor->rank) beyond += fabsf(parameters[k]);
        }
        CHECK(beyond == 0.0f);
    }
    put_prefix(train, 0, 0, 1);
    CHECK(tower_forward(train->tower, 1, 0, 1) == PERCEPT_OK);
    CHECK(tower_task_begin(train->tower, 1) == PERCEPT_OK && tower_task_head(train->tower, 1, 0, 1) == PERCEPT_OK);
    CHECK(train_begin(train, PICTURES) == PERCEPT_OK && train_forward(train, 0, 1) == PERCEPT_OK);
    CHECK(memcmp(train_outputs(train), tower_view_outputs(train->tower), 2 * sizeof(float)) == 0);
}

/* A run that stopped goes on with the same bits. */
static void test_resuming(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    float *parameters = NULL, *moments = NULL, *expected = NULL;
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            parameters = copy_of(train_parameters(train), train->count);
            moments = copy_of(train_moments(train), 2 * train->count);
        }
        step(train, TRAIN_PAIRS);
        CHECK(train_update(train, &RULE) == PERCEPT_OK);
    }
    expected = copy_of(train_parameters(train), train->count);
    train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    memcpy(train_parameters(train), parameters, train->count * sizeof(float));
    memcpy(train_moments(train), moments, 2 * train->count * sizeof(float));
    CHECK(train_set_steps(train, 2) == PERCEPT_OK);
    step(train, TRAIN_PAIRS);
    CHECK(train_update(train, &RULE) == PERCEPT_OK);
    CHECK(memcmp(train_parameters(train), expected, train->count * sizeof(float)) == 0);
    free(parameters);
    free(moments);
    free(expected);
}

/* Each subset of targets, from each first block, on both paths: nothing is read that was not written. */
static void test_subsets(void) {
    const linear_binder binders[2] = {bind_linear_f32, bind_linear_q8};
    for (int32_t targets = 0; targets <= ALL; targets++) {
        struct train_configuration taught = TAUGHT;
        taught.targets = targets;
        taught.first_block = targets == 0 ? LAYERS : targets % LAYERS;
        taught.projection_rank = targets % 3 == 0 ? 9 : 0;
        taught.rank = 1 + targets % 10;
        train *train = small_trainer(binders[targets / 2 % 2], &taught, 3);
        step(train, TRAIN_SQUARED);
        CHECK(train_gradient_norm(train) > 0.0);
        CHECK(train_update(train, &RULE) == PERCEPT_OK);
    }
}

/* A lesson after another: the task is empty between them, and the memory is the same. */
static void test_releasing(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    tower *tower = train->tower;
    CHECK(train_configure(train, &TAUGHT) == PERCEPT_WRONG_STATE); /* not while it teaches */
    const double loss = step(train, TRAIN_SQUARED);
    float *parameters = copy_of(train_parameters(train), train->count),
          *gradients = copy_of(train_gradients(train), train->count);
    const uint64_t used = tower->arena.used;
    struct train_configuration small = TAUGHT;
    small.rank = 1;
    small.head_layers = 1;
    for (int lesson = 0; lesson < 3; lesson++) {
        CHECK(train_release(train) == PERCEPT_OK && train_release(train) == PERCEPT_OK);
        CHECK(tower_task_outputs(tower, 1) == EMBEDDING && tower->tasks[1].has_adapter == 0);
        CHECK(train_begin(train, 1) == PERCEPT_WRONG_STATE);
        CHECK(train_configure(train, &small) == PERCEPT_OK && train_allocate(train, 1) == PERCEPT_OK);
        CHECK(tower_task_outputs(tower, 1) == small.head_outputs[0]);
        CHECK(train_gradient_norm(train) == 0.0 && train_parameters(train)[0] == 0.0f);
        CHECK(train_release(train) == PERCEPT_OK);
        CHECK(train_configure(train, &TAUGHT) == PERCEPT_OK && train_allocate(train, 1) == PERCEPT_OK);
        CHECK(tower->arena.used == used);
        memcpy(train_parameters(train), parameters, train->count * sizeof(float));
        CHECK(step(train, TRAIN_SQUARED) == loss);
        CHECK(memcmp(train_gradients(train), gradients, train->count * sizeof(float)) == 0);
    }
    free(parameters);
    free(gradients);
}

/* What the trainer lent itself is changed by nobody else, and is as it was after whoever tries. */
static void test_lent_task(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    tower *tower = train->tower;
    const uint32_t weight[3] = {2, EMBEDDING, 8}, A[3] = {1, WIDTH, 8};
    float *own = (float *)(void *)tower_reserve(tower, 16 * WIDTH * 4);
    const double loss = step(train, TRAIN_SQUARED), norm = train_gradient_norm(train);
    CHECK(bind(tower, 1, "head.0.weight", TOWER_F32, weight, 3, own) == PERCEPT_WRONG_STATE);
    CHECK(strstr(tower_message(tower), "train_release") != NULL);
    CHECK(bind(tower, 1, "blocks.0.attention.query.lora_A", TOWER_F32, A, 3, own) == PERCEPT_WRONG_STATE);
    CHECK(tower_task_clear(tower, 1) == PERCEPT_WRONG_STATE);
    CHECK(tower_task_head_layer(tower, 1, 1, TOWER_RELU) == PERCEPT_WRONG_STATE);
    CHECK(tower_task_normalize(tower, 1, 0) == PERCEPT_WRONG_STATE);
    CHECK(step(train, TRAIN_SQUARED) == loss && train_gradient_norm(train) == norm);
    CHECK(tower_task_clear(tower, 0) == PERCEPT_OK); /* another task is anybody's */
    CHECK(train_release(train) == PERCEPT_OK);
    CHECK(tower_task_clear(tower, 1) == PERCEPT_OK && tower_task_head_layer(tower, 1, 9, TOWER_RELU) == PERCEPT_OK);
    CHECK(bind(tower, 1, "head.0.weight", TOWER_F32, weight, 3, own) == PERCEPT_OK);
}

/* A slot's gradient is that of its last forward pass in this step, and is added once. */
static void test_slots(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    forward(train, TRAIN_SQUARED); /* three views in slot 0, two in slot 1 */
    memcpy(train_pictures(train, 2), PICTURE_OF, sizeof *PICTURE_OF);
    CHECK(train_backward(train, 2, 1) == PERCEPT_WRONG_STATE); /* nothing lies there */
    CHECK(train_backward(train, 0, 2) == PERCEPT_WRONG_STATE && train_backward(train, 1, 3) == PERCEPT_WRONG_STATE);
    CHECK(train_gradient_norm(train) == 0.0);
    CHECK(train_backward(train, 0, 3) == PERCEPT_OK && train_backward(train, 0, 3) == PERCEPT_WRONG_STATE);
    put_prefix(train, 1, 3, 2);
    CHECK(train_backward(train, 1, 2) == PERCEPT_WRONG_STATE); /* another input */
    CHECK(train_forward(train, 1, 2) == PERCEPT_OK && train_backward(train, 1, 2) == PERCEPT_OK);
    CHECK(train_forward(train, 1, 2) == PERCEPT_OK && train_more(train, PICTURES) == PERCEPT_OK);
    CHECK(train_forward(train, 0, 3) == PERCEPT_OK);
    put_items(train, TRAIN_SQUARED);
    CHECK(train_loss(train, TRAIN_SQUARED, 0.4f, 2) == PERCEPT_OK); /* of pictures 0 and 1 */
    train_pictures(train, 1)[0] = train_pictures(train, 1)[1] = 0;
    CHECK(train_backward(train, 1, 2) == PERCEPT_WRONG_STATE); /* from before train_more */
    CHECK(train_backward(train, 0, 3) == PERCEPT_OK);
}

/* A step that goes on with other pictures adds their gradient; with the same ones it is twice as long. */
static void test_more(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    CHECK(train_more(train, PICTURES) == PERCEPT_WRONG_STATE);
    const double loss = step(train, TRAIN_SQUARED), norm = train_gradient_norm(train);
    CHECK(train_more(train, PICTURES + 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_more(train, PICTURES) == PERCEPT_OK);
    const uint32_t batch = train->tower->config.batch;
    for (uint32_t first = 0, part = 0; first < STEP_VIEWS; first += batch, part++) {
        const uint32_t views = STEP_VIEWS - first < batch ? STEP_VIEWS - first : batch;
        const int32_t slot = (int32_t)(part % train->config.slots);
        put_prefix(train, slot, first, views);
        CHECK(train_forward(train, slot, (int32_t)views) == PERCEPT_OK);
    }
    put_items(train, TRAIN_SQUARED);
    CHECK(train_loss(train, TRAIN_SQUARED, 0.4f, ITEMS) == PERCEPT_OK && train_loss_value(train) == loss);
    backward(train);
    CHECK(fabs(train_gradient_norm(train) - 2.0 * norm) < 1e-5 * norm);
    CHECK(train_update(train, &RULE) == PERCEPT_OK);
}

static int32_t configure(train *train, void (*change)(struct train_configuration *)) {
    struct train_configuration given = TAUGHT;
    change(&given);
    return train_configure(train, &given);
}

static void no_rank(struct train_configuration *given) { given->rank = 0; }
static void wide_rank(struct train_configuration *given) { given->rank = 41; }
static void wide_projection(struct train_configuration *given) { given->projection_rank = 41; }
static void no_target(struct train_configuration *given) { given->targets = 0; }
static void seventh_target(struct train_configuration *given) { given->targets = 64; }
static void late_block(struct train_configuration *given) { given->first_block = LAYERS + 1; }
static void no_blocks(struct train_configuration *given) { given->first_block = LAYERS; }
static void no_slots(struct train_configuration *given) { given->slots = 0; }
static void many_pictures(struct train_configuration *given) { given->pictures = TRAIN_LIMIT_PICTURES + 1; }
static void no_items(struct train_configuration *given) { given->items = 0; }
static void no_head(struct train_configuration *given) { given->head_layers = 0; }
static void deep_head(struct train_configuration *given) { given->head_layers = TRAIN_LIMIT_HEAD_LAYERS + 1; }
static void no_outputs(struct train_configuration *given) { given->head_outputs[2] = 0; }
static void quick_head(struct train_configuration *given) { given->head_activations[1] = TOWER_QUICK_GELU; }

static void test_configurations(void) {
    void (*const changes[])(struct train_configuration *) = {
        no_rank,  wide_rank,     wide_projection, no_target, seventh_target, late_block, no_blocks,
        no_slots, many_pictures, no_items,        no_head,   deep_head,      no_outputs, quick_head};
    region_reset();
    tower *tower = tower_new();
    train *train = train_new(tower);
    CHECK(train_configure(train, &TAUGHT) == PERCEPT_WRONG_STATE);
    CHECK(tower_configure(tower, &SMALL) == PERCEPT_OK);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        CHECK(configure(train, changes[i]) == PERCEPT_BAD_ARGUMENT);
        CHECK(tower_message(tower)[0] != 0);
    }
    CHECK(train_bytes(train) == 0.0);
    CHECK(train_configure(train, &TAUGHT) == PERCEPT_OK);
    CHECK(train_bytes(train) > 0.0);
    const int32_t parameters = train_parameter_count(train);
    CHECK(parameters > 0);
    CHECK(train_gradient_norm(train) == 0.0);               /* nothing is there yet that it could read */
    CHECK(train_allocate(train, 0) == PERCEPT_WRONG_STATE); /* the tower first */
    struct tower_configuration shallow = SMALL;
    shallow.layers = 1;
    CHECK(tower_configure(tower, &shallow) == PERCEPT_OK && train_bytes(train) == 0.0);
    CHECK(tower_configure(tower, &shallow) == PERCEPT_OK && tower_allocate(tower) == PERCEPT_OK);
    CHECK(train_allocate(train, 0) == PERCEPT_WRONG_STATE); /* it was checked against a deeper one */
    region_reset();
    tower = tower_new();
    train = train_new(tower);
    CHECK(tower_configure(tower, &SMALL) == PERCEPT_OK && train_configure(train, &TAUGHT) == PERCEPT_OK);
    CHECK(tower_allocate(tower) == PERCEPT_OK);
    CHECK(train_begin(train, 1) == PERCEPT_WRONG_STATE && train_seed(train, 1) == PERCEPT_WRONG_STATE);
    CHECK(train_input(train, 0) == NULL && train_pictures(train, 0) == NULL && train_tensor_shape(train, 0) == NULL);
    CHECK(train_allocate(train, TASKS) == PERCEPT_BAD_ARGUMENT);
    region_grant(0);
    CHECK(train_allocate(train, 0) == PERCEPT_OUT_OF_MEMORY);
    region_grant(-1);
    CHECK(tower_task_head_layer(tower, 0, 3, TOWER_RELU) == PERCEPT_OK);
    CHECK(train_allocate(train, 0) == PERCEPT_BAD_ARGUMENT); /* a task with a head of its own */
    CHECK(train_allocate(train, 1) == PERCEPT_OK && train_parameter_count(train) == parameters);
    CHECK(train_allocate(train, 1) == PERCEPT_WRONG_STATE && train_configure(train, &TAUGHT) == PERCEPT_WRONG_STATE);
    CHECK(train_prefix(train, 0, 1) == PERCEPT_MISSING_TENSOR);
}

/* The largest tower that tower_configure takes has more LoRA of the highest rank than an int32_t counts. */
static void test_too_many_parameters(void) {
    region_reset();
    tower *tower = tower_new();
    struct tower_configuration huge = SMALL;
    huge.width = TOWER_LIMIT_WIDTH;
    huge.mlp_width = 4 * TOWER_LIMIT_WIDTH;
    huge.layers = TOWER_LIMIT_LAYERS;
    huge.heads = TOWER_LIMIT_WIDTH / 64;
    CHECK(tower_configure(tower, &huge) == PERCEPT_OK);
    train *train = train_new(tower);
    struct train_configuration most = TAUGHT;
    most.first_block = 0;
    most.targets = 63;
    most.rank = TOWER_LIMIT_RANK;
    CHECK(train_configure(train, &most) == PERCEPT_BAD_ARGUMENT);
    CHECK(strstr(tower_message(tower), "parameters") != NULL);
    CHECK(train_bytes(train) == 0.0);
    most.rank = 16;
    CHECK(train_configure(train, &most) == PERCEPT_OK);
}

static void test_tensors(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    int32_t next = 0;
    for (int32_t i = 0; i < train_tensors(train); i++) {
        const uint32_t *shape = train_tensor_shape(train, i);
        CHECK(train_tensor_offset(train, i) == next);
        next += (int32_t)(shape[0] * shape[1] * shape[2]);
    }
    CHECK(next == train_parameter_count(train));
    CHECK(strcmp(train_tensor_name(train, 0), "blocks.0.attention.query.lora_A") == 0);
    CHECK(strcmp(train_tensor_name(train, train_tensors(train) - 1), "head.2.bias") == 0);
    CHECK(train_tensor_name(train, -1)[0] == 0 && train_tensor_offset(train, train_tensors(train)) == -1);
    float *first = copy_of(train_parameters(train), train->count);
    CHECK(train_seed(train, 8) == PERCEPT_OK);
    CHECK(memcmp(first, train_parameters(train), train->count * sizeof(float)) != 0);
    free(first);
}

static void test_refused_steps(void) {
    train *train = small_trainer(bind_linear_f32, &TAUGHT, 3);
    struct train_item *items = train_items(train);
    CHECK(train_forward(train, 0, 1) == PERCEPT_WRONG_STATE && train_loss(train, 0, 0.0f, 1) == PERCEPT_WRONG_STATE);
    CHECK(train_backward(train, 0, 1) == PERCEPT_WRONG_STATE && train_update(train, &RULE) == PERCEPT_WRONG_STATE);
    CHECK(train_begin(train, 0) == PERCEPT_BAD_ARGUMENT && train_begin(train, PICTURES + 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_begin(train, 2) == PERCEPT_OK);
    CHECK(train_forward(train, SLOTS, 1) == PERCEPT_BAD_ARGUMENT && train_forward(train, 0, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_prefix(train, -1, 1) == PERCEPT_BAD_ARGUMENT && train_prefix(train, 0, 0) == PERCEPT_BAD_ARGUMENT);
    put_prefix(train, 0, 0, 1);
    train_pictures(train, 0)[0] = 2;
    CHECK(train_forward(train, 0, 1) == PERCEPT_BAD_ARGUMENT);
    train_pictures(train, 0)[0] = 0;
    CHECK(train_forward(train, 0, 1) == PERCEPT_OK);
    const struct train_item wrong[] = {
        {1, 0, 0.0f, 1.0f}, {2, 0, 0.0f, 1.0f}, {0, 0, (float)NAN, 1.0f}, {0, 0, 0.0f, (float)INFINITY}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        items[0] = wrong[i]; /* no views, no picture, no numbers */
        CHECK(train_loss(train, TRAIN_SQUARED, 0.0f, 1) == PERCEPT_BAD_ARGUMENT);
    }
    items[0] = (struct train_item){0, 1, 1.0f, 1.0f};
    CHECK(train_loss(train, TRAIN_PAIRS, 0.0f, 1) == PERCEPT_BAD_ARGUMENT); /* the other has no views */
    items[0].other = 2;
    CHECK(train_loss(train, TRAIN_CLASSES, 0.0f, 1) == PERCEPT_BAD_ARGUMENT); /* there are two classes */
    CHECK(train_loss(train, 4, 0.0f, 1) == PERCEPT_BAD_ARGUMENT &&
          train_loss(train, -1, 0.0f, 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_loss(train, TRAIN_HUBER, 0.0f, 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_loss(train, TRAIN_SQUARED, 0.0f, ITEMS + 1) == PERCEPT_BAD_ARGUMENT);
    CHECK(train_loss(train, TRAIN_SQUARED, 0.0f, 1) == PERCEPT_OK);
    CHECK(train_loss(train, TRAIN_SQUARED, 0.0f, 1) == PERCEPT_WRONG_STATE);
    train_pictures(train, 0)[0] = 1;
    CHECK(train_backward(train, 0, 1) == PERCEPT_BAD_ARGUMENT); /* a picture without outputs */
    train_pictures(train, 0)[0] = 0;
    CHECK(train_backward(train, 0, 1) == PERCEPT_OK);
    struct train_rule rule = RULE;
    rule.beta2 = 1.0f;
    CHECK(train_update(train, &rule) == PERCEPT_BAD_ARGUMENT);
    rule = RULE;
    rule.rate_head = (float)NAN;
    CHECK(train_update(train, &rule) == PERCEPT_BAD_ARGUMENT && train_set_steps(train, -1) == PERCEPT_BAD_ARGUMENT);
    float *before = copy_of(train_parameters(train), train->count);
    train->state.gradients[5] = (float)INFINITY;
    CHECK(train_update(train, &RULE) == PERCEPT_NOT_FINITE);
    CHECK(memcmp(before, train_parameters(train), train->count * sizeof(float)) == 0 && train_steps(train) == 0);
    free(before);
}

int main(int argc, char **argv) {
    RUN(test_configurations);
    RUN(test_too_many_parameters);
    RUN(test_tensors);
    RUN(test_refused_steps);
    RUN(test_slopes);
    RUN(test_parts);
    RUN(test_codes);
    RUN(test_learning);
    RUN(test_resuming);
    RUN(test_subsets);
    RUN(test_releasing);
    RUN(test_lent_task);
    RUN(test_slots);
    RUN(test_more);
    return check_report(argc, argv);
}
