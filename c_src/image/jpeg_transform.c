/* The inverse transform of JPEG blocks, bit for bit as the "islow" method of libjpeg, which libjpeg-turbo and
 * Pillow use unless they are told otherwise. */
#include "jpeg_transform.h"

#include <string.h>

/* Four numbers of one row, computed on together (GCC's vector extension: compilers map it to SIMD).
 * Arithmetic is modulo 2^32, so that hostile coefficients cannot overflow. */
typedef uint32_t lanes __attribute__((vector_size(16)));
typedef int32_t signed_lanes __attribute__((vector_size(16)));
typedef int16_t coefficient_lanes __attribute__((vector_size(8)));
typedef uint8_t sample_lanes __attribute__((vector_size(4)));

/* A block, [8, 8] numbers; each row in two halves. */
struct block {
    lanes row[8][2];
};

/* The eight-point inverse DCT of Loeffler, Ligtenberg and Moschytz (1989), scaled by sqrt(8), with constants
 * of 13 bits. */
enum { TRANSFORM_BITS = 13, FIRST_PASS_BITS = 2 };

#define FIXED(value) ((uint32_t)((value) * (1 << TRANSFORM_BITS) + 0.5))

/* Rounds to nearest and drops `bits` bits. */
static inline lanes descale(lanes value, int bits) {
    return (lanes)((signed_lanes)(value + (1u << (bits - 1))) >> bits);
}

/* Transforms four columns of the block, in place; results lose `bits` bits. */
static inline void transform_columns(struct block *block, int half, int bits) {
    lanes in[8];
    for (int row = 0; row < 8; row++) in[row] = block->row[row][half];

    lanes rotated = (in[2] + in[6]) * FIXED(0.541196100);
    lanes even2 = rotated - in[6] * FIXED(1.847759065);
    lanes even3 = rotated + in[2] * FIXED(0.765366865);
    lanes even0 = (in[0] + in[4]) << TRANSFORM_BITS;
    lanes even1 = (in[0] - in[4]) << TRANSFORM_BITS;
    lanes sum0 = even0 + even3;
    lanes sum1 = even1 + even2;
    lanes sum2 = even1 - even2;
    lanes sum3 = even0 - even3;

    lanes cross = (in[7] + in[3] + in[5] + in[1]) * FIXED(1.175875602);
    lanes pair71 = (in[7] + in[1]) * FIXED(0.899976223);
    lanes pair53 = (in[5] + in[3]) * FIXED(2.562915447);
    lanes pair73 = cross - (in[7] + in[3]) * FIXED(1.961570560);
    lanes pair51 = cross - (in[5] + in[1]) * FIXED(0.390180644);
    lanes odd0 = in[7] * FIXED(0.298631336) - pair71 + pair73;
    lanes odd1 = in[5] * FIXED(2.053119869) - pair53 + pair51;
    lanes odd2 = in[3] * FIXED(3.072711026) - pair53 + pair73;
    lanes odd3 = in[1] * FIXED(1.501321110) - pair71 + pair51;

    block->row[0][half] = descale(sum0 + odd3, bits);
    block->row[1][half] = descale(sum1 + odd2, bits);
    block->row[2][half] = descale(sum2 + odd1, bits);
    block->row[3][half] = descale(sum3 + odd0, bits);
    block->row[4][half] = descale(sum3 - odd0, bits);
    block->row[5][half] = descale(sum2 - odd1, bits);
    block->row[6][half] = descale(sum1 - odd2, bits);
    block->row[7][half] = descale(sum0 - odd3, bits);
}

static inline void load_block(const short coefficients[64], struct block *block) {
    for (int i = 0; i < 16; i++) {
        coefficient_lanes four;
        memcpy(&four, coefficients + 4 * i, sizeof four);
        block->row[i / 2][i % 2] = (lanes) __builtin_convertvector(four, signed_lanes);
    }
}

/* Shifts the samples from around 0 to around 128 and clamps them to 8 bits. */
static inline void store_block(const struct block *block, uint8_t *out, int stride) {
    for (int i = 0; i < 16; i++) {
        signed_lanes four = (signed_lanes)block->row[i / 2][i % 2] + 128;
        four = ((four & (four > 0)) | (four > 255)) & 255; /* a comparison gives all bits or none */
        sample_lanes samples = __builtin_convertvector(four, sample_lanes);
        memcpy(out + i / 2 * stride + i % 2 * 4, &samples, sizeof samples);
    }
}

/* Exchanges rows and columns of the 4 x 4 numbers at rows top.. and the given half, to rows to_top... */
static inline void transpose_quarter(const struct block *from, int top, int half, struct block *to, int to_top,
                                     int to_half) {
    lanes a = from->row[top][half], b = from->row[top + 1][half];
    lanes c = from->row[top + 2][half], d = from->row[top + 3][half];
    lanes ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    lanes cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    to->row[to_top][to_half] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    to->row[to_top + 1][to_half] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    to->row[to_top + 2][to_half] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    to->row[to_top + 3][to_half] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

static inline void transpose(const struct block *from, struct block *to) {
    transpose_quarter(from, 0, 0, to, 0, 0);
    transpose_quarter(from, 0, 1, to, 4, 0);
    transpose_quarter(from, 4, 0, to, 0, 1);
    transpose_quarter(from, 4, 1, to, 4, 1);
}

/* A block whose only coefficient is the mean; the rounding is that of the two passes. */
static void fill_block(uint8_t *out, int stride, int32_t mean) {
    uint8_t sample = jpeg_clamp(((mean * 4 + 16) >> 5) + 128);
    for (int row = 0; row < 8; row++, out += stride) memset(out, sample, 8);
}

static int only_mean(const short coefficients[64]) {
    int rest = 0;
    for (int i = 1; i < 64; i++) rest |= coefficients[i];
    return rest == 0;
}

void jpeg_islow(uint8_t *out, int stride, short coefficients[64]) {
    if (only_mean(coefficients)) {
        fill_block(out, stride, coefficients[0]);
        return;
    }
    struct block block, turned;
    load_block(coefficients, &block);
    for (int half = 0; half < 2; half++) transform_columns(&block, half, TRANSFORM_BITS - FIRST_PASS_BITS);
    transpose(&block, &turned);
    for (int half = 0; half < 2; half++) transform_columns(&turned, half, TRANSFORM_BITS + FIRST_PASS_BITS + 3);
    transpose(&turned, &block);
    store_block(&block, out, stride);
}
