/* The tower's memory: one region that only grows, handed out front to back and never given back alone.
 *
 * In WebAssembly the region is the linear memory behind the static data; natively (the tests) it is a block
 * that the test program defines, with poisoned gaps between the pieces under AddressSanitizer. */
#ifndef PERCEPT_ARENA_H
#define PERCEPT_ARENA_H

#include <stddef.h>
#include <stdint.h>

enum { ARENA_ALIGNMENT = 64 };

static inline uint64_t arena_round_up(uint64_t bytes) {
    return (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
}

/* Hands out addresses from begin + used on. A measuring arena hands out none and only counts. */
struct arena {
    uint8_t *begin;
    uint64_t used; /* bytes from begin */
    int32_t measuring;
};

/* The whole region, empty. */
struct arena arena_open(void);

/* An arena that only counts, starting from what `arena` has handed out. */
struct arena arena_measure(const struct arena *arena);

/* `bytes` zeroed bytes, aligned to ARENA_ALIGNMENT; NULL when there is no memory, or while measuring. They are not
 * touched: a system gives memory that is, page by page, and on some machines that is slower than whatever is then done in it. */
void *arena_take(struct arena *arena, uint64_t bytes);

static inline float *arena_take_floats(struct arena *arena, uint64_t count) {
    return arena_take(arena, count * sizeof(float));
}

/* Makes a piece that arena_take gave all zero again, for an arena of its own to hand out anew. */
void arena_clear(uint8_t *piece, uint64_t bytes);

/* Whether the region can hold `used` bytes from its beginning, growing it if it must. All of it is zero until an arena has
 * handed it out. Each target has one region. */
int32_t region_extend(uint64_t used);
uint8_t *region_begin(void);

#endif
