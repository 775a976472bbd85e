/* A tower of odd sizes and made-up weights, for the native tests of tower and trainer. */
#ifndef PERCEPT_SMALL_TOWER_H
#define PERCEPT_SMALL_TOWER_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../c_src/pack/pack.h"
#include "../../c_src/percept.h"
#include "check.h"
#include "region_native.h"

enum { WIDTH = 36, LAYERS = 2, HEADS = 3, MLP = 72, PATCH = 5, IMAGE = 15, EMBEDDING = 20, TASKS = 2, OUTPUTS = 3 };
enum { VIEWS = 4 };
enum { TOKENS = 1 + (IMAGE / PATCH) * (IMAGE / PATCH), PATCH_INPUTS = 3 * PATCH * PATCH, SCRATCH = 40000 };

static inline uint32_t up8(uint32_t x) { return (x + 7) / 8 * 8; }

static inline float wave(uint32_t i) { return sinf((float)(i * 7919u % 104729u)); }

static const struct tower_configuration SMALL = {.width = WIDTH,
                                                 .layers = LAYERS,
                                                 .heads = HEADS,
                                                 .mlp_width = MLP,
                                                 .patch = PATCH,
                                                 .image = IMAGE,
                                                 .embedding = EMBEDDING,
                                                 .activation = TOWER_GELU,
                                                 .norm_epsilon = 1e-5f,
                                                 .tasks = TASKS,
                                                 .views = VIEWS,
                                                 .batch = 3,
                                                 .threads = 1};

static inline tower *small_tower(void) {
    region_reset();
    tower *tower = tower_new();
    CHECK(tower != NULL);
    CHECK(tower_new() == NULL); /* an instance has one */
    CHECK(tower_configure(tower, &SMALL) == PERCEPT_OK);
    CHECK(tower_allocate(tower) == PERCEPT_OK);
    return tower;
}

static inline int32_t bind(tower *tower, int32_t owner, const char *name, int32_t dtype, const uint32_t *shape,
                           uint32_t rank, void *data) {
    return tower_bind(tower, owner,
                      &(struct tower_tensor){.name = name,
                                             .name_length = (uint32_t)strlen(name),
                                             .dtype = dtype,
                                             .shape = shape,
                                             .rank = rank,
                                             .data = data});
}

/* A vector or table of floats around `centre`. */
static inline void bind_floats(tower *tower, int32_t owner, const char *name, float centre, uint32_t first,
                               uint32_t second) {
    const uint32_t count = first * (second ? second : 1), shape[2] = {first, second};
    float *data = (float *)(void *)tower_reserve(tower, count * 4);
    CHECK(data != NULL);
    for (uint32_t i = 0; i < count; i++) data[i] = centre + 0.1f * wave(i + (uint32_t)strlen(name));
    CHECK(bind(tower, owner, name, TOWER_F32, shape, second ? 2 : 1, data) == PERCEPT_OK);
}

static inline void make_weights(float *weights, uint32_t out, uint32_t in, uint32_t salt) {
    for (uint32_t i = 0; i < out * in; i++) weights[i] = wave(i + salt) / sqrtf((float)in);
}

