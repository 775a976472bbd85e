/* Status names and the sentence of a handle. */
#include "status.h"

#include <stdarg.h>
#include <stddef.h>

#define NUMBERED(name) STATUS_NUMBER_##name,
enum { STATUS_NAMES(NUMBERED, NUMBERED) STATUS_NUMBER_COUNT };

#define ASSERT_NUMBER(name) \
    _Static_assert((int)STATUS_NUMBER_##name == (int)PERCEPT_##name, "STATUS_NAMES is out of order at " #name);
STATUS_NAMES(ASSERT_NUMBER, ASSERT_NUMBER)
_Static_assert((int)STATUS_NUMBER_COUNT == (int)PERCEPT_STATUS_COUNT, "STATUS_NAMES lacks a status");

const char *status_name(int32_t status) {
#define NAME_CASE(name) \
    case PERCEPT_##name: return #name;
    switch (status) {
        STATUS_NAMES(NAME_CASE, NAME_CASE)
        default: return "UNKNOWN";
    }
}

/* Where a sentence is being written. */
struct writer {
    char *text;
    size_t used;     /* bytes written so far */
    size_t capacity; /* bytes that `text` holds besides the closing NUL */
    int full;        /* something did not fit; nothing more is written */
};

static void write_bytes(struct writer *writer, const char *bytes, size_t count) {
    for (size_t i = 0; i < count && !writer->full; i++) {
        if (writer->used == writer->capacity)
            writer->full = 1;
        else
            writer->text[writer->used++] = bytes[i];
    }
}

static size_t length_within(const char *string, size_t limit) {
    size_t length = 0;
    while (length < limit && string[length] != 0) length++;
    return length;
}

static void write_unsigned(struct writer *writer, unsigned int value) {
    char digits[10]; /* 4294967295 */
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    write_bytes(writer, digits + first, sizeof digits - first);
}

static void write_signed(struct writer *writer, int value) {
    if (value < 0) {
        write_bytes(writer, "-", 1);
        write_unsigned(writer, 0u - (unsigned int)value);
    } else {
        write_unsigned(writer, (unsigned int)value);
    }
}

/* Drops the bytes of a UTF-8 character of which the last ones did not fit. */
static void drop_cut_character(struct writer *writer) {
    size_t start = writer->used;
    while (start > 0 && ((unsigned char)writer->text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0 || ((unsigned char)writer->text[start - 1] & 0x80) == 0) return;
    unsigned char lead = (unsigned char)writer->text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (writer->used - (start - 1) < wanted) writer->used = start - 1;
}

int32_t message_clear(struct message *message) {
    message->text[0] = 0;
    return PERCEPT_OK;
}

int32_t message_fail(struct message *message, int32_t status, const char *format, ...) {
    struct writer writer = {message->text, 0, sizeof message->text - 1, 0};
    va_list arguments;
    va_start(arguments, format);
    for (const char *at = format; *at != 0; at++) {
        if (*at != '%') {
            write_bytes(&writer, at, 1);
            continue;
        }
        at++;
        if (*at == 'd') {
            write_signed(&writer, va_arg(arguments, int));
        } else if (*at == 'u') {
            write_unsigned(&writer, va_arg(arguments, unsigned int));
        } else if (*at == 's') {
            const char *string = va_arg(arguments, const char *);
            write_bytes(&writer, string, length_within(string, sizeof message->text));
        } else if (*at == '.') { /* %.*s */
            int limit = va_arg(arguments, int);
            const char *string = va_arg(arguments, const char *);
            write_bytes(&writer, string, length_within(string, limit < 0 ? 0 : (size_t)limit));
            at += 2;
        } else { /* %% */
            write_bytes(&writer, "%", 1);
        }
    }
    va_end(arguments);
    if (writer.full) drop_cut_character(&writer);
    message->text[writer.used] = 0;
    return status;
}
