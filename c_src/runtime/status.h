/* What both modules say when a call fails: the names of the statuses and one sentence for each handle. */
#ifndef PERCEPT_STATUS_H
#define PERCEPT_STATUS_H

#include "../percept.h"

/* Every status's name, in the order of enum percept_status (status.c asserts that they agree). The first
 * one is given to FIRST, the others to NEXT, so that a list can be joined by commas. */
#define STATUS_NAMES(FIRST, NEXT) \
    FIRST(OK)                     \
    NEXT(OUT_OF_MEMORY)           \
    NEXT(BAD_ARGUMENT)            \
    NEXT(WRONG_STATE)             \
    NEXT(UNSUPPORTED_FORMAT)      \
    NEXT(CORRUPT_PICTURE)         \
    NEXT(PICTURE_TOO_LARGE)       \
    NEXT(UNKNOWN_TENSOR)          \
    NEXT(WRONG_SHAPE)             \
    NEXT(MISSING_TENSOR)          \
    NEXT(NOT_FINITE)

#define STATUS_QUOTED(name) "\"" #name "\""
#define STATUS_COMMA_QUOTED(name) ",\"" #name "\""

/* ["OK","OUT_OF_MEMORY",…] as a string literal, for picture_info and tower_info to be pasted from. */
#define STATUS_NAMES_JSON "[" STATUS_NAMES(STATUS_QUOTED, STATUS_COMMA_QUOTED) "]"

/* The value of a macro as a string literal, so that JSON tells a limit as its definition has it. */
#define STATUS_LITERAL(value) #value
#define STATUS_LITERAL_OF(macro) STATUS_LITERAL(macro)

/* The name of a status, "OK" for PERCEPT_OK; "UNKNOWN" for a number that is none. Static, NUL-ended. */
const char *status_name(int32_t status);

/* One sentence, NUL-ended, cut to its room between two characters. Empty when `text[0]` is 0. */
struct message {
    char text[256];
};

/* Empties the message; returns PERCEPT_OK, so that a function may end with `return message_clear(…)`. */
int32_t message_clear(struct message *message);

/* Writes the message and returns `status`, so that a function may `return message_fail(…)`. Of printf's
 * directives it knows %s, %.*s, %d, %u and %%, without flags or widths: the engine links no printf. */
__attribute__((format(printf, 3, 4))) int32_t message_fail(struct message *message, int32_t status, const char *format,
                                                           ...);

#endif
