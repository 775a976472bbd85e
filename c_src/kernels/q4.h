/* The arithmetic of q4, which packing and expanding share.
 *
 * A group of 32 inputs of a row has a multiplier m, a signed byte; a nibble n in -8..7 stands for the 7-bit code
 * round(n · m / 8) of the q8 layout, clamped to ±63. So q4 is q8 with fewer codes to choose from: it is expanded while
 * it is loaded, and computed with at q8's speed. A negative m gives the longer side of -8..7 to the positive weights. */
#ifndef PERCEPT_Q4_H
#define PERCEPT_Q4_H

#include "kernels.h"

enum {
    Q4_GROUP = 32,
    Q4_ZERO = 8, /* nibbles are stored as n + 8 */
    Q4_MULTIPLIER_LIMIT = 72,
    Q4_UNIT_BYTES = PANEL + Q4_GROUP * PANEL / 2 /* multipliers, then the group's nibbles in the order of codes */
};

/* round(nibble · multiplier / 8), half away from zero, within ±63. */
static inline int32_t q4_to_code(int32_t nibble, int32_t multiplier) {
    const int32_t product = nibble * multiplier;
    const int32_t code = product < 0 ? -((4 - product) / 8) : (product + 4) / 8;
    return code < -CODE_HIGHEST ? -CODE_HIGHEST : code > CODE_HIGHEST ? CODE_HIGHEST : code;
}

#endif
