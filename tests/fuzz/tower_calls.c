/* Part two of percept.h, and calibrate.h: a small tower whose sizes, tensors and order of calls are the fuzzer's. */
#include <stdio.h>

#include "../../c_src/pack/calibrate.h"
#include "../c/region_native.h"
#include "subject.h"

enum { CALLS = 96, NAME_BYTES = 300, MOST_OUTPUTS = 8192 };

/* Multiplications of a forward pass beyond which it is only slow. */
#define WORK_LIMIT 4e6

static void configure(struct subject *subject, struct stream *stream) {
    static const float epsilons[] = {1e-5f, 1e-5f, 1e-12f, 0.5f, 0.0f, -1.0f, NAN, INFINITY};
    struct tower_configuration sizes = {.views = 1};
    sizes.heads = take_number(stream, 1, 3);
    sizes.width = stream->sensible || take_below(stream, 4)
                      ? (int32_t)((uint32_t)sizes.heads * (1 + take_below(stream, 14)))
                      : take_number(stream, 1, 48);
    sizes.layers = take_number(stream, 1, 2);
    sizes.mlp_width = take_number(stream, 1, 70);
    sizes.patch = take_number(stream, 1, 5);
    sizes.image = stream->sensible || take_below(stream, 4)
                      ? (int32_t)((uint32_t)sizes.patch * (1 + take_below(stream, 3)))
                      : take_number(stream, 1, 16);
    sizes.embedding = take_number(stream, 0, 20);
    sizes.tasks = take_number(stream, 0, 3);
    sizes.threads = take_number(stream, 1, 3);
    sizes.activation = take_number(stream, 0, 1);
    sizes.norm_epsilon = epsilons[stream->sensible ? 0 : take_below(stream, 8)];
    sizes.batch = take_number(stream, 0, 3);
    sizes.views = take_number(stream, 1, 9);
    const int32_t status = tower_configure(subject->tower, &sizes);
    if (checked(status, said(subject)) != PERCEPT_OK) return;
    subject->sizes = sizes;
    if (!(tower_state_bytes(subject->tower) > 0.0)) abort();
    if (tower_batch(subject->tower) < 1 || tower_slots(subject->tower) < sizes.views) abort();
}

/* Fills a tensor with a hash of one word of the stream: mostly harmless numbers, one tensor in eight with some that are NaN,
 * infinite or huge. Codes of q8 keep to the seven bits that the converter writes, or not. */
static void fill(uint8_t *data, uint64_t bytes, int32_t dtype, struct stream *stream) {
    const uint32_t kind = stream->sensible ? 0 : take_below(stream, 8);
    uint32_t hash = take_word(stream) | 1;
    for (uint64_t i = 0; i + 4 <= bytes; i += 4) {
        hash = hash * 2654435761u ^ hash >> 15;
        float value = ((float)(hash >> 24) - 128.0f) / 256.0f;
        if (kind == 7 && hash % 32 == 0) value = odd_float(hash >> 8);
        const uint32_t codes = kind == 7 ? hash : (hash | 0x01010101u) & 0x7f7f7f7fu;
        if (dtype == TOWER_F32) {
            memcpy(data + i, &value, 4);
        } else {
            memcpy(data + i, &codes, 4);
        }
    }
}

/* Binds a tensor of exactly the bytes that it claims, if there is memory for them, and from an address that is none otherwise. */
static int32_t bind(struct subject *subject, int32_t owner, const char *name, uint32_t length, int32_t dtype,
                    const uint32_t *shape, uint32_t rank, struct stream *stream) {
    uint64_t bytes = dtype == TOWER_U8 ? 1 : 4;
    for (uint32_t i = 0; i < rank && bytes <= REGION_BYTES; i++) bytes *= shape[i];
    uint8_t *data = bytes <= 1 << 20 ? tower_reserve(subject->tower, (uint32_t)bytes) : NULL;
    if (data) fill(data, bytes, dtype, stream);
    /* Exact copies, so that reading beyond a name or shape is seen. */
    char *own_name = malloc(length ? length : 1);
    uint32_t *own_shape = malloc(rank ? rank * sizeof *shape : 1);
    memcpy(own_name, name, length);
    memcpy(own_shape, shape, rank * sizeof *shape);
    const struct tower_tensor tensor = {
        .name = own_name, .name_length = length, .dtype = dtype, .shape = own_shape, .rank = rank, .data = data};
    const int32_t status = checked(tower_bind(subject->tower, owner, &tensor), said(subject));
    free(own_name);
    free(own_shape);
    return status;
}

