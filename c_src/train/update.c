/* AdamW over all parameters (Loshchilov and Hutter, 2019). */
#include "trainer.h"

int32_t train_steps(const train *train) { return (int32_t)train->steps; }

int32_t train_set_steps(train *train, int32_t steps) {
    if (steps < 0) return message_fail(&train->tower->message, PERCEPT_BAD_ARGUMENT, "steps may not be %d.", steps);
    train->steps = (uint32_t)steps;
    return message_clear(&train->tower->message);
}

/* The squares are summed in double, in the parameters' order. */
double train_gradient_norm(const train *train) {
    double squares = 0.0;
    if (train->stage != TRAIN_ALLOCATED) return squares;
    for (uint32_t i = 0; i < train->count; i++) {
        const double g = (double)train->state.gradients[i];
        squares += g * g;
    }
    return __builtin_sqrt(squares);
}

/* base^steps by repeated multiplication: the same bits whether a run was interrupted or not. */
static double power(float base, uint32_t steps) {
    double result = 1.0;
    for (uint32_t i = 0; i < steps && result > 0.0; i++) result *= (double)base;
    return result;
}

struct update_job {
    const struct train *train;
    struct adamw rule;
    uint32_t offset, count;
};

/* Parameters that a task steps: a multiple of 4. */
enum { UPDATE_FLOATS = 1 << 14 };

static void update_part(void *context, uint32_t task, uint32_t thread) {
    (void)thread;
    const struct update_job *job = context;
    const struct train *train = job->train;
    const uint32_t first = task * UPDATE_FLOATS, at = job->offset + first;
    const uint32_t count = job->count - first < UPDATE_FLOATS ? job->count - first : UPDATE_FLOATS;
    KERNEL(adamw)(&job->rule, count, train->state.gradients + at, train->state.moments + at,
                  train->state.moments + train->count + at, train->state.parameters + at);
}

static void update_tensor(const struct train *train, const struct train_tensor *tensor, const struct adamw *rule) {
    struct update_job job = {.train = train,
                             .rule = *rule,
                             .offset = tensor->offset,
                             .count = tensor->shape[0] * tensor->shape[1] * tensor->shape[2]};
    threads_run(&train->tower->threads, update_part, &job, (job.count + UPDATE_FLOATS - 1) / UPDATE_FLOATS);
}

static int32_t is_usable(const struct train_rule *rule) {
    const float rates[] = {rule->rate_A, rule->rate_B, rule->rate_head, rule->decay};
    for (uint32_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        if (!(rates[i] >= 0.0f && rates[i] <= 1.0f)) return 0;
    }
    return rule->beta1 >= 0.0f && rule->beta1 < 1.0f && rule->beta2 >= 0.0f && rule->beta2 < 1.0f &&
           rule->epsilon > 0.0f && rule->epsilon < 1.0f && rule->most >= 0.0f && rule->most - rule->most == 0.0f;
}

int32_t train_update(train *train, const struct train_rule *rule) {
    const int32_t status = train_check_allocated(train);
    if (status != PERCEPT_OK) return status;
    struct message *message = &train->tower->message;
    if (!is_usable(rule)) {
        return message_fail(message, PERCEPT_BAD_ARGUMENT,
                            "Rates, betas, epsilon and decay lie in 0 to 1, epsilon above 0; clipping is not below 0.");
    }
    if (train->phase != PHASE_BACKWARD) {
        return message_fail(message, PERCEPT_WRONG_STATE, "Call train_loss and train_backward before train_update.");
    }
    const double norm = train_gradient_norm(train);
    if (norm - norm != 0.0) return message_fail(message, PERCEPT_NOT_FINITE, "The gradients are not finite numbers.");
    train->steps++;
    train->phase = PHASE_NONE;
    const int32_t clips = rule->most > 0.0f && norm > (double)rule->most;
    const double fresh1 = 1.0 - power(rule->beta1, train->steps), fresh2 = 1.0 - power(rule->beta2, train->steps);
    const float rates[] = {rule->rate_A, rule->rate_B, rule->rate_head, rule->rate_head}; /* by enum tensor_group */
    for (uint32_t i = 0; i < train->tensors; i++) {
        const struct train_tensor *tensor = &train->state.tensors[i];
        const float rate = rates[tensor->group], decay = tensor->group == GROUP_BIAS ? 0.0f : rule->decay;
        if (rate == 0.0f) continue;
        const struct adamw step = {.keep = 1.0f - rate * decay,
                                   .step = (float)((double)rate / fresh1),
                                   .beta1 = rule->beta1,
                                   .beta2 = rule->beta2,
                                   .fresh1 = 1.0f - rule->beta1,
                                   .fresh2 = 1.0f - rule->beta2,
                                   .root = (float)__builtin_sqrt(fresh2),
                                   .epsilon = rule->epsilon,
                                   .gradient = clips ? (float)((double)rule->most / norm) : 1.0f};
        update_tensor(train, tensor, &step);
    }
    return message_clear(message);
}
