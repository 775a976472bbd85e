/* Work that several threads share. In a single build (no atomics) the caller does it all.
 *
 * A job is `count` independent tasks. Threads draw task numbers from a counter, so which thread computes what
 * varies; no result may depend on it. */
#ifndef PERCEPT_THREADS_H
#define PERCEPT_THREADS_H

#include <stdint.h>

/* Does task number `task`; `thread` (0 = the caller) chooses scratch memory. */
typedef void (*job_function)(void *context, uint32_t task, uint32_t thread);

struct job {
    job_function run;
    void *context;
    uint32_t count;
};

/* Touched by all threads, through atomics only, but for `count`. */
struct threads {
    int32_t count;      /* with the caller */
    struct job job;     /* written while the ticket is closed */
    uint64_t ticket;    /* the job's number, and in the lower half its next task */
    int32_t generation; /* the job's number again: a waiting thread sleeps on it */
    int32_t done;       /* tasks of the job that are done */
    int32_t stopping;
};

/* Runs tasks 0 to count - 1 and returns when all are done, on as many threads as are there: one that sleeps, or has
 * not come yet, is not waited for. */
void threads_run(struct threads *threads, job_function run, void *context, uint32_t count);

/* What every other thread does until threads_stop. */
void threads_serve(struct threads *threads, uint32_t thread);
void threads_stop(struct threads *threads);

#endif
