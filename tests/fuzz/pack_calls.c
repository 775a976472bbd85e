/* pack.h and what expands again: weights of any size and value, into buffers of exactly the bytes that it asks for. */
#include <math.h>

#include "../../c_src/pack/pack.h"
#include "calls.h"

enum { CODE_ZERO = 64, UNIT_BYTES = 136, UNIT_INPUTS = 32, MOST_OUT = 20 };

static uint32_t up(uint32_t x, uint32_t step) { return (x + step - 1) / step * step; }

/* Zeroed, of exactly this many elements, so that the sanitizer sees what lies beyond. */
static void *fresh(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes);
    if (memory == NULL) abort();
    return memory;
}

/* Weights: harmless, tiny, huge, all zero, or harmless but for one that no pack function may take. */
static float *take_weights(struct stream *stream, size_t count, int *finite) {
    static const float scales[] = {1.0f, 1.0f, 1e-30f, 1e-44f, 1e36f, 0.0f};
    static const float wrong[] = {NAN, INFINITY, -INFINITY};
    const float scale = scales[take_below(stream, sizeof scales / sizeof scales[0])];
    float *weights = fresh(count, sizeof *weights);
    uint32_t hash = take_word(stream) | 1;
    for (size_t i = 0; i < count; i++) {
        hash = hash * 2654435761u ^ hash >> 15;
        weights[i] = ((float)(hash >> 24) - 128.0f) / 64.0f * scale;
    }
    *finite = take_below(stream, 8) != 0;
    if (!*finite) weights[take_word(stream) % count] = wrong[take_below(stream, 3)];
    return weights;
}

/* What columns are divided by, as the converter makes them: near 1; or NULL. */
static float *take_smooth(struct stream *stream, uint32_t in) {
    if (take_below(stream, 2)) return NULL;
    float *smooth = fresh(in, sizeof *smooth);
    for (uint32_t i = 0; i < in; i++) smooth[i] = 0.25f + (float)take_byte(stream) / 64.0f;
    return smooth;
}

/* Codes are seven bits; their sums and scales are those that were told. codes: [panels, blocks, block / 4, 8, 4]. */
static void check_codes(const uint8_t *codes, const float *scales, const int32_t *sums, uint32_t panels,
                        uint32_t blocks, uint32_t block) {
    for (uint32_t i = 0; i < panels * blocks; i++) {
        for (uint32_t j = 0; j < 8; j++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < block; k++) {
                const uint8_t code = codes[((size_t)i * block + k / 4 * 4) * 8 + j * 4 + k % 4];
                if (code > 127) abort();
                sum += code - CODE_ZERO;
            }
            const float scale = scales[(size_t)i * 8 + j];
            if (!isfinite(scale) || scale < 0.0f) abort();
            if (scale > 0.0f && sum != sums[(size_t)i * 8 + j]) abort();
        }
    }
}

static void quantize(struct stream *stream) {
    const uint32_t blocks = take_below(stream, 4), group = take_below(stream, 40), in = blocks * group;
    const uint32_t out = take_below(stream, MOST_OUT), panels = up(out, 8) / 8, block = up(group, 4);
    int finite;
    float *weights = take_weights(stream, (size_t)out * in + 1, &finite), *smooth = take_smooth(stream, in);
    uint8_t *codes = fresh((size_t)panels * blocks * block * 8, 1);
    float *scales = fresh((size_t)panels * blocks * 8, sizeof *scales), *packed = fresh((size_t)panels * in * 8, 4);
    int32_t *sums = fresh((size_t)panels * blocks * 8, sizeof *sums);
    const struct pack_layer layer = {.weights = weights,
                                     .smooth = smooth,
                                     .out = out,
                                     .in = in,
                                     .blocks = blocks,
                                     .codes = codes,
                                     .scales = scales,
                                     .sums = sums};
    const int32_t status = pack_q8(&layer);
    if ((out == 0 || in == 0) != (status == PERCEPT_BAD_ARGUMENT)) abort();
    if (finite && status == PERCEPT_NOT_FINITE) abort();
    if (status == PERCEPT_OK) {
        check_codes(codes, scales, sums, panels, blocks, block);
        if (unpack_q8(&layer, weights) != PERCEPT_OK) abort();
        for (size_t i = 0; i < (size_t)out * in; i++)
            if (!isfinite(weights[i])) abort();
    }
    if (pack_f32(weights, out, in, packed) == PERCEPT_OK) read_all(packed, (size_t)panels * in * 8 * 4);
    free(weights), free(smooth), free(codes), free(scales), free(packed), free(sums);
}

