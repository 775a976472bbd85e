#include "arena.h"

#include <string.h>

#include "poison.h"

/* Between two pieces, so that running over the end of one is seen. */
enum { ARENA_GAP = POISON_WATCHED ? ARENA_ALIGNMENT : 0 };

struct arena arena_open(void) {
    struct arena arena = {.begin = region_begin(), .used = 0, .measuring = 0};
    return arena;
}

struct arena arena_measure(const struct arena *arena) {
    struct arena counting = *arena;
    counting.measuring = 1;
    return counting;
}

void *arena_take(struct arena *arena, uint64_t bytes) {
    if (bytes > UINT32_MAX) bytes = UINT32_MAX; /* more than any region has: refused below, cannot overflow */
    const uint64_t start = arena->used;
    const uint64_t end = start + arena_round_up(bytes);
    if (arena->measuring) {
        arena->used = end + ARENA_GAP;
        return NULL;
    }
    if (!region_extend(end + ARENA_GAP)) return NULL;
    arena->used = end + ARENA_GAP;
    uint8_t *taken = arena->begin + start;
    UNPOISON(taken, (size_t)bytes);
    POISON(taken + bytes, (size_t)(arena->used - start - bytes));
    return taken;
}

void arena_clear(uint8_t *piece, uint64_t bytes) {
    UNPOISON(piece, (size_t)bytes);
    memset(piece, 0, (size_t)bytes);
}
