/* Memory that nobody may touch, where AddressSanitizer watches: POISON_WATCHED is 1 there, and elsewhere the macros do nothing. */
#ifndef PERCEPT_POISON_H
#define PERCEPT_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define POISON_WATCHED 1
#endif

#ifdef POISON_WATCHED
#include <sanitizer/asan_interface.h>
#define POISON(from, bytes) __asan_poison_memory_region(from, bytes)
#define UNPOISON(from, bytes) __asan_unpoison_memory_region(from, bytes)
#else
#define POISON_WATCHED 0
#define POISON(from, bytes) ((void)(from), (void)(bytes))
#define UNPOISON(from, bytes) ((void)(from), (void)(bytes))
#endif

#endif
