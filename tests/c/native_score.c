/* Scores in native code what tests/js/native-bits.test.mjs sends, and prints bits: so that other compilers than
 * Emscripten's can be held against the published results.
 *
 * In, 32-bit little-endian words and bytes padded to them:
 *   width layers heads mlp_width patch image embedding activation norm_epsilon(f32) tasks
 *   for each task: layers, (outputs activation)…, normalize
 *   tensors, each: owner dtype rank shape… name's bytes, name, data's bytes, data
 *   runs, each: adapter task views mean(f32) x 3 std(f32) x 3, the views' bytes
 * Out, a line for each run: the first view's embedding and the task's raw outputs, in hex as in vectors.json. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../c_src/percept.h"

static void must(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "native_score: %s\n", what);
    exit(1);
}

static void read_bytes(void *to, size_t bytes) {
    uint8_t padding[4];
    must(fread(to, 1, bytes, stdin) == bytes, "the input is cut short");
    if (bytes % 4 != 0) must(fread(padding, 1, 4 - bytes % 4, stdin) == 4 - bytes % 4, "the padding is missing");
}

static int32_t read_word(void) {
    int32_t word;
    read_bytes(&word, sizeof word);
    return word;
}

static float read_float(void) {
    float number;
    read_bytes(&number, sizeof number);
    return number;
}

static void print_bits(const void *number, size_t bytes) { /* little-endian machines only */
    for (size_t i = bytes; i-- > 0;) printf("%02x", ((const uint8_t *)number)[i]);
}

static void check(const tower *tower, int32_t status) { must(status == PERCEPT_OK, tower_message(tower)); }

enum { MOST_VIEWS = 64 };

static int32_t read_tower(tower *tower) {
    struct tower_configuration given = {.views = MOST_VIEWS, .threads = 1};
    given.width = read_word();
    given.layers = read_word();
    given.heads = read_word();
    given.mlp_width = read_word();
    given.patch = read_word();
    given.image = read_word();
    given.embedding = read_word();
    given.activation = read_word();
    given.norm_epsilon = read_float();
    given.tasks = read_word();
    check(tower, tower_configure(tower, &given));
    check(tower, tower_allocate(tower));
    for (int32_t task = 0; task < given.tasks; task++) {
        for (int32_t layers = read_word(); layers > 0; layers--) {
            const int32_t outputs = read_word();
            check(tower, tower_task_head_layer(tower, task, outputs, read_word()));
        }
        check(tower, tower_task_normalize(tower, task, read_word()));
    }
    return given.embedding;
}

static void read_tensors(tower *tower) {
    for (int32_t tensors = read_word(); tensors > 0; tensors--) {
        uint32_t shape[8];
        char name[256];
        const int32_t owner = read_word(), dtype = read_word(), rank = read_word();
        must(rank >= 0 && rank <= 8, "a tensor has too many dimensions");
        read_bytes(shape, (size_t)rank * 4);
        const int32_t length = read_word();
        must(length >= 0 && length <= 256, "a name is too long");
        read_bytes(name, (size_t)length);
        const uint32_t bytes = (uint32_t)read_word();
        uint8_t *data = tower_reserve(tower, bytes);
        must(data != NULL, "there is no memory");
        read_bytes(data, bytes);
        const struct tower_tensor tensor = {.name = name,
                                            .name_length = (uint32_t)length,
                                            .dtype = dtype,
                                            .shape = shape,
                                            .rank = (uint32_t)rank,
                                            .data = data};
        check(tower, tower_bind(tower, owner, &tensor));
    }
}

static void run(tower *tower, int32_t embedding) {
    const int32_t adapter = read_word(), task = read_word(), views = read_word();
    struct tower_normalization normalization;
    read_bytes(normalization.mean, sizeof normalization.mean);
    read_bytes(normalization.std, sizeof normalization.std);
    const uint32_t bytes = (uint32_t)read_word();
    must(views <= tower_batch(tower), "more views than a batch");
    read_bytes(tower_views(tower), bytes);
    check(tower, tower_set_normalization(tower, &normalization));
    check(tower, tower_forward(tower, adapter, 0, views));
    for (int32_t i = 0; i < embedding; i++) print_bits(&tower_embeddings(tower)[i], sizeof(float));
    printf(" ");
    check(tower, tower_task_begin(tower, task));
    check(tower, tower_task_head(tower, task, 0, views));
    check(tower, tower_task_finish(tower, task));
    for (int32_t i = 0; i < tower_task_outputs(tower, task); i++) print_bits(&tower_raw(tower)[i], sizeof(double));
    printf("\n");
}

int main(void) {
    tower *tower = tower_new();
    must(tower != NULL, "there is no memory");
    const int32_t embedding = read_tower(tower);
    read_tensors(tower);
    for (int32_t runs = read_word(); runs > 0; runs--) run(tower, embedding);
    return 0;
}
