/* The region of an arena for native tests: a fixed block, so that running out of memory is tried as well. */
#include "region_native.h"

#include <string.h>

#include "../../c_src/runtime/arena.h"
#include "../../c_src/runtime/poison.h"

_Alignas(ARENA_ALIGNMENT) static uint8_t region[REGION_BYTES];
static uint64_t present; /* bytes from the beginning that were granted since the last reset */
static int64_t asked, grants = -1;

uint8_t *region_begin(void) { return region; }

int32_t region_extend(uint64_t used) {
    if (used <= present) return 1;
    asked++;
    if (used > REGION_BYTES || grants == 0) return 0;
    if (grants > 0) grants--;
    present = used;
    return 1;
}

void region_grant(int64_t granted) { grants = granted; }

int64_t region_asked(void) { return asked; }

void region_reset(void) {
    UNPOISON(region, present);
    memset(region, 0, present);
    POISON(region, present);
    present = 0;
    asked = 0;
    grants = -1;
}
