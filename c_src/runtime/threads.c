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

/* A job takes from some tens of microseconds to milliseconds and the next one follows at once, and the last task of a job
 * some tens to hundreds of microseconds while the other threads wait: a thread looks this many times, about 0.2 ms, before it sleeps,
 * since sleeping and being woken cost about as much as a short job. */
enum { LOOKS = 8000 };

/* Square roots between two looks, each of which waits for the one before: about 60 cycles in which a processor has next to
 * nothing to do, and its other hyperthread, which may be the one that computes, has all of it. WebAssembly has no instruction to pause. */
enum { IDLE_ROOTS = 4 };

/* In place of a task's number while the next job is written down. */
#define CLOSED UINT32_MAX

#define load(at) __atomic_load_n(at, __ATOMIC_SEQ_CST)
#define store(at, value) __atomic_store_n(at, value, __ATOMIC_SEQ_CST)

static uint64_t ticket_of(uint32_t job, uint32_t task) { return (uint64_t)job << 32 | task; }

/* A moment's idling, from a number above 0 to another: an engine drops what nobody asks for. */
static float idle(float number) {
    for (int i = 0; i < IDLE_ROOTS; i++) number = __builtin_sqrtf(number + 1.0f);
    return number;
}

/* Returns when *at differs from `seen`. */
static void wait_for_change(int32_t *at, int32_t seen) {
    float number = 1.0f;
    for (int look = 0; look < LOOKS && number > 0.0f; look++) {
        if (load(at) != seen) return;
        number = idle(number);
    }
    while (load(at) == seen) __builtin_wasm_memory_atomic_wait32(at, seen, -1);
}

/* Draws tasks and does them until none is left. A job is read before a task of it is drawn, and maybe while it is being
 * replaced: then the ticket has another job's number, or is closed, and drawing fails. A job whose task was drawn is not
 * replaced before that task is done. */
static void work(struct threads *threads, uint32_t thread) {
    uint64_t ticket = load(&threads->ticket);
    const uint32_t number = (uint32_t)(ticket >> 32);
    const struct job job = {load(&threads->job.run), load(&threads->job.context), load(&threads->job.count)};
    int32_t done = 0;
    while ((uint32_t)(ticket >> 32) == number && (uint32_t)ticket < job.count) {
        if (!__atomic_compare_exchange_n(&threads->ticket, &ticket, ticket + 1, 0, __ATOMIC_SEQ_CST,
                                         __ATOMIC_SEQ_CST)) {
            continue; /* another thread was faster: `ticket` is now what it left */
        }
        job.run(job.context, (uint32_t)ticket, thread);
        done++;
        ticket = load(&threads->ticket);
    }
    if (done > 0 && __atomic_add_fetch(&threads->done, done, __ATOMIC_SEQ_CST) == (int32_t)job.count) {
        __builtin_wasm_memory_atomic_notify(&threads->done, 1);
    }
}

/* Changes what waiting threads look at, and wakes those that sleep. */
static void wake(struct threads *threads) {
    store(&threads->generation, load(&threads->generation) + 1);
    __builtin_wasm_memory_atomic_notify(&threads->generation, UINT32_MAX);
}

void threads_run(struct threads *threads, job_function run, void *context, uint32_t count) {
    if (threads->count == 1 || count < 2) {
        for (uint32_t task = 0; task < count; task++) run(context, task, 0);
        return;
    }
    const uint32_t number = (uint32_t)load(&threads->generation) + 1;
    store(&threads->ticket, ticket_of(number, CLOSED));
    store(&threads->job.run, run);
    store(&threads->job.context, context);
    store(&threads->job.count, count);
    store(&threads->done, 0);
    store(&threads->ticket, ticket_of(number, 0));
    wake(threads);
    work(threads, 0);
    int32_t done;
    while ((done = load(&threads->done)) != (int32_t)count) wait_for_change(&threads->done, done);
}

void threads_serve(struct threads *threads, uint32_t thread) {
    for (;;) {
        const int32_t seen = load(&threads->generation);
        if (load(&threads->stopping)) return;
        work(threads, thread);
        wait_for_change(&threads->generation, seen);
    }
}

void threads_stop(struct threads *threads) {
    store(&threads->stopping, 1);
    wake(threads);
}

#endif
