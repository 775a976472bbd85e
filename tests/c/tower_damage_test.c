/* The tower in native code, given weights that are no numbers. */
#include "small_tower.h"

/* A NaN or infinity among floats is refused where they are bound: quantising would make an ordinary score of it. What is refused
 * leaves no trace. */
static void test_damaged_weights(void) {
    static const char *const names[] = {"blocks.0.norm1.weight", "blocks.1.norm2.bias", "blocks.0.attention.qkv.bias",
                                        "blocks.1.mlp.fc1.bias", "embeddings.class",    "post_norm.bias"};
    static const uint32_t counts[] = {WIDTH, WIDTH, 120, MLP, WIDTH, WIDTH};
    static const float damages[] = {(float)NAN, (float)INFINITY, -(float)INFINITY};
    float before[EMBEDDING];
    tower *tower = small_tower();
    bind_base(tower, bind_linear_q8);
    CHECK(normalize(tower, (float[]){0.5f, 0.5f, 0.5f}, (float[]){0.3f, 0.3f, 0.3f}) == PERCEPT_OK);
    fill_views(tower, 1);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_OK);
    memcpy(before, tower_embeddings(tower), sizeof before);
    float *data = (float *)(void *)tower_reserve(tower, 128 * 4);
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
        float *place = data + (i % 2 ? 0 : counts[i] - 1); /* the first one or the last */
        *place = damages[i % 3];
        CHECK(bind(tower, TOWER_BASE, names[i], TOWER_F32, &counts[i], 1, data) == PERCEPT_NOT_FINITE);
        CHECK(strstr(tower_message(tower), names[i]) != NULL);
        *place = 0.0f;
    }
    const uint32_t scales[3] = {15, 1, 8}, A[3] = {1, 8, 8}, weight[3] = {1, EMBEDDING, 8};
    float *wide = (float *)(void *)tower_reserve(tower, 8 * WIDTH * 4);
    wide[3] = (float)NAN;
    CHECK(bind(tower, TOWER_BASE, "blocks.1.attention.qkv.scales", TOWER_F32, scales, 3, wide) == PERCEPT_NOT_FINITE);
    CHECK(bind(tower, 0, "blocks.0.attention.query.lora_A", TOWER_F32, A, 3, wide) == PERCEPT_WRONG_SHAPE);
    CHECK(bind(tower, 0, "blocks.0.attention.query.lora_A", TOWER_F32, (uint32_t[]){1, WIDTH, 8}, 3, wide) ==
          PERCEPT_NOT_FINITE);
    CHECK(tower_task_head_layer(tower, 1, 1, TOWER_RELU) == PERCEPT_OK);
    CHECK(bind(tower, 1, "head.0.weight", TOWER_F32, weight, 3, wide) == PERCEPT_NOT_FINITE);
    CHECK(tower_ready(tower, 0) == PERCEPT_OK && tower_ready(tower, 1) == PERCEPT_MISSING_TENSOR);
    CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_OK);
    CHECK(memcmp(before, tower_embeddings(tower), sizeof before) == 0);
}

int main(int argc, char **argv) {
    RUN(test_damaged_weights);
    return check_report(argc, argv);
}
