#include "info.h"

/* A switch, in which the compiler finds a status that was forgotten. */
static const char *name_of(enum percept_status status) {
    switch (status) {
        case PERCEPT_OK: return "OK";
        case PERCEPT_OUT_OF_MEMORY: return "OUT_OF_MEMORY";
        case PERCEPT_BAD_ARGUMENT: return "BAD_ARGUMENT";
        case PERCEPT_WRONG_STATE: return "WRONG_STATE";
        case PERCEPT_UNSUPPORTED_FORMAT: return "UNSUPPORTED_FORMAT";
        case PERCEPT_CORRUPT_PICTURE: return "CORRUPT_PICTURE";
        case PERCEPT_PICTURE_TOO_LARGE: return "PICTURE_TOO_LARGE";
        case PERCEPT_UNKNOWN_TENSOR: return "UNKNOWN_TENSOR";
        case PERCEPT_WRONG_SHAPE: return "WRONG_SHAPE";
        case PERCEPT_MISSING_TENSOR: return "MISSING_TENSOR";
        case PERCEPT_NOT_FINITE: return "NOT_FINITE";
        case PERCEPT_STATUS_COUNT: break;
    }
    return "";
}

void info_add_head(struct text *info) {
    text_add(info, "\"version\":\"" PERCEPT_VERSION "\",\"statuses\":[");
    for (int32_t status = PERCEPT_OK; status < PERCEPT_STATUS_COUNT; status++) {
        text_add(info, "%s\"%s\"", status == PERCEPT_OK ? "" : ",", name_of((enum percept_status)status));
    }
    text_add(info, "]");
}

void info_add_constants(struct text *info, const char *name, const struct info_constant *constants, uint32_t count) {
    text_add(info, ",\"%s\":{", name);
    for (uint32_t i = 0; i < count; i++) {
        text_add(info, "%s\"%s\":%d", i == 0 ? "" : ",", constants[i].name, constants[i].value);
    }
    text_add(info, "}");
}

void info_add_struct(struct text *info, const char *name, uint32_t bytes, const struct layout_field *fields,
                     uint32_t count) {
    text_add(info, "\"%s\":{\"bytes\":%u,\"fields\":{", name, bytes);
    for (uint32_t i = 0; i < count; i++) {
        text_add(info, "%s\"%s\":{\"type\":\"%s\",\"offset\":%u,\"count\":%u}", i == 0 ? "" : ",", fields[i].name,
                 fields[i].type, fields[i].offset, fields[i].count);
    }
    text_add(info, "}}");
}
