#include "sha256.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, LENGTH_BYTES = 8 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
static const uint32_t CONSTANTS[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Of the square roots of the first 8 primes (5.3.3). */
static const uint32_t INITIAL[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* A word of each of the messages. */
typedef uint32_t words __attribute__((vector_size(4 * SHA256_LANES)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));

static struct {
    uint8_t input[SHA256_LANES][SHA256_INPUT_BYTES];
    uint8_t rest[SHA256_LANES][BLOCK]; /* the messages' ends that fill no block yet */
    uint32_t rest_bytes;
    uint64_t message_bytes;
    words hash[8];
    uint8_t digests[SHA256_LANES][SHA256_DIGEST_BYTES];
} state;

static inline words rotate_right(words x, int bits) { return x >> bits | x << (32 - bits); }

/* Four big-endian words of one message. */
static inline words load_words(const uint8_t *bytes) {
    bytes16 loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return (words)__builtin_shufflevector(loaded, loaded, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/* Four words of each message, whose blocks are `stride` bytes apart, as w[0] to w[3]. */
static inline void load_transposed(const uint8_t *block, size_t stride, words *w) {
    const words first = load_words(block), second = load_words(block + stride);
    const words third = load_words(block + 2 * stride), fourth = load_words(block + 3 * stride);
    const words low12 = __builtin_shufflevector(first, second, 0, 4, 1, 5);
    const words high12 = __builtin_shufflevector(first, second, 2, 6, 3, 7);
    const words low34 = __builtin_shufflevector(third, fourth, 0, 4, 1, 5);
    const words high34 = __builtin_shufflevector(third, fourth, 2, 6, 3, 7);
    w[0] = __builtin_shufflevector(low12, low34, 0, 1, 4, 5);
    w[1] = __builtin_shufflevector(low12, low34, 2, 3, 6, 7);
    w[2] = __builtin_shufflevector(high12, high34, 0, 1, 4, 5);
    w[3] = __builtin_shufflevector(high12, high34, 2, 3, 6, 7);
}

/* The message schedule W of one block of each message (6.2.2, step 1). */
static void schedule(const uint8_t *block, size_t stride, words *w) {
    for (int t = 0; t < 16; t += 4) load_transposed(block + 4 * t, stride, w + t);
    for (int t = 16; t < ROUNDS; t++) {
        const words s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        const words s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

/* One block of each message into its hash (6.2.2, steps 2 to 4); the names are the standard's. */
static void compress(const uint8_t *block, size_t stride) {
    words w[ROUNDS];
    schedule(block, stride, w);
    words a = state.hash[0], b = state.hash[1], c = state.hash[2], d = state.hash[3];
    words e = state.hash[4], f = state.hash[5], g = state.hash[6], h = state.hash[7];
    for (int t = 0; t < ROUNDS; t++) {
        const words sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        const words choice = g ^ (e & (f ^ g));
        const words t1 = h + sum1 + choice + CONSTANTS[t] + w[t];
        const words sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        const words majority = (a & b) | (c & (a | b));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + sum0 + majority;
    }
    const words sums[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) state.hash[i] += sums[i];
}

/* Appends `count` bytes to each message; those of the next one begin `stride` bytes further on. */
static void append(const uint8_t *bytes, size_t stride, uint32_t count) {
    if (state.rest_bytes > 0) {
        const uint32_t room = BLOCK - state.rest_bytes, part = count < room ? count : room;
        for (uint32_t lane = 0; lane < SHA256_LANES; lane++) {
            memcpy(state.rest[lane] + state.rest_bytes, bytes + lane * stride, part);
        }
        state.rest_bytes += part, bytes += part, count -= part;
        if (state.rest_bytes < BLOCK) return;
        compress(state.rest[0], BLOCK);
        state.rest_bytes = 0;
    }
    for (; count >= BLOCK; bytes += BLOCK, count -= BLOCK) compress(bytes, stride);
    for (uint32_t lane = 0; lane < SHA256_LANES; lane++) memcpy(state.rest[lane], bytes + lane * stride, count);
    state.rest_bytes = count;
}

uint8_t *sha256_input(void) { return state.input[0]; }

uint32_t sha256_input_bytes(void) { return SHA256_INPUT_BYTES; }

uint32_t sha256_lanes(void) { return SHA256_LANES; }

void sha256_begin(void) {
    for (int i = 0; i < 8; i++) state.hash[i] = (words){0} + INITIAL[i];
    state.rest_bytes = 0;
    state.message_bytes = 0;
}

void sha256_update(uint32_t bytes) {
    if (bytes > SHA256_INPUT_BYTES) bytes = SHA256_INPUT_BYTES;
    state.message_bytes += bytes;
    append(state.input[0], SHA256_INPUT_BYTES, bytes);
}

/* The padding (5.1.1): one bit, zeros, and the length in bits, so that whole blocks result. It is the same for all. */
const uint8_t *sha256_end(void) {
    static const uint8_t padding[BLOCK] = {0x80};
    const uint64_t bits = state.message_bytes * 8;
    const uint32_t filled = (state.rest_bytes + LENGTH_BYTES) % BLOCK;
    append(padding, 0, BLOCK - filled);
    uint8_t length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) length[i] = (uint8_t)(bits >> (8 * (LENGTH_BYTES - 1 - i)));
    append(length, 0, LENGTH_BYTES);
    for (int lane = 0; lane < SHA256_LANES; lane++) {
        for (int i = 0; i < SHA256_DIGEST_BYTES; i++) {
            state.digests[lane][i] = (uint8_t)(state.hash[i / 4][lane] >> (24 - 8 * (i % 4)));
        }
    }
    return state.digests[0];
}
