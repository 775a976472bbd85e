/* Text that is written piece by piece into a buffer of fixed size: the engine links no printf. */
#ifndef PERCEPT_TEXT_H
#define PERCEPT_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes;
    size_t used;     /* bytes written so far */
    size_t capacity; /* bytes that `bytes` holds besides the closing NUL */
    int32_t full;    /* something did not fit; nothing more is written */
};

/* Appends, and ends with a NUL. Of printf's directives it knows %s, %.*s, %d, %u and %%, without flags or widths. What does
 * not fit is cut between two characters of UTF-8. */
__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_add_list(struct text *text, const char *format, va_list arguments);

#endif
