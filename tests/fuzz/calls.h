/* What the parts of engine_fuzz.c share: numbers out of the fuzzer's bytes, and what must hold after any call. */
#ifndef PERCEPT_FUZZ_CALLS_H
#define PERCEPT_FUZZ_CALLS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../c_src/percept.h"

/* The fuzzer's input, read front to back; zeros follow its end. */
struct stream {
    const uint8_t *bytes;
    size_t left;
    int sensible; /* whether take_number gives only numbers that make sense */
};

static inline uint32_t take_byte(struct stream *stream) {
    if (stream->left == 0) return 0;
    stream->left--;
    return *stream->bytes++;
}

static inline uint32_t take_word(struct stream *stream) {
    uint32_t word = 0;
    for (int i = 0; i < 4; i++) word = word << 8 | take_byte(stream);
    return word;
}

/* 0 to limit - 1 */
static inline uint32_t take_below(struct stream *stream, uint32_t limit) { return take_byte(stream) % limit; }

/* A number from `low` to `high`, which makes sense; where the stream is not sensible, one time in sixteen one that hardly does. */
static inline int32_t take_number(struct stream *stream, int32_t low, int32_t high) {
    static const int32_t odd[] = {0,    -1,    1,     2,     255,     256,       8192,
                                  8193, 32768, 65535, 65536, 1 << 30, INT32_MAX, INT32_MIN};
    const uint32_t kind = take_byte(stream);
    if (stream->sensible) return low + (int32_t)(kind % (uint32_t)(high - low + 1));
    if (kind < 8) return odd[take_below(stream, sizeof odd / sizeof odd[0])];
    if (kind < 16) return (int32_t)take_word(stream);
    return low + (int32_t)((kind - 16) % (uint32_t)(high - low + 1));
}

/* A status is one of percept.h's; only failures have a sentence, and they all have one. */
static inline int32_t checked(int32_t status, const char *message) {
    if (status < PERCEPT_OK || status >= PERCEPT_STATUS_COUNT) abort();
    if (strlen(message) > 255 || (status == PERCEPT_OK) != (message[0] == 0)) abort();
    return status;
}

/* Reads every byte, so that the sanitizer sees whether they are there. */
static inline void read_all(const void *start, size_t bytes) {
    const volatile uint8_t *at = start;
    for (size_t i = 0; i < bytes; i++) (void)at[i];
}

/* Call the functions of a part of percept.h, of train.h beside it, or the converter's, in an order and with arguments that the stream
 * chooses. */
void call_picture_module(struct stream *stream);
void call_tower_module(struct stream *stream);
void call_trainer(struct stream *stream);
void call_pack_module(struct stream *stream);
/* Watches what the layers of a tower of one block read, calibrate.h. */
void call_calibration(struct stream *stream);

#endif
