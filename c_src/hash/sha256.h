/* SHA-256 (FIPS 180-4) of four messages of one length side by side: the pieces of a weights file, four at a time, in the
 * lanes of the vectors. On plain HTTP, where browsers give no crypto.subtle, it serves for all else as well, with a
 * message in the first lane alone. */
#ifndef PERCEPT_SHA256_H
#define PERCEPT_SHA256_H

#include <stdint.h>

enum { SHA256_LANES = 4, SHA256_INPUT_BYTES = 65536, SHA256_DIGEST_BYTES = 32 };

/* The buffers that sha256_update reads: SHA256_LANES of them, each of SHA256_INPUT_BYTES, one after the other. */
uint8_t *sha256_input(void);

/* The size of one of those buffers. */
uint32_t sha256_input_bytes(void);

/* The number of messages. */
uint32_t sha256_lanes(void);

/* Begins the messages, whatever became of those before. */
void sha256_begin(void);

/* Appends to each message the first `bytes` bytes of its buffer, at most SHA256_INPUT_BYTES. */
void sha256_update(uint32_t bytes);

/* Ends the messages: SHA256_DIGEST_BYTES bytes for each in turn, which hold until the next sha256_begin. */
const uint8_t *sha256_end(void);

#endif
