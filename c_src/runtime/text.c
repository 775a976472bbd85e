#include "text.h"

static void add_bytes(struct text *text, const char *bytes, size_t count) {
    for (size_t i = 0; i < count && !text->full; i++) {
        if (text->used == text->capacity) {
            text->full = 1;
        } else {
            text->bytes[text->used++] = bytes[i];
        }
    }
}

/* The length of a string, or `limit` where that is less: no byte behind `limit` is read. */
static size_t length_within(const char *string, size_t limit) {
    size_t length = 0;
    while (length < limit && string[length] != 0) length++;
    return length;
}

static void add_unsigned(struct text *text, unsigned int value) {
    char digits[10]; /* 4294967295 */
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    add_bytes(text, digits + first, sizeof digits - first);
}

static void add_signed(struct text *text, int value) {
    if (value < 0) {
        add_bytes(text, "-", 1);
        add_unsigned(text, 0u - (unsigned int)value);
    } else {
        add_unsigned(text, (unsigned int)value);
    }
}

/* Drops the bytes of a UTF-8 character of which the last ones did not fit. */
static void drop_cut_character(struct text *text) {
    size_t start = text->used;
    while (start > 0 && ((unsigned char)text->bytes[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0 || ((unsigned char)text->bytes[start - 1] & 0x80) == 0) return;
    const unsigned char lead = (unsigned char)text->bytes[start - 1];
    const size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (text->used - (start - 1) < wanted) text->used = start - 1;
}

void text_add_list(struct text *text, const char *format, va_list arguments) {
    for (const char *at = format; *at != 0; at++) {
        if (*at != '%') {
            add_bytes(text, at, 1);
            continue;
        }
        at++;
        if (*at == 'd') {
            add_signed(text, va_arg(arguments, int));
        } else if (*at == 'u') {
            add_unsigned(text, va_arg(arguments, unsigned int));
        } else if (*at == 's') {
            const char *string = va_arg(arguments, const char *);
            add_bytes(text, string, length_within(string, text->capacity + 1));
        } else if (*at == '.') { /* %.*s */
            const int limit = va_arg(arguments, int);
            const char *string = va_arg(arguments, const char *);
            add_bytes(text, string, length_within(string, limit < 0 ? 0 : (size_t)limit));
            at += 2;
        } else { /* %% */
            add_bytes(text, "%", 1);
        }
    }
    if (text->full) drop_cut_character(text);
    text->bytes[text->used] = 0;
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_add_list(text, format, arguments);
    va_end(arguments);
}