static void quantize_patch(struct stream *stream) {
    const uint32_t patch = take_below(stream, 6), out = take_below(stream, MOST_OUT), panels = up(out, 8) / 8;
    const uint32_t block = up(patch * patch, 4);
    int finite;
    float *weights = take_weights(stream, (size_t)out * 3 * patch * patch + 1, &finite);
    float *scratch = fresh((size_t)3 * patch * patch, sizeof *scratch);
    uint8_t *codes = fresh((size_t)panels * 3 * block * 8, 1);
    float *scales = fresh((size_t)panels * 3 * 8, sizeof *scales);
    int32_t *sums = fresh((size_t)panels * 3 * 8, sizeof *sums);
    const float correlation = (float)take_byte(stream) / 255.0f;
    const struct pack_layer layer = {.weights = weights,
                                     .out = out,
                                     .in = 3 * patch * patch,
                                     .blocks = 3,
                                     .codes = codes,
                                     .scales = scales,
                                     .sums = sums};
    if (pack_patch(&layer, patch, correlation, scratch) == PERCEPT_OK)
        check_codes(codes, scales, sums, panels, 3, block);
    free(weights), free(scratch), free(codes), free(scales), free(sums);
}

/* A layer's feedback: of inputs as they are, or of numbers that are no products of any. NULL where there is none. */
static float *take_feedback(struct stream *stream, const float *smooth, uint32_t in) {
    const uint32_t kind = take_below(stream, 3), stride = up(in, 8), rows = 1 + take_below(stream, 3);
    int finite;
    if (kind == 0) return NULL;
    float *x = take_weights(stream, (size_t)rows * in + 1, &finite), *scratch = fresh((size_t)16 * in, sizeof *scratch);
    float *gram = fresh((size_t)stride * stride, sizeof *gram);
    for (uint32_t i = 0; i < in; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            for (uint32_t r = 0; r < rows; r++)
                gram[(size_t)i * stride + j] += kind == 1 ? x[r * in + i] * x[r * in + j] : x[(i * 7 + j + r) % in];
        }
    }
    const int32_t status = pack_factor(gram, smooth, in, 0.01f, scratch);
    free(x), free(scratch);
    if (status == PERCEPT_OK) return gram;
    free(gram);
    return NULL;
}

static void quantize_q4(struct stream *stream) {
    const uint32_t blocks = 1 + take_below(stream, 2), group = UNIT_INPUTS * take_below(stream, 3), in = blocks * group;
    const uint32_t out = 1 + take_below(stream, MOST_OUT), panels = up(out, 8) / 8, count = panels * in / UNIT_INPUTS;
    int finite;
    float *weights = take_weights(stream, (size_t)out * in + 1, &finite), *smooth = take_smooth(stream, in);
    float *feedback = in ? take_feedback(stream, smooth, in) : NULL;
    float *scratch = fresh((size_t)out * in + 32 * (size_t)out + 8 * (size_t)in, sizeof *scratch);
    uint8_t *units = fresh((size_t)count * UNIT_BYTES, 1), *codes = fresh((size_t)panels * in * 8, 1);
    float *scales = fresh((size_t)panels * blocks * 8, sizeof *scales);
    int32_t *sums = fresh((size_t)panels * blocks * 8, sizeof *sums);
    const struct pack_layer layer = {.weights = weights,
                                     .smooth = smooth,
                                     .out = out,
                                     .in = in,
                                     .blocks = blocks,
                                     .codes = units,
                                     .scales = scales,
                                     .sums = sums};
    if (pack_q4(&layer, feedback, scratch) == PERCEPT_OK) {
        tower_expand_q4(units, codes, count);
        check_codes(codes, scales, sums, panels, blocks, group);
    }
    free(weights), free(smooth), free(feedback), free(scratch), free(units), free(codes), free(scales), free(sums);
}

/* Units and halves as a hostile file has them: codes keep to seven bits, and each half that is a number comes back. */
static void expand(struct stream *stream) {
    enum { UNITS = 2, HALVES = 64 };
    uint8_t *units = fresh(UNITS * UNIT_BYTES, 1), *codes = fresh(UNITS * 256, 1);
    uint16_t *halves = fresh(HALVES, sizeof *halves), *again = fresh(HALVES, sizeof *again);
    float *wide = fresh(HALVES, sizeof *wide);
    for (uint32_t i = 0; i < UNITS * UNIT_BYTES; i++) units[i] = (uint8_t)take_byte(stream);
    tower_expand_q4(units, codes, UNITS);
    for (uint32_t i = 0; i < UNITS * 256; i++)
        if (codes[i] > 127) abort();
    for (uint32_t i = 0; i < HALVES; i++) halves[i] = (uint16_t)(take_byte(stream) << 8 | take_byte(stream));
    tower_expand_f16(halves, wide, HALVES);
    for (uint32_t i = 0; i < HALVES; i++) {
        const int is_number = (halves[i] >> 10 & 31) != 31;
        if (is_number != (pack_f16(wide + i, again + i, 1) == PERCEPT_OK)) abort();
        if (is_number && again[i] != halves[i]) abort();
    }
    free(units), free(codes), free(halves), free(again), free(wide);
}

void call_pack_module(struct stream *stream) {
    while (stream->left > 0) {
        switch (take_below(stream, 5)) {
            case 0: quantize(stream); break;
            case 1: quantize_patch(stream); break;
            case 2: quantize_q4(stream); break;
            case 3: call_calibration(stream); break;
            default: expand(stream);
        }
    }
}
