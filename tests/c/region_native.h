/* The native arena's region, with a limit that a test may set: so that growth can be refused at every step. */
#ifndef PERCEPT_REGION_NATIVE_H
#define PERCEPT_REGION_NATIVE_H

#include <stdint.h>

enum { REGION_BYTES = 48 << 20 };

/* Refuses every growth after the next `granted` ones, as a full machine does; what is there stays. A negative number refuses
 * only what lies beyond REGION_BYTES. */
void region_grant(int64_t granted);

/* How often growth was asked for since the last region_reset. */
int64_t region_asked(void);

/* Forgets all towers in the region: none of them may be used again. */
void region_reset(void);

#endif
