/* What a module says of itself, as JSON: the parts that picture_info, tower_info, train_info and pack_info are made of. */
#ifndef PERCEPT_INFO_H
#define PERCEPT_INFO_H

#include "../percept.h"
#include "text.h"

struct info_constant {
    const char *name;
    int32_t value;
};

/* "version":"…","statuses":[…] */
void info_add_head(struct text *info);

/* ,"name":{"entry":number,…} */
void info_add_constants(struct text *info, const char *name, const struct info_constant *constants, uint32_t count);

/* "name":{"bytes":…,"fields":{"field":{"type":"…","offset":…,"count":…},…}} */
void info_add_struct(struct text *info, const char *name, uint32_t bytes, const struct layout_field *fields,
                     uint32_t count);

#define INFO_CONSTANT(constant, name) {#name, constant},

/* All entries of a list of constants. */
#define INFO_ADD_CONSTANTS(info, name, LIST)                                                   \
    do {                                                                                       \
        static const struct info_constant entries[] = {LIST(INFO_CONSTANT)};                   \
        info_add_constants(info, name, entries, (uint32_t)(sizeof entries / sizeof *entries)); \
    } while (0)

/* A struct of a list of fields, behind `separator`. */
#define INFO_ADD_STRUCT(info, separator, structure, FIELDS)                                                          \
    do {                                                                                                             \
        typedef struct structure described;                                                                          \
        static const struct layout_field entries[] = {FIELDS(LAYOUT_FIELD_ONE, LAYOUT_FIELD_MANY)};                  \
        text_add(info, separator);                                                                                   \
        info_add_struct(info, #structure, sizeof(described), entries, (uint32_t)(sizeof entries / sizeof *entries)); \
    } while (0)

#endif