static uint32_t up8(int32_t x) { return ((uint32_t)x + 7) / 8 * 8; }

struct expected {
    const char *name; /* with %d for the block */
    int32_t in, out;  /* a linear layer; in = 0: a vector of `out` */
    int32_t bias;
};

static void bind_vector(struct subject *subject, int32_t owner, const char *name, uint32_t count,
                        struct stream *stream) {
    bind(subject, owner, name, (uint32_t)strlen(name), TOWER_F32, &count, 1, stream);
}

static void bind_linear(struct subject *subject, int32_t owner, const char *name, int32_t in, int32_t out, int32_t bias,
                        uint32_t blocks, struct stream *stream) {
    char full[NAME_BYTES];
    if (blocks) {
        const uint32_t block = ((uint32_t)in / blocks + 3) / 4 * 4;
        const uint32_t codes[5] = {up8(out) / 8, blocks, block / 4, 8, 4}, each[3] = {up8(out) / 8, blocks, 8};
        snprintf(full, sizeof full, "%s.codes", name);
        bind(subject, owner, full, (uint32_t)strlen(full), TOWER_U8, codes, 5, stream);
        snprintf(full, sizeof full, "%s.scales", name);
        bind(subject, owner, full, (uint32_t)strlen(full), TOWER_F32, each, 3, stream);
        snprintf(full, sizeof full, "%s.sums", name);
        bind(subject, owner, full, (uint32_t)strlen(full), TOWER_I32, each, 3, stream);
    } else {
        const uint32_t shape[3] = {up8(out) / 8, (uint32_t)in, 8};
        snprintf(full, sizeof full, "%s.weight", name);
        bind(subject, owner, full, (uint32_t)strlen(full), TOWER_F32, shape, 3, stream);
    }
    if (!bias) return;
    snprintf(full, sizeof full, "%s.bias", name);
    bind_vector(subject, owner, full, up8(out), stream);
}

/* Everything that the base needs, on either path: q8 is 0 or 1. */
static void bind_base(struct subject *subject, uint32_t q8, struct stream *stream) {
    const struct tower_configuration *sizes = &subject->sizes;
    const int32_t width = sizes->width, grid = sizes->patch > 0 ? sizes->image / sizes->patch : 0;
    static const char *const norms[] = {"pre_norm", "post_norm"};
    char name[NAME_BYTES];
    if (width < 1 || width > 64 || sizes->mlp_width > 128 || sizes->layers > 4 || grid > 8 || sizes->patch > 16 ||
        sizes->embedding > 64)
        return;
    bind_vector(subject, TOWER_BASE, "embeddings.class", (uint32_t)width, stream);
    const uint32_t position[2] = {1 + (uint32_t)(grid * grid), (uint32_t)width};
    bind(subject, TOWER_BASE, "embeddings.position", 19, TOWER_F32, position, 2, stream);
    bind_linear(subject, TOWER_BASE, "embeddings.patch", 3 * sizes->patch * sizes->patch, width, 0, q8 * 3, stream);
    for (int32_t i = 0; i < sizes->layers; i++) {
        const struct expected layers[] = {{"blocks.%d.norm1.weight", 0, width, 0},
                                          {"blocks.%d.norm1.bias", 0, width, 0},
                                          {"blocks.%d.norm2.weight", 0, width, 0},
                                          {"blocks.%d.norm2.bias", 0, width, 0},
                                          {"blocks.%d.attention.qkv", width, (int32_t)(3 * up8(width)), 1},
                                          {"blocks.%d.attention.out", width, width, 1},
                                          {"blocks.%d.mlp.fc1", width, sizes->mlp_width, 1},
                                          {"blocks.%d.mlp.fc2", sizes->mlp_width, width, 1}};
        for (size_t j = 0; j < sizeof layers / sizeof layers[0]; j++) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
            snprintf(name, sizeof name, layers[j].name, i);
#pragma clang diagnostic pop
            if (layers[j].in == 0) {
                bind_vector(subject, TOWER_BASE, name, (uint32_t)layers[j].out, stream);
            } else {
                bind_linear(subject, TOWER_BASE, name, layers[j].in, layers[j].out, layers[j].bias, q8, stream);
            }
        }
    }
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s.weight", norms[i]);
        bind_vector(subject, TOWER_BASE, name, (uint32_t)width, stream);
        snprintf(name, sizeof name, "%s.bias", norms[i]);
        bind_vector(subject, TOWER_BASE, name, (uint32_t)width, stream);
    }
    if (sizes->embedding > 0) bind_linear(subject, TOWER_BASE, "projection", width, sizes->embedding, 0, q8, stream);
}

