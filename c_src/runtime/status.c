#include "status.h"

#include "text.h"

int32_t message_clear(struct message *message) {
    message->text[0] = 0;
    return PERCEPT_OK;
}

int32_t message_fail(struct message *message, int32_t status, const char *format, ...) {
    struct text text = {.bytes = message->text, .capacity = sizeof message->text - 1};
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&text, format, arguments);
    va_end(arguments);
    return status;
}
