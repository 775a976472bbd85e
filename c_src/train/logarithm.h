/* The natural logarithm in double, of correctly rounded operations alone: the same bits everywhere. */
#ifndef PERCEPT_LOGARITHM_H
#define PERCEPT_LOGARITHM_H

#include <stdint.h>

/* log(x) for a normal x > 0: x = m · 2^e with m in [√½, √2), log m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172,
 * whose series is cut where s^21 / 21 < 2^-53. */
static inline double natural_logarithm(double x) {
    union {
        double value;
        uint64_t bits;
    } word = {.value = x};
    int64_t exponent = (int64_t)(word.bits >> 52) - 1023;
    word.bits = (word.bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u;
    if (word.value > 1.4142135623730951) {
        word.value *= 0.5;
        exponent++;
    }
    const double s = (word.value - 1.0) / (word.value + 1.0), square = s * s;
    double series = 0.0;
    for (int32_t k = 21; k >= 1; k -= 2) series = series * square + 1.0 / (double)k;
    return 2.0 * s * series + (double)exponent * 0.6931471805599453;
}

#endif