/* One tensor by a name from the book, or nearly, with any shape. */
static void bind_anything(struct subject *subject, struct stream *stream) {
    // clang-format off
    static const char *const names[] = {
        "embeddings.class", "embeddings.position", "embeddings.patch.codes", "pre_norm.weight", "blocks.0.norm1.weight",
        "blocks.1.attention.qkv.codes", "blocks.0.attention.qkv.scales", "blocks.0.mlp.fc1.smooth", "blocks.9999.norm1.bias",
        "blocks.0.attention.query.lora_A", "blocks.0.attention.query.lora_B", "blocks.0.mlp.fc2.lora_A", "projection.lora_A",
        "projection.weight", "projection.codes", "head.0.weight", "head.0.bias", "head.1.codes", "head.15.weight", "", "blocks.", "blocks.0"};
    // clang-format on
    char name[NAME_BYTES];
    const char *model = names[take_below(stream, sizeof names / sizeof names[0])];
    uint32_t length = (uint32_t)strlen(model), shape[8], rank = take_below(stream, 7);
    memcpy(name, model, length);
    if (take_below(stream, 4) == 0) length = take_byte(stream);
    for (uint32_t i = (uint32_t)strlen(model); i < length; i++) name[i] = (char)take_byte(stream);
    const uint32_t own[] = {(uint32_t)subject->sizes.width, (uint32_t)subject->sizes.embedding, 8, 4, 1,
                            up8(subject->sizes.width) / 8};
    for (uint32_t i = 0; i < 8; i++)
        shape[i] = take_below(stream, 2) ? own[take_below(stream, 6)] : (uint32_t)take_number(stream, 1, 40);
    bind(subject, take_number(stream, -1, 3), name, length, take_number(stream, 0, 2), shape, rank, stream);
}

static void bind_lora(struct subject *subject, struct stream *stream) {
    static const char *const targets[] = {"attention.query", "attention.key", "attention.value",
                                          "attention.out",   "mlp.fc1",       "mlp.fc2"};
    const struct tower_configuration *sizes = &subject->sizes;
    if (sizes->width > 64 || sizes->mlp_width > 128) return;
    const uint32_t target = take_below(stream, 6), rank = 1 + take_below(stream, 2);
    const int32_t in = target == 5 ? sizes->mlp_width : sizes->width,
                  out = target == 4 ? sizes->mlp_width : sizes->width;
    const uint32_t A[3] = {rank, (uint32_t)in, 8}, B[3] = {up8(out) / 8, 8 * rank, 8};
    char name[NAME_BYTES];
    const int32_t task = take_number(stream, 0, 1);
    snprintf(name, sizeof name, "blocks.0.%s.lora_A", targets[target]);
    bind(subject, task, name, (uint32_t)strlen(name), TOWER_F32, A, 3, stream);
    snprintf(name, sizeof name, "blocks.0.%s.lora_B", targets[target]);
    bind(subject, task, name, (uint32_t)strlen(name), TOWER_F32, B, 3, stream);
}

static void add_head(struct subject *subject, struct stream *stream) {
    const int32_t task = take_number(stream, 0, 2), outputs = take_number(stream, 1, 12);
    if (checked(tower_task_head_layer(subject->tower, task, outputs, take_number(stream, 1, 3)), said(subject)) !=
        PERCEPT_OK)
        return;
    const struct tower_configuration *sizes = &subject->sizes;
    const int32_t in = subject->outputs[task] ? subject->outputs[task]
                       : sizes->embedding     ? sizes->embedding
                                              : sizes->width;
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "head.%u", take_below(stream, 3));
    subject->outputs[task] = outputs;
    if ((int64_t)in * outputs < 1 << 16) bind_linear(subject, task, name, in, outputs, 1, 0, stream);
}

static double take_double(struct stream *stream) {
    static const double odd[] = {0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, (double)NAN, (double)INFINITY};
    return take_below(stream, 2) ? odd[take_below(stream, 8)] : (double)take_byte(stream) / 16.0;
}

