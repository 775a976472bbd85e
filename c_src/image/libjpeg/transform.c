/* libjpeg's accurate inverse transform ("islow") as its code for x86-64 computes it, which Pillow and browsers run: in numbers of
 * 16 bits that wrap where they are multiplied by the quantisation table or added, and that saturate between the passes. On intact
 * pictures every way to compute it agrees; on damaged ones coefficients leave their range, and only this one gives the
 * pixels that everybody else sees. */
#include "simd.h"

#include <string.h>

/* A row of eight numbers, computed on together (GCC's vector extension: compilers map it to SIMD). Sums are modulo 2^32. */
typedef int16_t shorts __attribute__((vector_size(16)));
typedef uint16_t wrapping __attribute__((vector_size(16)));
typedef uint32_t lanes __attribute__((vector_size(32)));
typedef int32_t signed_lanes __attribute__((vector_size(32)));
typedef int8_t samples __attribute__((vector_size(8)));

/* The eight-point inverse DCT of Loeffler, Ligtenberg and Moschytz (1989), scaled by sqrt(8), with constants
 * of 13 bits. */
enum { TRANSFORM_BITS = 13, FIRST_PASS_BITS = 2 };

#define FIXED(value) ((uint32_t)((value) * (1 << TRANSFORM_BITS) + 0.5))

static inline lanes widened(shorts row) { return (lanes) __builtin_convertvector(row, signed_lanes); }

static inline shorts sum(shorts a, shorts b) { return (shorts)((wrapping)a + (wrapping)b); }

static inline shorts difference(shorts a, shorts b) { return (shorts)((wrapping)a - (wrapping)b); }

static inline signed_lanes clamped(signed_lanes value, int32_t least, int32_t most) {
    const signed_lanes above = value > most, below = value < least; /* a comparison gives all bits or none */
    return (value & ~(above | below)) | (above & most) | (below & least);
}

/* Rounds to nearest, drops `bits` bits, and saturates. */
static inline shorts descale(lanes value, int bits) {
    const signed_lanes scaled = (signed_lanes)(value + (1u << (bits - 1))) >> bits;
    return __builtin_convertvector(clamped(scaled, INT16_MIN, INT16_MAX), shorts);
}

/* Transforms the eight columns of a block, in place; results lose `bits` bits. */
static inline void transform_columns(shorts row[8], int bits) {
    const lanes in1 = widened(row[1]), in2 = widened(row[2]), in3 = widened(row[3]);
    const lanes in5 = widened(row[5]), in6 = widened(row[6]), in7 = widened(row[7]);

    const lanes rotated = (in2 + in6) * FIXED(0.541196100);
    const lanes even2 = rotated - in6 * FIXED(1.847759065);
    const lanes even3 = rotated + in2 * FIXED(0.765366865);
    const lanes even0 = widened(sum(row[0], row[4])) << TRANSFORM_BITS;
    const lanes even1 = widened(difference(row[0], row[4])) << TRANSFORM_BITS;
    const lanes sum0 = even0 + even3, sum3 = even0 - even3;
    const lanes sum1 = even1 + even2, sum2 = even1 - even2;

    const lanes sum73 = widened(sum(row[7], row[3])), sum51 = widened(sum(row[5], row[1]));
    const lanes cross = (sum73 + sum51) * FIXED(1.175875602);
    const lanes pair71 = (in7 + in1) * FIXED(0.899976223);
    const lanes pair53 = (in5 + in3) * FIXED(2.562915447);
    const lanes pair73 = cross - sum73 * FIXED(1.961570560);
    const lanes pair51 = cross - sum51 * FIXED(0.390180644);
    const lanes odd0 = in7 * FIXED(0.298631336) - pair71 + pair73;
    const lanes odd1 = in5 * FIXED(2.053119869) - pair53 + pair51;
    const lanes odd2 = in3 * FIXED(3.072711026) - pair53 + pair73;
    const lanes odd3 = in1 * FIXED(1.501321110) - pair71 + pair51;

    row[0] = descale(sum0 + odd3, bits);
    row[1] = descale(sum1 + odd2, bits);
    row[2] = descale(sum2 + odd1, bits);
    row[3] = descale(sum3 + odd0, bits);
    row[4] = descale(sum3 - odd0, bits);
    row[5] = descale(sum2 - odd1, bits);
    row[6] = descale(sum1 - odd2, bits);
    row[7] = descale(sum0 - odd3, bits);
}

#define LOWS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGHS(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

/* Exchanges rows and columns: three rounds that interleave each row with the one four below. */
static inline void transpose(shorts row[8]) {
    for (int round = 0; round < 3; round++) {
        shorts next[8];
        for (int i = 0; i < 4; i++) {
            next[2 * i] = LOWS(row[i], row[i + 4]);
            next[2 * i + 1] = HIGHS(row[i], row[i + 4]);
        }
        memcpy(row, next, sizeof next);
    }
}

static inline int all_zero(shorts row) {
    uint64_t halves[2];
    memcpy(halves, &row, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/* Shifts the samples from around 0 to around 128 and clamps them to 8 bits. */
static inline void store_block(const shorts row[8], JSAMPARRAY out, JDIMENSION column) {
    for (int i = 0; i < 8; i++) {
        const signed_lanes wide = clamped(__builtin_convertvector(row[i], signed_lanes), -128, 127) + 128;
        const samples eight = __builtin_convertvector(wide, samples);
        memcpy(out[i] + column, &eight, sizeof eight);
    }
}

int jsimd_can_idct_islow(void) { return 1; }

void jsimd_idct_islow(j_decompress_ptr info, jpeg_component_info *component, JCOEFPTR coefficients, JSAMPARRAY out,
                      JDIMENSION column) {
    (void)info;
    const uint8_t *table = component->dct_table;
    shorts row[8];
    shorts others = {0}; /* the bits of all rows but the first, as they are stored */
    for (int i = 0; i < 8; i++) {
        wrapping stored, factors;
        memcpy(&stored, coefficients + 8 * i, sizeof stored);
        memcpy(&factors, table + 16 * i, sizeof factors);
        row[i] = (shorts)(stored * factors);
        if (i > 0) others |= (shorts)stored;
    }
    if (all_zero(others)) {
        row[0] = (shorts)((wrapping)row[0] << FIRST_PASS_BITS);
        for (int i = 1; i < 8; i++) row[i] = row[0];
    } else {
        transform_columns(row, TRANSFORM_BITS - FIRST_PASS_BITS);
    }
    transpose(row);
    transform_columns(row, TRANSFORM_BITS + FIRST_PASS_BITS + 3);
    transpose(row);
    store_block(row, out, column);
}
