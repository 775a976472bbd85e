/* The region of an arena for native tests: a fixed block, so that running out of memory is tried as well. */
#include "../../c_src/runtime/arena.h"

enum { REGION_BYTES = 48 << 20 };

_Alignas(ARENA_ALIGNMENT) static uint8_t region[REGION_BYTES];

uint8_t *region_begin(void) { return region; }

int32_t region_extend(uint64_t used) { return used <= REGION_BYTES; }
