/* Resampling, byte for byte as Pillow resizes 8-bit pictures, so that a model sees here what it saw in
 * training.
 *
 * Each output sample is a weighted sum of input samples around its centre:
 *     centre = (x + 0.5) * scale, scale = input size / output size
 *     weight(i) = filter((i + 0.5 - centre) / max(scale, 1)), divided by the sum of all weights
 * When shrinking, the filter is stretched by the scale (antialiasing). Weights are computed in double
 * precision, in Pillow's order of operations, and rounded to 22-bit fixed point; rows are resampled first,
 * then columns, and each of the two passes rounds to 8 bits. Nearest is no sum: it picks one sample. */
#include "filter.h"
#include "picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT_BITS = 32 - 8 - 2 }; /* a sample has 8 bits, a sum of weights may pass 1, and there is a sign */

/* The weights of all output samples along one side. */
struct weights {
    uint32_t outputs;
    uint32_t taps;   /* room for each output */
    uint32_t *first; /* [outputs], the first input sample */
    uint32_t *count; /* [outputs], how many there are */
    int32_t *fixed;  /* [outputs, taps], in units of 2^-22; those from count on are 0 */
};

static void weights_free(struct weights *weights) {
    free(weights->first);
    free(weights->count);
    free(weights->fixed);
}

/* Memory for `count` things of `size` bytes, or NULL when there is none or the product passes 31 bits. */
static void *allocate_array(uint64_t count, uint32_t size) {
    return count > INT32_MAX / size ? NULL : malloc((size_t)count * size);
}

/* The same, all zero. */
static void *allocate_zeros(uint64_t count, uint32_t size) {
    return count > INT32_MAX / size ? NULL : calloc((size_t)count, size);
}

static int32_t to_fixed(double weight) {
    double scaled = weight * (1 << WEIGHT_BITS);
    return (int32_t)(weight < 0 ? -0.5 + scaled : 0.5 + scaled);
}

/* Fills in the weights of output sample x; `exact` is room for [taps]. */
static void compute_output(struct weights *weights, uint32_t x, uint32_t inputs, struct filter filter, double *exact) {
    const double scale = (double)inputs / weights->outputs;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = filter.reach * stretch;
    const double centre = (x + 0.5) * scale;
    const double per_sample = 1.0 / stretch;

    int32_t from = (int32_t)(centre - support + 0.5);
    int32_t to = (int32_t)(centre + support + 0.5);
    if (from < 0) from = 0;
    if (to > (int32_t)inputs) to = (int32_t)inputs;
    const int32_t count = to - from;

    double sum = 0.0;
    for (int32_t i = 0; i < count; i++) {
        exact[i] = filter.weight((i + from - centre + 0.5) * per_sample);
        sum += exact[i];
    }
    int32_t *fixed = weights->fixed + (size_t)x * weights->taps;
    for (int32_t i = 0; i < count; i++) fixed[i] = to_fixed(sum != 0.0 ? exact[i] / sum : exact[i]);
    weights->first[x] = (uint32_t)from;
    weights->count[x] = (uint32_t)count;
}

/* 0 when there is no memory; the caller frees in either case. */
static int weights_compute(struct weights *weights, uint32_t inputs, uint32_t outputs, struct filter filter) {
    const double scale = (double)inputs / outputs;
    const double support = filter.reach * (scale < 1.0 ? 1.0 : scale);
    const uint32_t taps = (uint32_t)ceil(support) * 2 + 1;
    *weights = (struct weights){outputs, taps, allocate_array(outputs, sizeof(uint32_t)),
                                allocate_array(outputs, sizeof(uint32_t)),
                                allocate_zeros((uint64_t)outputs * taps, sizeof(int32_t))};
    double *exact = allocate_array(taps, sizeof(double));
    int allocated = weights->first && weights->count && weights->fixed && exact;
    for (uint32_t x = 0; allocated && x < outputs; x++) compute_output(weights, x, inputs, filter, exact);
    free(exact);
    return allocated;
}

