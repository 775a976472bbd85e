/* The packing module: what it says of itself, and its memory. */
#include "pack.h"

#include <string.h>

#include "../kernels/q4.h"
#include "../runtime/arena.h"
#include "../runtime/info.h"
#include "codes.h"

#define PACK_CONSTANTS(ENTRY) \
    ENTRY(PANEL, panel)       \
    ENTRY(Q4_GROUP, q4Group)  \
    ENTRY(Q4_UNIT_BYTES, q4UnitBytes)

const char *pack_info(void) {
    static char bytes[2048];
    struct text info = {.bytes = bytes, .capacity = sizeof bytes - 1};
    text_add(&info, "{");
    info_add_head(&info);
    INFO_ADD_CONSTANTS(&info, "constants", PACK_CONSTANTS);
    INFO_ADD_STRUCT(&info, ",\"structs\":{", pack_layer, PACK_LAYER);
    text_add(&info, "}}");
    return bytes;
}

/* The arena's bookkeeping lies at the beginning of its own region. */
static struct arena *scratch(void) {
    struct arena arena = arena_open();
    struct arena *kept = (struct arena *)(void *)arena.begin;
    if (kept->begin == arena.begin) return kept;
    if (!arena_take(&arena, sizeof arena)) return NULL;
    *kept = arena;
    return kept;
}

uint8_t *pack_reserve(uint32_t bytes) {
    struct arena *arena = scratch();
    uint8_t *taken = arena ? arena_take(arena, bytes) : NULL;
    if (taken) memset(taken, 0, bytes); /* it may have been handed out before the last reset */
    return taken;
}

void pack_reset(void) {
    struct arena *arena = scratch();
    if (arena) arena->begin = NULL;
}
