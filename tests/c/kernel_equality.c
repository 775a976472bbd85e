/* Compares every kernel with its scalar twin, bit for bit, on random shapes and contents: exported to JavaScript by a
 * test build that links a vector set (prefix kernel_) and reference.c (prefix reference_) into one module. */
#include <string.h>

#include "../../c_src/kernels/backward.h"
#include "../../c_src/percept.h"

#define VECTOR(name) kernel_##name
#define SCALAR(name) reference_##name

#define SCALAR_DECLARATION(result, name, parameters) result SCALAR(name) parameters;
KERNELS(SCALAR_DECLARATION)
BACKWARD_KERNELS(SCALAR_DECLARATION)

enum { ROWS = 13, INPUTS = 160, BLOCKS = 5, STRIDE = 16, LONGEST = 203 };

static uint32_t mix32(uint32_t x) {
    x ^= x >> 16;
    x *= 0x85EBCA6B;
    x ^= x >> 13;
    x *= 0xC2B2AE35;
    return x ^ x >> 16;
}

/* Roughly normal, with a large value now and then and exact zeros: what activations look like. */
static float random_float(uint32_t *state) {
    const uint32_t word = mix32(++*state * 0x9E3779B9u);
    const float sum = (float)(word & 255) + (float)(word >> 8 & 255) + (float)(word >> 16 & 255) - 382.5f;
    if (word >> 24 == 0) return 0.0f;
    return word >> 24 < 6 ? sum * 0.2f : sum * 0.01f;
}

static uint32_t random_below(uint32_t *state, uint32_t bound) { return mix32(++*state * 0x9E3779B9u) % bound; }

static void fill(float *x, uint32_t count, uint32_t *state) {
    for (uint32_t i = 0; i < count; i++) x[i] = random_float(state);
}

struct buffers {
    float x[ROWS * INPUTS], panel[INPUTS * PANEL], bias[INPUTS], expected[ROWS * STRIDE], found[ROWS * STRIDE];
    int8_t values[2][ROWS * INPUTS];
    float scale[2][ROWS * BLOCKS];
    int32_t zero[2][ROWS * BLOCKS], offset[2][ROWS * BLOCKS];
    uint8_t codes[INPUTS * PANEL];
    float scales[BLOCKS * PANEL];
    int32_t sums[BLOCKS * PANEL];
    float row[2][LONGEST + 8];
    int16_t words[2][ROWS * INPUTS];
    float turned[2][12 * PANEL * PANEL];
};

static struct epilogue random_epilogue(const struct buffers *b, uint32_t *state) {
    const struct epilogue epilogue = {.bias = random_below(state, 4) ? b->bias : NULL,
                                      .activation = (int32_t)random_below(state, 4),
                                      .add = (int32_t)random_below(state, 2)};
    return epilogue;
}

static int32_t same_results(const struct buffers *b) { return memcmp(b->expected, b->found, sizeof b->found) == 0; }

static int32_t gemm_f32_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t rows = 1 + random_below(state, ROWS), in = 1 + random_below(state, INPUTS);
    const struct epilogue epilogue = random_epilogue(b, state);
    fill(b->x, ROWS * INPUTS, state);
    fill(b->panel, INPUTS * PANEL, state);
    fill(b->expected, ROWS * STRIDE, state);
    memcpy(b->found, b->expected, sizeof b->found);
    SCALAR(gemm_f32)(b->x, INPUTS, rows, in, b->panel, &epilogue, b->expected, STRIDE);
    VECTOR(gemm_f32)(b->x, INPUTS, rows, in, b->panel, &epilogue, b->found, STRIDE);
    return same_results(b);
}

/* Any number of rows, cut into the tiles of one of the vector set's ways. */
static struct quantized_rows random_rows(struct buffers *b, uint32_t blocks, uint32_t block, uint32_t *state) {
    const int32_t way = (int32_t)random_below(state, (uint32_t)VECTOR(gemm_q8_ways)());
    const struct quantized_rows rows = {.values = b->values[0],
                                        .scale = b->scale[0],
                                        .zero = b->zero[0],
                                        .offset = b->offset[0],
                                        .rows = 1 + random_below(state, ROWS),
                                        .tile = VECTOR(gemm_q8_tile)(way),
                                        .blocks = blocks,
                                        .block = block,
                                        .way = way};
    memset(b->values, 1, sizeof b->values);
    memset(b->scale, 0, sizeof b->scale);
    memset(b->zero, 1, sizeof b->zero);
    memset(b->offset, 0, sizeof b->offset);
    return rows;
}

