/* train.h: lessons, steps and their order are the fuzzer's, also with numbers that are none. */
#include "subject.h"

/* Floats of a parameter that is disturbed at once. */
enum { DISTURBED = 3 };

static int32_t first_block_for(const struct subject *subject, int32_t targets, struct stream *stream) {
    const int32_t layers = subject->sizes.layers;
    return targets == 0 ? layers : take_number(stream, 0, layers > 1 ? layers - 1 : 0);
}

static void configure(struct subject *subject, struct stream *stream) {
    struct train_configuration given = {.targets = take_number(stream, 0, 63)};
    given.first_block = first_block_for(subject, given.targets, stream);
    given.rank = take_number(stream, 1, 8);
    given.projection_rank = subject->sizes.embedding > 0 ? take_number(stream, 0, 8) : 0;
    given.slots = take_number(stream, 1, 3);
    given.pictures = take_number(stream, 1, 4);
    given.items = take_number(stream, 1, 8);
    given.normalize = take_number(stream, 0, 1);
    given.head_layers = take_number(stream, 1, 3);
    for (int32_t i = 0; i < TRAIN_LIMIT_HEAD_LAYERS; i++) {
        given.head_outputs[i] = take_number(stream, 1, 12);
        given.head_activations[i] = take_number(stream, TOWER_GELU, TOWER_IDENTITY);
    }
    if (checked(train_configure(subject->train, &given), said(subject)) == PERCEPT_OK) subject->taught = given;
    const double bytes = train_bytes(subject->train);
    if (!(bytes >= 0.0) || !isfinite(bytes)) abort();
}

static void allocate(struct subject *subject, struct stream *stream) {
    const int32_t task = take_number(stream, 0, subject->sizes.tasks > 1 ? subject->sizes.tasks - 1 : 0);
    if (checked(train_allocate(subject->train, task), said(subject)) == PERCEPT_OK) subject->task = task;
}

void begin_lesson(struct subject *subject, struct stream *stream) {
    subject->task = -1;
    subject->train = train_new(subject->tower);
    if (!subject->train) return;
    configure(subject, stream);
    allocate(subject, stream);
    checked(train_seed(subject->train, take_byte(stream)), said(subject));
}

/* The task is whoever's again, and empty. */
static void release(struct subject *subject) {
    const int32_t width = subject->sizes.embedding ? subject->sizes.embedding : subject->sizes.width;
    if (checked(train_release(subject->train), said(subject)) != PERCEPT_OK) abort();
    if (subject->task >= 0 && tower_task_outputs(subject->tower, subject->task) != width) abort();
    subject->task = -1;
}

/* Nobody but the trainer changes the task that it has. */
static void meddle(struct subject *subject, struct stream *stream) {
    if (subject->task < 0) return;
    const int32_t status = take_below(stream, 2) ? tower_task_clear(subject->tower, subject->task)
                                                 : tower_task_normalize(subject->tower, subject->task, 1);
    if (checked(status, said(subject)) != PERCEPT_WRONG_STATE) abort();
}

static float take_float(struct stream *stream) {
    const uint32_t kind = take_byte(stream);
    return !stream->sensible && kind < 32 ? odd_float(kind) : ((float)kind - 128.0f) / 64.0f;
}

/* Writes a few floats where the boundary says that there are `count`. */
static void write_floats(float *floats, uint64_t count, struct stream *stream) {
    if (count == 0) return;
    const uint64_t first = take_word(stream) % count;
    for (uint64_t i = first; i < count && i < first + DISTURBED; i++) floats[i] = take_float(stream);
}

static uint64_t parameters(const struct subject *subject) { return (uint64_t)train_parameter_count(subject->train); }

static void disturb(struct subject *subject, struct stream *stream) {
    train *train = subject->train;
    const uint32_t kind = take_below(stream, 3);
    if (subject->task < 0) return;
    if (kind == 0) {
        write_floats(train_parameters(train), parameters(subject), stream);
    } else if (kind == 1) {
        write_floats(train_moments(train), 2 * parameters(subject), stream);
    } else {
        const uint64_t floats = (uint64_t)train_input_floats(train) * (uint32_t)tower_batch(subject->tower);
        write_floats(train_input(train, (int32_t)take_below(stream, (uint32_t)subject->taught.slots)), floats, stream);
    }
}

/* The tensors lie one behind the other and are all of the parameters; what no trainer has is told as that. */
static void look(const struct subject *subject, struct stream *stream) {
    train *train = subject->train;
    const int32_t asked = take_number(stream, 0, 9);
    const uint32_t *shape = train_tensor_shape(train, asked);
    const char *name = train_tensor_name(train, asked);
    if (strlen(name) > 63 || (shape == NULL) != (name[0] == 0) ||
        (shape == NULL) != (train_tensor_offset(train, asked) < 0))
        abort();
    if (!(train_gradient_norm(train) >= 0.0) && subject->task < 0) abort();
    const int32_t slot = take_number(stream, 0, 3), is_there = slot >= 0 && slot < subject->taught.slots;
    if ((train_input(train, slot) != NULL) != (subject->task >= 0 && is_there)) abort();
    if (subject->task < 0) return;
    uint64_t next = 0;
    for (int32_t i = 0; i < train_tensors(train); i++) {
        const uint32_t *each = train_tensor_shape(train, i);
        if ((uint64_t)train_tensor_offset(train, i) != next) abort();
        next += (uint64_t)each[0] * each[1] * each[2];
    }
    if (next != parameters(subject)) abort();
    read_all(train_parameters(train), next * sizeof(float));
    read_all(train_gradients(train), next * sizeof(float));
    read_all(train_moments(train), 2 * next * sizeof(float));
    const int32_t outputs = subject->taught.head_outputs[subject->taught.head_layers - 1];
    read_all(train_outputs(train), (size_t)subject->taught.pictures * (size_t)outputs * sizeof(float));
}

