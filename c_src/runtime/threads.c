#include "threads.h"

#ifndef __wasm_atomics__

void threads_run(struct threads *threads, job_function run, void *context, uint32_t count) {
    (void)threads;
    for (uint32_t task = 0; task < count; task++) run(context, task, 0);
}

void threads_serve(struct threads *threads, uint32_t thread) {
    (void)threads;
    (void)thread;
}

void threads_stop(struct threads *threads) { (void)threads; }

#else

/* A job takes from some tens of microseconds to milliseconds and the next one follows at once, so a thread
 * looks for it this many times before it sleeps: sleeping and waking cost more than a short job. */
enum { SPINS = 4000 };

static int32_t load(const int32_t *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }

/* Returns when *at differs from `seen`. */
static int32_t wait_for_change(int32_t *at, int32_t seen) {
    for (int spin = 0; spin < SPINS; spin++) {
        const int32_t now = load(at);
        if (now != seen) return now;
    }
    for (;;) {
        const int32_t now = load(at);
        if (now != seen) return now;
        __builtin_wasm_memory_atomic_wait32(at, seen, -1);
    }
}

static void draw_tasks(struct threads *threads, uint32_t thread) {
    const struct job job = threads->job;
    for (;;) {
        const uint32_t task = (uint32_t)__atomic_fetch_add(&threads->next, 1, __ATOMIC_SEQ_CST);
        if (task >= job.count) return;
        job.run(job.context, task, thread);
    }
}

void threads_run(struct threads *threads, job_function run, void *context, uint32_t count) {
    /* A thread that arrives in the middle of a job could not know whether it is counted: until all are
     * present, the caller works alone. */
    const int32_t others = threads->count - 1;
    if (others == 0 || count < 2 || load(&threads->present) != others) {
        for (uint32_t task = 0; task < count; task++) run(context, task, 0);
        return;
    }
    threads->job.run = run;
    threads->job.context = context;
    threads->job.count = count;
    __atomic_store_n(&threads->next, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&threads->working, others, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&threads->generation, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&threads->generation, UINT32_MAX);
    draw_tasks(threads, 0);
    int32_t working;
    while ((working = load(&threads->working)) != 0) wait_for_change(&threads->working, working);
}

void threads_serve(struct threads *threads, uint32_t thread) {
    int32_t seen = load(&threads->generation);
    __atomic_add_fetch(&threads->present, 1, __ATOMIC_SEQ_CST);
    /* A thread that comes after threads_stop has seen the last generation: it must not wait for another. */
    while (!load(&threads->stopping)) {
        seen = wait_for_change(&threads->generation, seen);
        if (load(&threads->stopping)) break;
        draw_tasks(threads, thread);
        if (__atomic_sub_fetch(&threads->working, 1, __ATOMIC_SEQ_CST) == 0) {
            __builtin_wasm_memory_atomic_notify(&threads->working, 1);
        }
    }
    __atomic_sub_fetch(&threads->present, 1, __ATOMIC_SEQ_CST);
}

void threads_stop(struct threads *threads) {
    __atomic_store_n(&threads->stopping, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&threads->generation, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&threads->generation, UINT32_MAX);
}

#endif
