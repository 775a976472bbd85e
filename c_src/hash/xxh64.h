/* XXH64, the checksum of Yann Collet's xxHash (its specification: doc/xxhash_spec.md of that project), of one message at
 * a time, with the seed 0. Twenty times as fast as SHA-256: it finds what storage has damaged, and withstands no forger. */
#ifndef PERCEPT_XXH64_H
#define PERCEPT_XXH64_H

#include <stdint.h>

enum { XXH64_INPUT_BYTES = 1 << 20 };

/* The buffer that xxh64_checksum reads. */
uint8_t *xxh64_input(void);

/* The size of that buffer. */
uint32_t xxh64_input_bytes(void);

/* Of the first `bytes` bytes of the buffer, at most XXH64_INPUT_BYTES. */
uint64_t xxh64_checksum(uint32_t bytes);

#endif
