/* What a filter weighs at a distance, in samples, as Pillow computes it in double precision. */
#include "filter.h"

#include <math.h>
#include <stddef.h>

#include "../percept.h"

/* Reaches one sample to each side. */
static double bilinear(double distance) {
    distance = fabs(distance);
    return distance < 1.0 ? 1.0 - distance : 0.0;
}

/* Keys's cubic convolution with a = -0.5; reaches two samples. */
static double bicubic(double distance) {
    const double a = -0.5;
    distance = fabs(distance);
    if (distance < 1.0) return ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1;
    if (distance < 2.0) return (((distance - 5) * distance + 8) * distance - 4) * a;
    return 0.0;
}

static const double PI = 3.14159265358979323846;

/* sin(pi x). x is brought to -1/2 .. 1/2, where the Taylor series up to the 21st power errs by less than
 * 1e-17; weights are rounded to 2^-22 afterwards, so Pillow's sine gives the same ones. */
static double sine_of_pi(double x) {
    const double whole = __builtin_rint(x);
    const double angle = (x - whole) * PI, square = angle * angle;
    double series = 0.0;
    for (int power = 21; power > 1; power -= 2) series = (1.0 + series) * -square / (power * (power - 1));
    const double sine = angle + angle * series;
    return (int64_t)whole % 2 == 0 ? sine : -sine;
}

static double sinc(double x) { return x == 0.0 ? 1.0 : sine_of_pi(x) / (x * PI); }

/* sinc(x) sinc(x / 3); reaches three samples. */
static double lanczos(double distance) {
    return -3.0 <= distance && distance < 3.0 ? sinc(distance) * sinc(distance / 3.0) : 0.0;
}

struct filter filter_of(int32_t number) {
    static const struct filter filters[FILTER_COUNT] = {
        [PICTURE_BILINEAR] = {bilinear, 1.0},
        [PICTURE_BICUBIC] = {bicubic, 2.0},
        [PICTURE_NEAREST] = {NULL, 0.0},
        [PICTURE_LANCZOS] = {lanczos, 3.0},
    };
    return filters[number];
}
