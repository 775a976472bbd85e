#include "arena.h"

#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
enum { ARENA_GAP = ARENA_ALIGNMENT };
#else
enum { ARENA_GAP = 0 };
#endif

static uint64_t round_up(uint64_t bytes) { return (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT; }

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
    const uint64_t end = start + round_up(bytes);
    if (arena->measuring) {
        arena->used = end + ARENA_GAP;
        return NULL;
    }
    if (!region_extend(end + ARENA_GAP)) return NULL;
    arena->used = end + ARENA_GAP;
    uint8_t *taken = arena->begin + start;
#ifdef ARENA_POISONS
    __asan_unpoison_memory_region(taken, (size_t)bytes);
    __asan_poison_memory_region(taken + bytes, (size_t)(arena->used - start - bytes));
#endif
    return taken;
}

void arena_clear(uint8_t *piece, uint64_t bytes) {
#ifdef ARENA_POISONS
    __asan_unpoison_memory_region(piece, (size_t)bytes);
#endif
    memset(piece, 0, (size_t)bytes);
}
