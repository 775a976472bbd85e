/* SHA-256 (FIPS 180-4), a WebAssembly module of its own: for pages that are served over plain HTTP, to which browsers
 * give no crypto.subtle. One message at a time. */
#ifndef PERCEPT_SHA256_H
#define PERCEPT_SHA256_H

#include <stdint.h>

enum { SHA256_INPUT_BYTES = 65536, SHA256_DIGEST_BYTES = 32 };

/* The buffer, of SHA256_INPUT_BYTES, that sha256_update reads. */
uint8_t *sha256_input(void);

/* The size of that buffer. */
uint32_t sha256_input_bytes(void);

/* Begins a message, whatever became of the one before. */
void sha256_begin(void);

/* Appends the first `bytes` bytes of the buffer, at most SHA256_INPUT_BYTES, to the message. */
void sha256_update(uint32_t bytes);

/* Ends the message: its SHA256_DIGEST_BYTES bytes, which hold until the next sha256_begin. */
const uint8_t *sha256_end(void);

#endif