/* ---- a step ---- */

static int32_t take_slot(const struct subject *subject, struct stream *stream) {
    return take_number(stream, 0, subject->taught.slots > 1 ? subject->taught.slots - 1 : 0);
}

static int32_t take_views(const struct subject *subject, struct stream *stream) {
    return take_number(stream, 1, tower_batch(subject->tower) > 1 ? tower_batch(subject->tower) : 1);
}

/* The frozen blocks, and which pictures the views belong to. */
static void fill_slot(struct subject *subject, struct stream *stream, int32_t slot, int32_t views) {
    uint8_t *pixels = tower_views(subject->tower);
    const size_t side = (size_t)subject->sizes.image;
    if (pixels) memset(pixels, (int)take_byte(stream), (size_t)tower_batch(subject->tower) * side * side * 3);
    checked(train_prefix(subject->train, slot, views), said(subject));
    uint32_t *pictures = train_pictures(subject->train, slot);
    for (int32_t view = 0; pictures && view < tower_batch(subject->tower); view++) {
        pictures[view] = (uint32_t)take_number(stream, 0, subject->taught.pictures > 1 ? 1 : 0);
    }
}

static int32_t loss(struct subject *subject, struct stream *stream) {
    const int32_t kind = take_number(stream, TRAIN_SQUARED, TRAIN_CLASSES), most = subject->taught.items;
    const int32_t count = take_number(stream, 1, most > 0 && most < 8 ? most : 1);
    struct train_item *items = train_items(subject->train);
    for (int32_t i = 0; subject->task >= 0 && i < most && i < count; i++) {
        items[i].picture = (uint32_t)take_number(stream, 0, 1);
        items[i].other = (uint32_t)take_number(stream, 0, 1);
        items[i].target = take_float(stream);
        items[i].weight = take_float(stream);
    }
    const float delta = stream->sensible ? 0.5f : take_float(stream);
    const int32_t status = checked(train_loss(subject->train, kind, delta, count), said(subject));
    (void)train_loss_value(subject->train);
    return status;
}

static float take_share(struct stream *stream, float sensible) {
    const uint32_t kind = take_byte(stream);
    return stream->sensible || kind >= 64 ? sensible : kind < 16 ? odd_float(kind) : (float)kind / 32.0f - 0.5f;
}

static void update(struct subject *subject, struct stream *stream) {
    const struct train_rule rule = {.rate_A = take_share(stream, 0.01f),
                                    .rate_B = take_share(stream, 0.01f),
                                    .rate_head = take_share(stream, 0.0f),
                                    .beta1 = take_share(stream, 0.9f),
                                    .beta2 = take_share(stream, 0.99f),
                                    .epsilon = take_share(stream, 1e-8f),
                                    .decay = take_share(stream, 0.1f),
                                    .most = take_share(stream, 1.0f)};
    checked(train_update(subject->train, &rule), said(subject));
}

/* A whole step from one slot. */
static void step(struct subject *subject, struct stream *stream) {
    const int32_t slot = take_slot(subject, stream), views = take_views(subject, stream);
    const int32_t pictures = subject->taught.pictures > 1 ? 2 : 1;
    if (checked(train_begin(subject->train, pictures), said(subject)) != PERCEPT_OK) return;
    fill_slot(subject, stream, slot, views);
    if (checked(train_forward(subject->train, slot, views), said(subject)) != PERCEPT_OK) return;
    if (loss(subject, stream) != PERCEPT_OK) return;
    if (checked(train_backward(subject->train, slot, views), said(subject)) != PERCEPT_OK) abort();
    update(subject, stream);
}

void call_trainer_once(struct subject *subject, struct stream *stream) {
    if (!subject->train) begin_lesson(subject, stream);
    train *train = subject->train;
    if (!train || is_too_much_work(subject)) return;
    switch (take_below(stream, 16)) {
        case 0: configure(subject, stream); break;
        case 1: allocate(subject, stream); break;
        case 2: release(subject); break;
        case 3: checked(train_seed(train, take_word(stream)), said(subject)); break;
        case 4: meddle(subject, stream); break;
        case 5: disturb(subject, stream); break;
        case 6: look(subject, stream); break;
        case 7: {
            const int32_t pictures = take_number(stream, 1, 2);
            checked(take_below(stream, 2) ? train_begin(train, pictures) : train_more(train, pictures), said(subject));
            break;
        }
        case 8: {
            const int32_t slot = take_slot(subject, stream);
            fill_slot(subject, stream, slot, take_views(subject, stream));
            break;
        }
        case 9: {
            const int32_t slot = take_slot(subject, stream);
            checked(train_forward(train, slot, take_views(subject, stream)), said(subject));
            break;
        }
        case 10: loss(subject, stream); break;
        case 11: {
            const int32_t slot = take_slot(subject, stream);
            checked(train_backward(train, slot, take_views(subject, stream)), said(subject));
            break;
        }
        case 12: update(subject, stream); break;
        case 13:
            checked(train_set_steps(train, take_number(stream, 0, 9)), said(subject));
            checked(train_exact(train, take_number(stream, 0, 1)), said(subject));
            break;
        default: step(subject, stream);
    }
}