/* The same in the other half of the buffers. */
static struct quantized_rows beside(const struct quantized_rows *rows, struct buffers *b) {
    struct quantized_rows other = *rows;
    other.values = b->values[1];
    other.scale = b->scale[1];
    other.zero = b->zero[1];
    other.offset = b->offset[1];
    return other;
}

static int32_t same_quantized(const struct buffers *b) {
    return memcmp(b->values[0], b->values[1], sizeof b->values[0]) == 0 &&
           memcmp(b->scale[0], b->scale[1], sizeof b->scale[0]) == 0 &&
           memcmp(b->zero[0], b->zero[1], sizeof b->zero[0]) == 0 &&
           memcmp(b->offset[0], b->offset[1], sizeof b->offset[0]) == 0;
}

static int32_t quantize_row_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t blocks = 1 + random_below(state, BLOCKS), group = 1 + random_below(state, INPUTS / blocks / 4 * 4);
    const struct quantized_rows expected = random_rows(b, blocks, (group + 3) / 4 * 4, state);
    const struct quantized_rows found = beside(&expected, b);
    const uint32_t row = random_below(state, expected.rows);
    const float *smooth = random_below(state, 2) ? b->bias : NULL;
    fill(b->x, INPUTS, state);
    if (random_below(state, 8) == 0) memset(b->x, 0, group * sizeof *b->x);
    SCALAR(quantize_row)(b->x, smooth, group, row, &expected);
    VECTOR(quantize_row)(b->x, smooth, group, row, &found);
    return same_quantized(b);
}

static int32_t gemm_q8_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t blocks = 1 + random_below(state, BLOCKS), group = 1 + random_below(state, INPUTS / blocks / 4 * 4);
    const uint32_t block = (group + 3) / 4 * 4;
    const struct quantized_rows x = random_rows(b, blocks, block, state);
    struct quantized_rows scalar = x;
    const struct q8_panel panel = {
        .codes = b->codes, .scales = b->scales, .sums = b->sums, .next = random_below(state, 2) ? b->codes : NULL};
    const struct epilogue epilogue = random_epilogue(b, state);
    for (uint32_t row = 0; row < x.rows; row++) {
        fill(b->x, blocks * group, state);
        SCALAR(quantize_row)(b->x, NULL, group, row, &x);
    }
    /* The extreme bytes as well, which overflow 16 bits if a dot product saturates. */
    for (uint32_t k = 0; k < block; k++) b->values[0][k] = (int8_t)(k % 3 ? -128 : 127);
    for (uint32_t i = 0; i < INPUTS * PANEL; i++) {
        b->codes[i] = (uint8_t)(random_below(state, 9) ? random_below(state, 128) : 127);
    }
    for (uint32_t i = 0; i < BLOCKS * PANEL; i++) b->sums[i] = (int32_t)random_below(state, 9000) - 4500;
    fill(b->scales, BLOCKS * PANEL, state);
    fill(b->expected, ROWS * STRIDE, state);
    memcpy(b->found, b->expected, sizeof b->found);
    scalar.way = 0;
    SCALAR(gemm_q8)(&scalar, &panel, &epilogue, b->expected, STRIDE);
    VECTOR(gemm_q8)(&x, &panel, &epilogue, b->found, STRIDE);
    return same_results(b);
}

static int32_t same_rows(const struct buffers *b) { return memcmp(b->row[0], b->row[1], sizeof b->row[0]) == 0; }

static int32_t layer_norm_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t width = 1 + random_below(state, INPUTS);
    fill(b->x, INPUTS, state);
    memset(b->row, 0, sizeof b->row);
    SCALAR(layer_norm)(b->x, width, b->panel, b->bias, 1e-5f, b->row[0]);
    VECTOR(layer_norm)(b->x, width, b->panel, b->bias, 1e-5f, b->row[1]);
    return same_rows(b);
}

static int32_t exponentials_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, LONGEST);
    const float scale = random_below(state, 4) ? 0.125f : 40.0f; /* also where exp is clamped */
    fill(b->row[0], LONGEST + 8, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    const float expected = SCALAR(exponentials)(b->row[0], count, scale);
    const float found = VECTOR(exponentials)(b->row[1], count, scale);
    return same_rows(b) && memcmp(&expected, &found, sizeof found) == 0;
}

static int32_t scale_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, INPUTS);
    fill(b->x, INPUTS, state);
    memset(b->row, 0, sizeof b->row);
    SCALAR(scale)(b->x, count, 0.3f, b->row[0]);
    VECTOR(scale)(b->x, count, 0.3f, b->row[1]);
    return same_rows(b);
}