static void output_rule(struct subject *subject, struct stream *stream) {
    const int32_t task = take_number(stream, 0, 2);
    if (take_below(stream, 2)) {
        checked(tower_task_output_classes(subject->tower, task), said(subject));
        return;
    }
    struct tower_score_scale scale;
    for (int end = 0; end < 2; end++) scale.from[end] = take_double(stream);
    for (int end = 0; end < 2; end++) scale.to[end] = take_double(stream);
    scale.clamp = take_number(stream, 0, 1);
    checked(tower_task_output_score(subject->tower, task, &scale), said(subject));
}

int is_too_much_work(const struct subject *subject) {
    const struct tower_configuration *sizes = &subject->sizes;
    const double grid = sizes->patch > 0 ? (double)(sizes->image / sizes->patch) : 0.0, tokens = 1.0 + grid * grid;
    const double width = (double)sizes->width, batch = (double)tower_batch(subject->tower);
    const double row = width * (4.0 * width + 2.0 * (double)sizes->mlp_width +
                                3.0 * (double)sizes->patch * (double)sizes->patch + 2.0 * tokens);
    return batch * tokens * row * (double)sizes->layers > WORK_LIMIT;
}

static void forward(struct subject *subject, struct stream *stream) {
    if (is_too_much_work(subject)) return;
    const struct tower_configuration *sizes = &subject->sizes;
    const size_t side = (size_t)sizes->image;
    uint8_t *views = tower_views(subject->tower);
    if (views) memset(views, (int)take_byte(stream), (size_t)tower_batch(subject->tower) * side * side * 3);
    const int32_t adapter = take_number(stream, -1, 2), count = take_number(stream, 1, 3);
    const int32_t first = take_number(stream, 0, 9);
    if (tower_first_adapted(subject->tower, adapter) > (sizes->layers > 0 ? sizes->layers : 0)) abort();
    const int32_t status = take_below(stream, 2) ? tower_forward(subject->tower, adapter, first, count)
                                                 : tower_forward_on(subject->tower, adapter, first, count);
    if (checked(status, said(subject)) != PERCEPT_OK) return;
    const int32_t outputs = sizes->embedding ? sizes->embedding : sizes->width;
    const float *embeddings = tower_embeddings(subject->tower) + (size_t)first * (size_t)outputs;
    for (int32_t i = 0; i < count * outputs; i++)
        if (!isfinite(embeddings[i])) abort();
}

static void finish(struct subject *subject, struct stream *stream) {
    const int32_t task = take_number(stream, 0, 2);
    const int32_t outputs = tower_task_outputs(subject->tower, task);
    if (outputs < 0 || outputs > MOST_OUTPUTS) abort();
    if (checked(tower_task_finish(subject->tower, task), said(subject)) != PERCEPT_OK) return;
    for (int32_t i = 0; i < outputs; i++)
        if (!isfinite(tower_raw(subject->tower)[i])) abort();
    if (!isfinite(tower_result(subject->tower)[0])) abort();
    read_all(tower_result(subject->tower), (size_t)(outputs > 2 ? outputs : 2) * sizeof(double));
}

static void normalization(struct subject *subject, struct stream *stream) {
    const uint32_t kind = stream->sensible ? 0 : take_below(stream, 8);
    struct tower_normalization given;
    for (int i = 0; i < 6; i++) {
        const float value = kind == 7 ? odd_float(take_byte(stream)) : 0.25f + (float)take_byte(stream) / 256.0f;
        (i < 3 ? given.mean : given.std)[i % 3] = value;
    }
    checked(tower_set_normalization(subject->tower, &given), said(subject));
}

static void start_anew(struct subject *subject, struct stream *stream) {
    region_reset();
    region_grant(1 + (take_below(stream, 8) == 0 ? (int64_t)take_below(stream, 40) : REGION_BYTES));
    memset(subject, 0, sizeof *subject);
    subject->tower = tower_new();
    if (!subject->tower) abort(); /* the first growth was granted */
}