static uint8_t to_u8(int32_t sum) {
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

enum { ROUNDING = 1 << (WEIGHT_BITS - 1) };

/* One row, [inputs, 3] to [outputs, 3]. Plain as it is, compilers find vector code for it that is faster than
 * a vector for each pixel. */
static void resample_row(const struct weights *weights, const uint8_t *row, uint8_t *out) {
    for (uint32_t x = 0; x < weights->outputs; x++, out += 3) {
        const int32_t *fixed = weights->fixed + (size_t)x * weights->taps;
        const uint8_t *pixel = row + (size_t)weights->first[x] * 3;
        int32_t red = ROUNDING, green = ROUNDING, blue = ROUNDING;
        for (uint32_t i = 0; i < weights->count[x]; i++, pixel += 3) {
            red += pixel[0] * fixed[i];
            green += pixel[1] * fixed[i];
            blue += pixel[2] * fixed[i];
        }
        out[0] = to_u8(red);
        out[1] = to_u8(green);
        out[2] = to_u8(blue);
    }
}

/* Output row y from rows of `bytes` bytes, `rows` being input row 0. `sums` is room for [bytes]. */
static void resample_column(const struct weights *weights, uint32_t y, const uint8_t *rows, size_t bytes, int32_t *sums,
                            uint8_t *out) {
    const int32_t *fixed = weights->fixed + (size_t)y * weights->taps;
    const uint8_t *row = rows + weights->first[y] * bytes;
    for (size_t i = 0; i < bytes; i++) sums[i] = ROUNDING;
    for (uint32_t tap = 0; tap < weights->count[y]; tap++, row += bytes) {
        const int32_t weight = fixed[tap];
        for (size_t i = 0; i < bytes; i++) sums[i] += row[i] * weight;
    }
    for (size_t i = 0; i < bytes; i++) out[i] = to_u8(sums[i]);
}

static int32_t resample_rows(const struct pixels *from, struct filter filter, struct pixels *to,
                             struct message *message) {
    struct weights weights;
    const int computed = weights_compute(&weights, from->width, to->width, filter);
    to->rgb = computed ? allocate_array((uint64_t)to->width * to->height, 3) : NULL;
    for (uint32_t y = 0; to->rgb && y < to->height; y++)
        resample_row(&weights, from->rgb + (size_t)y * from->width * 3, to->rgb + (size_t)y * to->width * 3);
    weights_free(&weights);
    return to->rgb ? PERCEPT_OK : out_of_memory(message);
}

static int32_t resample_columns(const struct pixels *from, struct filter filter, struct pixels *to,
                                struct message *message) {
    struct weights weights;
    const size_t bytes = (size_t)to->width * 3;
    const int computed = weights_compute(&weights, from->height, to->height, filter);
    int32_t *sums = computed ? allocate_array(bytes, sizeof *sums) : NULL;
    const int32_t status = sums ? pixels_allocate(to, to->width, to->height, message) : out_of_memory(message);
    for (uint32_t y = 0; sums && status == PERCEPT_OK && y < to->height; y++)
        resample_column(&weights, y, from->rgb, bytes, sums, to->rgb + y * bytes);
    free(sums);
    weights_free(&weights);
    return status;
}

static int32_t copy_pixels(const struct pixels *from, struct pixels *to, struct message *message) {
    int32_t status = pixels_allocate(to, from->width, from->height, message);
    if (status == PERCEPT_OK) memcpy(to->rgb, from->rgb, (size_t)from->width * from->height * 3);
    return status;
}

/* The input sample under the middle of each output sample. Positions are added up as Pillow does, whose rounding
 * decides where a middle lies on an edge. `picked` is [outputs]. */
static void pick_samples(uint32_t inputs, uint32_t outputs, uint32_t *picked) {
    const double scale = (double)inputs / outputs;
    double position = scale * 0.5;
    for (uint32_t x = 0; x < outputs; x++) {
        const uint32_t sample = (uint32_t)position;
        picked[x] = sample < inputs ? sample : inputs - 1;
        position += scale;
    }
}

static int32_t resample_nearest(const struct pixels *from, struct pixels *to, struct message *message) {
    uint32_t *columns = allocate_array(to->width, sizeof *columns), *rows = allocate_array(to->height, sizeof *rows);
    const int allocated = columns && rows;
    const int32_t status = allocated ? pixels_allocate(to, to->width, to->height, message) : out_of_memory(message);
    if (status == PERCEPT_OK) {
        pick_samples(from->width, to->width, columns);
        pick_samples(from->height, to->height, rows);
    }
    for (uint32_t y = 0; status == PERCEPT_OK && y < to->height; y++) {
        const uint8_t *row = from->rgb + (size_t)rows[y] * from->width * 3;
        uint8_t *out = to->rgb + (size_t)y * to->width * 3;
        for (uint32_t x = 0; x < to->width; x++) memcpy(out + (size_t)x * 3, row + (size_t)columns[x] * 3, 3);
    }
    free(columns);
    free(rows);
    return status;
}

/* A pass whose size does not change is left out, as Pillow does. */
static int32_t resample(const struct pixels *from, struct filter filter, struct pixels *to, struct message *message) {
    if (from->width == to->width && from->height == to->height) return copy_pixels(from, to, message);
    if (!filter.weight) return resample_nearest(from, to, message);
    if (from->width == to->width) return resample_columns(from, filter, to, message);
    if (from->height == to->height) return resample_rows(from, filter, to, message);
    struct pixels narrowed = {to->width, from->height, NULL};
    int32_t status = resample_rows(from, filter, &narrowed, message);
    if (status == PERCEPT_OK) status = resample_columns(&narrowed, filter, to, message);
    pixels_free(&narrowed);
    return status;
}

int32_t pixels_resample(const struct pixels *from, int32_t filter, struct pixels *to, struct message *message) {
    return resample(from, filter_of(filter), to, message);
}
