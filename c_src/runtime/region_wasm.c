/* The region of an arena in WebAssembly: the linear memory behind static data and stack. */
#include "arena.h"

extern uint8_t __heap_base; /* placed by the linker, where the static data and the stack end */

enum { PAGE = 65536 };

uint8_t *region_begin(void) { return (uint8_t *)(uintptr_t)arena_round_up((uintptr_t)&__heap_base); }

int32_t region_extend(uint64_t used) {
    const uint64_t end = (uint64_t)(uintptr_t)region_begin() + used;
    const uint64_t present = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end <= present) return 1;
    const uint64_t missing = (end - present + PAGE - 1) / PAGE;
    if (missing > 65536) return 0;
    return __builtin_wasm_memory_grow(0, (size_t)missing) != SIZE_MAX;
}