static int32_t largest_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, INPUTS);
    fill(b->x, INPUTS, state);
    const float expected = SCALAR(largest)(b->x, count), found = VECTOR(largest)(b->x, count);
    return memcmp(&expected, &found, sizeof found) == 0;
}

static int32_t quantize_i16_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, INPUTS);
    const float factor = random_below(state, 2) ? 100.0f : 30000.0f; /* also where words are clamped */
    fill(b->x, INPUTS, state);
    memset(b->words, 0, sizeof b->words);
    SCALAR(quantize_i16)(b->x, count, factor, b->words[0]);
    VECTOR(quantize_i16)(b->x, count, factor, b->words[1]);
    return memcmp(b->words[0], b->words[1], sizeof b->words[0]) == 0;
}

static int32_t gemm_i16_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t rows = 1 + random_below(state, ROWS), pairs = 1 + random_below(state, INPUTS / 2);
    for (uint32_t i = 0; i < ROWS * INPUTS; i++) b->words[0][i] = (int16_t)(random_below(state, 7001) - 3500);
    for (uint32_t i = 0; i < INPUTS * PANEL; i++) b->words[1][i] = (int16_t)(random_below(state, 7001) - 3500);
    fill(b->expected, ROWS * STRIDE, state);
    memcpy(b->found, b->expected, sizeof b->found);
    SCALAR(gemm_i16)(b->words[0], INPUTS, rows, pairs, b->words[1], 0.001f, b->expected, STRIDE);
    VECTOR(gemm_i16)(b->words[0], INPUTS, rows, pairs, b->words[1], 0.001f, b->found, STRIDE);
    return same_results(b);
}

static int32_t add_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, INPUTS);
    fill(b->x, INPUTS, state);
    fill(b->row[0], LONGEST, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    SCALAR(add)(b->x, count, b->row[0]);
    VECTOR(add)(b->x, count, b->row[1]);
    return same_rows(b);
}

static int32_t turn_f32_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t panels = 1 + random_below(state, 12), count = 1 + random_below(state, PANEL);
    const uint32_t panel_stride = (count + random_below(state, 3)) * PANEL;
    fill(b->x, ROWS * INPUTS, state);
    memset(b->turned, 0, sizeof b->turned);
    SCALAR(turn_f32)(b->x, panel_stride, panels, count, b->turned[0]);
    VECTOR(turn_f32)(b->x, panel_stride, panels, count, b->turned[1]);
    return memcmp(b->turned[0], b->turned[1], sizeof b->turned[0]) == 0;
}

static int32_t turn_q8_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t panels = 1 + random_below(state, 12), quads = 1 + random_below(state, 2);
    uint8_t *turned[2] = {(uint8_t *)b->turned[0], (uint8_t *)b->turned[1]};
    for (uint32_t i = 0; i < INPUTS * PANEL; i++) b->codes[i] = (uint8_t)random_below(state, 128);
    memset(b->turned, 0, sizeof b->turned);
    const size_t panel_stride = (quads + random_below(state, 2)) * 32;
    SCALAR(turn_q8)(b->codes, panel_stride, panels, quads, turned[0]);
    VECTOR(turn_q8)(b->codes, panel_stride, panels, quads, turned[1]);
    return memcmp(b->turned[0], b->turned[1], sizeof b->turned[0]) == 0;
}

static int32_t quantize_gradient_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t blocks = 1 + random_below(state, BLOCKS), block = PANEL * (1 + random_below(state, 4));
    const uint32_t outputs = blocks * block - PANEL * random_below(state, block / PANEL);
    const uint32_t scales_stride = PANEL * (1 + random_below(state, 3));
    const struct quantized_rows expected = random_rows(b, blocks, block, state), found = beside(&expected, b);
    const uint32_t row = random_below(state, expected.rows);
    fill(b->x, ROWS * INPUTS, state);
    if (random_below(state, 8) == 0) memset(b->x, 0, block * sizeof *b->x);
    SCALAR(quantize_gradient)(b->x, b->x + INPUTS, scales_stride, outputs, row, &expected);
    VECTOR(quantize_gradient)(b->x, b->x + INPUTS, scales_stride, outputs, row, &found);
    return same_quantized(b);
}

