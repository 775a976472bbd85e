/* What a handle says when a call fails: a status and one sentence. */
#ifndef PERCEPT_STATUS_H
#define PERCEPT_STATUS_H

#include "../percept.h"

/* One sentence, NUL-ended, cut to its room between two characters. Empty when `text[0]` is 0. */
struct message {
    char text[256];
};

/* Empties the message; returns PERCEPT_OK, so that a function may end with `return message_clear(…)`. */
int32_t message_clear(struct message *message);

/* Writes the message and returns `status`, so that a function may `return message_fail(…)`. The format is text_add's. */
__attribute__((format(printf, 3, 4))) int32_t message_fail(struct message *message, int32_t status, const char *format,
                                                           ...);

#endif
