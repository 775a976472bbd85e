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

/* Fields marked shared are touched by all threads, through atomics only. */
struct threads {
    int32_t count;      /* with the caller */
    struct job job;     /* written by the caller while every other thread waits */
    int32_t generation; /* shared: rises with every job; a waiting thread sleeps on it */
    int32_t next;       /* shared: the next task's number */
    int32_t working;    /* shared: other threads that have not finished the job */
    int32_t present;    /* shared: other threads that have arrived in threads_serve */
    int32_t stopping;   /* shared */
};

/* Runs tasks 0 to count - 1 and returns when all are done: on all threads once every one of them is present,
 * on the caller alone before. */
void threads_run(struct threads *threads, job_function run, void *context, uint32_t count);

/* What every other thread does until threads_stop. */
void threads_serve(struct threads *threads, uint32_t thread);
void threads_stop(struct threads *threads);

#endif