static void call_once(struct subject *subject, struct stream *stream) {
    switch (take_below(stream, 20)) {
        case 0: configure(subject, stream); break;
        case 1: checked(tower_allocate(subject->tower), said(subject)); break;
        case 2:
        case 3: bind_base(subject, take_below(stream, 2), stream); break;
        case 4:
        case 5: bind_anything(subject, stream); break;
        case 6: bind_lora(subject, stream); break;
        case 7:
        case 8: add_head(subject, stream); break;
        case 9: output_rule(subject, stream); break;
        case 10:
        case 11: forward(subject, stream); break;
        case 12: checked(tower_task_begin(subject->tower, take_number(stream, 0, 2)), said(subject)); break;
        case 13: {
            const int32_t task = take_number(stream, 0, 2);
            const int32_t views = take_number(stream, 1, 3);
            checked(tower_task_head(subject->tower, task, take_number(stream, 0, 9), views), said(subject));
            break;
        }
        case 14: finish(subject, stream); break;
        case 15: normalization(subject, stream); break;
        case 16: checked(tower_ready(subject->tower, take_number(stream, -1, 2)), said(subject)); break;
        case 17: {
            const int32_t task = take_number(stream, 0, 2);
            checked(tower_task_normalize(subject->tower, task, take_number(stream, 0, 1)), said(subject));
            if (take_below(stream, 4) == 0 &&
                checked(tower_task_clear(subject->tower, task), said(subject)) == PERCEPT_OK)
                subject->outputs[task] = 0;
            break;
        }
        case 18:
            checked(tower_choose_way(subject->tower, take_number(stream, 0, 1)), said(subject));
            tower_exercise(take_number(stream, 0, 0), 1);
            if (tower_known_answer() != 1) abort();
            tower_thread_stack(subject->tower, take_number(stream, 0, 2));
            tower_thread_main(subject->tower, take_number(stream, 1, 2));
            tower_stop_threads(subject->tower);
            break;
        default: start_anew(subject, stream);
    }
}

/* A tower that is whole, so that what lies behind is reached. */
static void start_whole(struct subject *subject, struct stream *stream) {
    configure(subject, stream);
    checked(tower_allocate(subject->tower), said(subject));
    bind_base(subject, take_below(stream, 2), stream);
    normalization(subject, stream);
}

void call_tower_module(struct stream *stream) {
    struct subject subject;
    start_anew(&subject, stream);
    stream->sensible = 1;
    if (take_below(stream, 2)) start_whole(&subject, stream); /* half of the inputs */
    for (int call = 0; call < CALLS && stream->left > 0; call++) {
        stream->sensible = take_below(stream, 4) != 0;
        call_once(&subject, stream);
    }
}

void call_trainer(struct stream *stream) {
    struct subject subject;
    start_anew(&subject, stream);
    stream->sensible = 1;
    start_whole(&subject, stream);
    begin_lesson(&subject, stream);
    for (int call = 0; call < CALLS && stream->left > 0; call++) {
        stream->sensible = take_below(stream, 4) != 0;
        if (take_below(stream, 4) == 0) {
            call_once(&subject, stream);
        } else {
            call_trainer_once(&subject, stream);
        }
    }
}

void call_calibration(struct stream *stream) {
    struct subject subject;
    start_anew(&subject, stream);
    stream->sensible = 1;
    configure(&subject, stream);
    checked(tower_allocate(subject.tower), said(&subject));
    bind_base(&subject, 0, stream);
    const struct tower_configuration *sizes = &subject.sizes;
    const int32_t grid = sizes->patch > 0 ? sizes->image / sizes->patch : 0, views = 1;
    const size_t width8 = up8(sizes->width), mlp8 = up8(sizes->mlp_width), rows = (size_t)(1 + grid * grid);
    if (tower_ready(subject.tower, TOWER_BASE) != PERCEPT_OK || sizes->layers != 1) return;
    memset(tower_views(subject.tower), (int)take_byte(stream), (size_t)(sizes->image * sizes->image) * 3);
    /* Exactly as large as calibrate.h asks for, so that the sanitizer sees what lies beyond. */
    float *grams = calloc(3 * width8 * width8 + mlp8 * mlp8, sizeof *grams),
          *scratch = calloc(((mlp8 > width8 ? mlp8 : width8) + 8) * rows, sizeof *scratch);
    if (checked(calibrate_embed(subject.tower, views), said(&subject)) == PERCEPT_OK)
        checked(calibrate_block(subject.tower, views, grams, scratch), said(&subject));
    read_all(calibrate_residual(subject.tower), rows * calibrate_stride(subject.tower) * sizeof(float));
    free(grams);
    free(scratch);
}
