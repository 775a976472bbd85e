/* The filters of resampling, by their numbers in percept.h. */
#ifndef PERCEPT_FILTER_H
#define PERCEPT_FILTER_H

#include <stdint.h>

struct filter {
    double (*weight)(double distance); /* NULL for nearest, which picks one sample */
    double reach;                      /* the weight is 0 from this distance on */
};

enum { FILTER_COUNT = 4 };

/* The filter of an enum picture_filter, which must be one. */
struct filter filter_of(int32_t number);

#endif