static inline void bind_linear_f32(tower *tower, int32_t owner, const char *name, uint32_t out, uint32_t in, int bias) {
    static float weights[SCRATCH];
    char full[96];
    const uint32_t shape[3] = {up8(out) / 8, in, 8};
    float *packed = (float *)(void *)tower_reserve(tower, up8(out) * in * 4);
    make_weights(weights, out, in, (uint32_t)strlen(name));
    CHECK(pack_f32(weights, out, in, packed) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.weight", name);
    CHECK(bind(tower, owner, full, TOWER_F32, shape, 3, packed) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.bias", name);
    if (bias) bind_floats(tower, owner, full, 0.0f, up8(out), 0);
}

static inline void bind_linear_q8(tower *tower, int32_t owner, const char *name, uint32_t out, uint32_t in, int bias) {
    static float weights[SCRATCH];
    char full[96];
    const uint32_t blocks = in == PATCH_INPUTS ? 3 : in == MLP ? 2 : 1, block = (in / blocks + 3) / 4 * 4;
    const uint32_t shape_codes[5] = {up8(out) / 8, blocks, block / 4, 8, 4}, shape[3] = {up8(out) / 8, blocks, 8};
    uint8_t *codes = tower_reserve(tower, up8(out) * blocks * block);
    float *scales = (float *)(void *)tower_reserve(tower, up8(out) * blocks * 4);
    int32_t *sums = (int32_t *)(void *)tower_reserve(tower, up8(out) * blocks * 4);
    make_weights(weights, out, in, (uint32_t)strlen(name));
    CHECK(pack_q8(&(struct pack_layer){.weights = weights,
                                       .out = out,
                                       .in = in,
                                       .blocks = blocks,
                                       .codes = codes,
                                       .scales = scales,
                                       .sums = sums}) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.codes", name);
    CHECK(bind(tower, owner, full, TOWER_U8, shape_codes, 5, codes) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.scales", name);
    CHECK(bind(tower, owner, full, TOWER_F32, shape, 3, scales) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.sums", name);
    CHECK(bind(tower, owner, full, TOWER_I32, shape, 3, sums) == PERCEPT_OK);
    snprintf(full, sizeof full, "%s.bias", name);
    if (bias) bind_floats(tower, owner, full, 0.0f, up8(out), 0);
}

typedef void (*linear_binder)(tower *, int32_t, const char *, uint32_t, uint32_t, int);

static inline void bind_norm(tower *tower, const char *name) {
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    bind_floats(tower, TOWER_BASE, full, 1.0f, WIDTH, 0);
    snprintf(full, sizeof full, "%s.bias", name);
    bind_floats(tower, TOWER_BASE, full, 0.0f, WIDTH, 0);
}

static inline void bind_base(tower *tower, linear_binder linear) {
    char name[80];
    bind_floats(tower, TOWER_BASE, "embeddings.class", 0.0f, WIDTH, 0);
    bind_floats(tower, TOWER_BASE, "embeddings.position", 0.0f, TOKENS, WIDTH);
    linear(tower, TOWER_BASE, "embeddings.patch", WIDTH, PATCH_INPUTS, 0);
    bind_norm(tower, "pre_norm");
    for (int i = 0; i < LAYERS; i++) {
        snprintf(name, sizeof name, "blocks.%d.norm1", i);
        bind_norm(tower, name);
        snprintf(name, sizeof name, "blocks.%d.norm2", i);
        bind_norm(tower, name);
        snprintf(name, sizeof name, "blocks.%d.attention.qkv", i);
        linear(tower, TOWER_BASE, name, 3 * up8(WIDTH), WIDTH, 1);
        snprintf(name, sizeof name, "blocks.%d.attention.out", i);
        linear(tower, TOWER_BASE, name, WIDTH, WIDTH, 1);
        snprintf(name, sizeof name, "blocks.%d.mlp.fc1", i);
        linear(tower, TOWER_BASE, name, MLP, WIDTH, 1);
        snprintf(name, sizeof name, "blocks.%d.mlp.fc2", i);
        linear(tower, TOWER_BASE, name, WIDTH, MLP, 1);
    }
    bind_norm(tower, "post_norm");
    linear(tower, TOWER_BASE, "projection", EMBEDDING, WIDTH, 0);
}

static inline int32_t normalize(tower *tower, const float mean[3], const float std[3]) {
    return tower_set_normalization(
        tower, &(struct tower_normalization){.mean = {mean[0], mean[1], mean[2]}, .std = {std[0], std[1], std[2]}});
}

static inline void fill_views(tower *tower, uint32_t views) {
    uint8_t *pixels = tower_views(tower);
    for (uint32_t i = 0; i < views * IMAGE * IMAGE * 3; i++) pixels[i] = (uint8_t)(i * 2654435761u >> 24);
}

#endif
