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

static struct {
    uint8_t input[SHA256_INPUT_BYTES];
    uint8_t rest[BLOCK]; /* the message's end that fills no block yet */
    uint32_t rest_bytes;
    uint64_t message_bytes;
    uint32_t hash[8];
    uint8_t digest[SHA256_DIGEST_BYTES];
} state;

static uint32_t rotate_right(uint32_t x, uint32_t bits) { return x >> bits | x << (32 - bits); }

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The message schedule W of one block (6.2.2, step 1). */
static void schedule(const uint8_t *block, uint32_t *w) {
    for (int t = 0; t < 16; t++) w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < ROUNDS; t++) {
        const uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

/* One block into the hash (6.2.2, steps 2 to 4); the names are the standard's. */
static void compress(const uint8_t *block) {
    uint32_t w[ROUNDS];
    schedule(block, w);
    uint32_t a = state.hash[0], b = state.hash[1], c = state.hash[2], d = state.hash[3];
    uint32_t e = state.hash[4], f = state.hash[5], g = state.hash[6], h = state.hash[7];
    for (int t = 0; t < ROUNDS; t++) {
        const uint32_t sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        const uint32_t choice = (e & f) ^ (~e & g);
        const uint32_t t1 = h + sum1 + choice + CONSTANTS[t] + w[t];
        const uint32_t sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + sum0 + majority;
    }
    const uint32_t sums[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) state.hash[i] += sums[i];
}

static void append(const uint8_t *bytes, uint32_t count) {
    if (state.rest_bytes > 0) {
        const uint32_t room = BLOCK - state.rest_bytes, part = count < room ? count : room;
        memcpy(state.rest + state.rest_bytes, bytes, part);
        state.rest_bytes += part, bytes += part, count -= part;
        if (state.rest_bytes < BLOCK) return;
        compress(state.rest);
        state.rest_bytes = 0;
    }
    for (; count >= BLOCK; bytes += BLOCK, count -= BLOCK) compress(bytes);
    memcpy(state.rest, bytes, count);
    state.rest_bytes = count;
}

uint8_t *sha256_input(void) { return state.input; }

uint32_t sha256_input_bytes(void) { return SHA256_INPUT_BYTES; }

void sha256_begin(void) {
    memcpy(state.hash, INITIAL, sizeof INITIAL);
    state.rest_bytes = 0;
    state.message_bytes = 0;
}

void sha256_update(uint32_t bytes) {
    if (bytes > SHA256_INPUT_BYTES) bytes = SHA256_INPUT_BYTES;
    state.message_bytes += bytes;
    append(state.input, bytes);
}

/* The padding (5.1.1): one bit, zeros, and the length in bits, so that whole blocks result. */
const uint8_t *sha256_end(void) {
    static const uint8_t padding[BLOCK] = {0x80};
    const uint64_t bits = state.message_bytes * 8;
    const uint32_t filled = (state.rest_bytes + LENGTH_BYTES) % BLOCK;
    append(padding, BLOCK - filled);
    uint8_t length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) length[i] = (uint8_t)(bits >> (8 * (LENGTH_BYTES - 1 - i)));
    append(length, LENGTH_BYTES);
    for (int i = 0; i < SHA256_DIGEST_BYTES; i++) state.digest[i] = (uint8_t)(state.hash[i / 4] >> (24 - 8 * (i % 4)));
    return state.digest;
}
