#include "xxh64.h"

#include <string.h>

enum { STRIPE = 32, LANES = 4 };

static const uint64_t PRIME_1 = 0x9E3779B185EBCA87, PRIME_2 = 0xC2B2AE3D27D4EB4F, PRIME_3 = 0x165667B19E3779F9,
                      PRIME_4 = 0x85EBCA77C2B2AE63, PRIME_5 = 0x27D4EB2F165667C5;

static uint8_t input[XXH64_INPUT_BYTES];

static inline uint64_t rotate_left(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

/* Numbers are little-endian, as on every machine that this is compiled for. */
static inline uint64_t read64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t read32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* The names from here on are the specification's. */
static inline uint64_t round64(uint64_t accumulator, uint64_t lane) {
    return rotate_left(accumulator + lane * PRIME_2, 31) * PRIME_1;
}

static inline uint64_t merge_accumulator(uint64_t hash, uint64_t accumulator) {
    return (hash ^ round64(0, accumulator)) * PRIME_1 + PRIME_4;
}

/* Steps 1 to 3: whole stripes, in four accumulators that do not wait for each other. */
static uint64_t consume_stripes(const uint8_t *bytes, const uint8_t *end) {
    uint64_t accumulators[LANES] = {PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1};
    for (; end - bytes >= STRIPE; bytes += STRIPE) {
        for (int lane = 0; lane < LANES; lane++)
            accumulators[lane] = round64(accumulators[lane], read64(bytes + 8 * lane));
    }
    uint64_t hash = rotate_left(accumulators[0], 1) + rotate_left(accumulators[1], 7) +
                    rotate_left(accumulators[2], 12) + rotate_left(accumulators[3], 18);
    for (int lane = 0; lane < LANES; lane++) hash = merge_accumulator(hash, accumulators[lane]);
    return hash;
}

/* Step 5: fewer bytes than a stripe. */
static uint64_t consume_rest(uint64_t hash, const uint8_t *bytes, const uint8_t *end) {
    for (; end - bytes >= 8; bytes += 8) hash = rotate_left(hash ^ round64(0, read64(bytes)), 27) * PRIME_1 + PRIME_4;
    for (; end - bytes >= 4; bytes += 4) hash = rotate_left(hash ^ read32(bytes) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    for (; bytes < end; bytes++) hash = rotate_left(hash ^ *bytes * PRIME_5, 11) * PRIME_1;
    return hash;
}

/* Step 6: every bit of the input decides on every bit of the result. */
static uint64_t avalanche(uint64_t hash) {
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

uint8_t *xxh64_input(void) { return input; }

uint32_t xxh64_input_bytes(void) { return XXH64_INPUT_BYTES; }

uint64_t xxh64_checksum(uint32_t bytes) {
    const uint32_t length = bytes > XXH64_INPUT_BYTES ? XXH64_INPUT_BYTES : bytes;
    const uint8_t *end = input + length, *rest = input + length / STRIPE * STRIPE;
    const uint64_t hash = length >= STRIPE ? consume_stripes(input, rest) : PRIME_5;
    return avalanche(consume_rest(hash + length, rest, end));
}
