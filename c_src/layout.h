/* Structs that JavaScript fills: each is made from a list of its fields, and so is the layout that a module's info tells,
 * so that the two cannot differ. A list names its fields by ONE(type, name) and MANY(type, name, count). */
#ifndef PERCEPT_LAYOUT_H
#define PERCEPT_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define LAYOUT_ONE(type, name) type name;
#define LAYOUT_MANY(type, name, count) type name[count];

/* struct name, with the fields of the list. */
#define LAYOUT_STRUCT(name, FIELDS)     \
    struct name {                       \
        FIELDS(LAYOUT_ONE, LAYOUT_MANY) \
    }

/* The enumerators of a list of constants, numbered from 0. */
#define LAYOUT_CONSTANT(constant, name) constant,

/* A field as info tells it. */
struct layout_field {
    const char *name, *type; /* as in C */
    uint32_t offset, count;
};

#define LAYOUT_FIELD_ONE(type, name) {#name, #type, offsetof(described, name), 1},
#define LAYOUT_FIELD_MANY(type, name, count) {#name, #type, offsetof(described, name), count},

#endif