static int32_t outer_f32_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t in = 1 + random_below(state, 20), rows = 1 + random_below(state, INPUTS - in);
    fill(b->x, ROWS * INPUTS, state);
    fill(b->panel, INPUTS * PANEL, state);
    fill(b->turned[0], 20 * PANEL, state);
    memcpy(b->turned[1], b->turned[0], sizeof b->turned[0]);
    SCALAR(outer_f32)(b->x, 11, rows, in, b->panel, PANEL, b->turned[0]);
    VECTOR(outer_f32)(b->x, 11, rows, in, b->panel, PANEL, b->turned[1]);
    return memcmp(b->turned[0], b->turned[1], sizeof b->turned[0]) == 0;
}

static int32_t layer_norm_backward_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t width = 1 + random_below(state, INPUTS);
    fill(b->x, ROWS * INPUTS, state);
    fill(b->row[0], LONGEST, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    SCALAR(layer_norm_backward)(b->x, width, b->bias, 1e-5f, b->x + INPUTS, b->row[0]);
    VECTOR(layer_norm_backward)(b->x, width, b->bias, 1e-5f, b->x + INPUTS, b->row[1]);
    return same_rows(b);
}

static int32_t softmax_backward_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, LONGEST);
    fill(b->x, ROWS * INPUTS, state);
    fill(b->row[0], LONGEST, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    SCALAR(softmax_backward)(b->x, count, 0.125f, b->row[0]);
    VECTOR(softmax_backward)(b->x, count, 0.125f, b->row[1]);
    return same_rows(b);
}

static int32_t activate_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, LONGEST);
    const int32_t activation = (int32_t)random_below(state, 4);
    fill(b->row[0], LONGEST, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    SCALAR(activate)(b->row[0], count, activation);
    VECTOR(activate)(b->row[1], count, activation);
    return same_rows(b);
}

static int32_t activate_backward_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 1 + random_below(state, LONGEST);
    const int32_t activation = (int32_t)random_below(state, 4);
    fill(b->x, ROWS * INPUTS, state);
    fill(b->row[0], LONGEST, state);
    memcpy(b->row[1], b->row[0], sizeof b->row[0]);
    SCALAR(activate_backward)(b->x, count, activation, b->row[0]);
    VECTOR(activate_backward)(b->x, count, activation, b->row[1]);
    return same_rows(b);
}

static int32_t adamw_agrees(struct buffers *b, uint32_t *state) {
    const uint32_t count = 4 * (1 + random_below(state, 20));
    const struct adamw rule = {.keep = 0.999f,
                               .step = 0.01f,
                               .beta1 = 0.9f,
                               .beta2 = 0.99f,
                               .fresh1 = 0.1f,
                               .fresh2 = 0.01f,
                               .root = 0.7f,
                               .epsilon = 1e-8f,
                               .gradient = 0.6f};
    fill(b->x, INPUTS, state);
    fill(b->turned[0], 3 * INPUTS, state);
    for (uint32_t k = 0; k < INPUTS; k++) b->turned[0][INPUTS + k] = __builtin_fabsf(b->turned[0][INPUTS + k]);
    memcpy(b->turned[1], b->turned[0], sizeof b->turned[0]);
    float *expected = b->turned[0], *found = b->turned[1];
    SCALAR(adamw)(&rule, count, b->x, expected, expected + INPUTS, expected + 2 * INPUTS);
    VECTOR(adamw)(&rule, count, b->x, found, found + INPUTS, found + 2 * INPUTS);
    return memcmp(expected, found, sizeof b->turned[0]) == 0;
}

struct comparison {
    const char *name;
    int32_t (*agrees)(struct buffers *buffers, uint32_t *state);
};

/* One for each kernel: a name in the lists KERNELS and BACKWARD_KERNELS without a function name_agrees above does not compile. */
#define COMPARISON(result, name, parameters) {#name, name##_agrees},
static const struct comparison comparisons[] = {KERNELS(COMPARISON) BACKWARD_KERNELS(COMPARISON)};

int32_t equality_kernels(void) { return (int32_t)(sizeof comparisons / sizeof *comparisons); }

const char *equality_name(int32_t kernel) { return comparisons[kernel].name; }

/* The first of `cases` cases in which the kernel differs from its twin, counted from 1; 0 when none does. */
int32_t equality_first_difference(int32_t kernel, uint32_t seed, int32_t cases) {
    static struct buffers buffers;
    uint32_t state = seed;
    fill(buffers.bias, INPUTS, &state);
    fill(buffers.panel, INPUTS * PANEL, &state);
    for (int32_t i = 1; i <= cases; i++) {
        if (!comparisons[kernel].agrees(&buffers, &state)) return i;
    }
    return 0;
}
