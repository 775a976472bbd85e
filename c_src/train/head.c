#include "head.h"

#include <string.h>

static const struct linear *layer_at(const struct train *train, uint32_t i) {
    return &taught_task(train)->head[i].linear;
}

static int32_t activation_at(const struct train *train, uint32_t i) { return taught_task(train)->head[i].activation; }

/* ‖x‖₂ as tower_task_head has it: the sum in double, in rising order. */
static double norm_of(const float *x, uint32_t count) {
    double squares = 0.0;
    for (uint32_t i = 0; i < count; i++) squares += (double)x[i] * (double)x[i];
    return __builtin_sqrt(squares);
}

/* Rows of `count` floats, `from` apart, into rows `to` apart, and zeros behind them. */
static void copy_rows(const float *source, uint32_t from, uint32_t count, uint32_t rows, float *target, uint32_t to) {
    for (uint32_t r = 0; r < rows; r++) {
        memcpy(target + (size_t)r * to, source + (size_t)r * from, count * sizeof *target);
        memset(target + (size_t)r * to + count, 0, (to - count) * sizeof *target);
    }
}

const float *head_forward(struct train *train, uint32_t views) {
    const uint32_t width = train->tower->config.embedding_width, layers = train->config.head_layers;
    float *input = train->state.head[0].input;
    uint32_t in8 = round_up_to(width, PANEL);
    copy_rows(train->state.embeddings, width, width, views, input, in8);
    for (uint32_t r = 0; r < views && train->config.normalize; r++) {
        float *row = input + (size_t)r * in8;
        const double norm = norm_of(row, width);
        for (uint32_t i = 0; i < width && norm > 0.0; i++) row[i] = (float)((double)row[i] / norm);
    }
    for (uint32_t i = 0; i < layers; i++) {
        const struct linear *linear = layer_at(train, i);
        float *sums = train->state.head[i].sums;
        for (uint32_t panel = 0; panel < linear->out8 / PANEL; panel++) {
            const struct epilogue biased = {.bias = linear->bias + panel * PANEL, .activation = TOWER_IDENTITY};
            KERNEL(gemm_f32)(train->state.head[i].input, in8, views, linear->in,
                             linear->weight + (size_t)panel * linear->in * PANEL, &biased, sums + panel * PANEL,
                             linear->out8);
        }
        in8 = linear->out8;
        float *outputs = i + 1 < layers ? train->state.head[i + 1].input : train->state.head_gradient[0];
        memcpy(outputs, sums, (size_t)views * in8 * sizeof *outputs);
        KERNEL(activate)(outputs, views * in8, activation_at(train, i));
    }
    return train->state.head_gradient[0];
}

/* dW += dz inputᵀ, db += dz. */
static void add_layer_gradients(struct train *train, uint32_t i, const float *dz, uint32_t views) {
    const struct linear *linear = layer_at(train, i);
    const uint32_t in8 = round_up_to(linear->in, PANEL);
    float *weight = gradient_of(train, linear->weight), *bias = gradient_of(train, linear->bias);
    for (uint32_t panel = 0; panel < linear->out8 / PANEL; panel++) {
        KERNEL(outer_f32)(train->state.head[i].input, in8, views, linear->in, dz + panel * PANEL, linear->out8,
                          weight + (size_t)panel * linear->in * PANEL);
    }
    for (uint32_t r = 0; r < views; r++) KERNEL(add)(dz + (size_t)r * linear->out8, linear->out8, bias);
}

/* dx = Wᵀ dz: [views, in8] */
static void pull_layer(struct train *train, uint32_t i, const float *dz, uint32_t views, float *dx) {
    const struct linear *linear = layer_at(train, i);
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    const uint32_t in8 = round_up_to(linear->in, PANEL);
    float *turned = (float *)(void *)train->state.scratch;
    for (uint32_t first = 0; first < in8; first += PANEL) {
        const uint32_t count = linear->in - first < PANEL ? linear->in - first : PANEL;
        KERNEL(turn_f32)(linear->weight + (size_t)first * PANEL, (size_t)linear->in * PANEL, linear->out8 / PANEL,
                         count, turned);
        KERNEL(gemm_f32)(dz, linear->out8, views, linear->out8, turned, &plain, dx + first, in8);
    }
}

/* For y = x / ‖x‖: dx = (dy - y (y · dy)) / ‖x‖, in place. */
static void pull_norm(const float *x, const float *y, uint32_t count, float *dy) {
    const double norm = norm_of(x, count);
    double along = 0.0;
    for (uint32_t i = 0; i < count; i++) along += (double)y[i] * (double)dy[i];
    for (uint32_t i = 0; i < count && norm > 0.0; i++) {
        dy[i] = (float)(((double)dy[i] - (double)y[i] * along) / norm);
    }
}

const float *head_backward(struct train *train, uint32_t views) {
    const uint32_t width = train->tower->config.embedding_width, width8 = round_up_to(width, PANEL);
    float *dz = train->state.head_gradient[0], *dx = train->state.head_gradient[1];
    for (uint32_t i = train->config.head_layers; i-- > 0;) {
        KERNEL(activate_backward)(train->state.head[i].sums, views * layer_at(train, i)->out8, activation_at(train, i),
                                  dz);
        add_layer_gradients(train, i, dz, views);
        pull_layer(train, i, dz, views, dx);
        float *swap = dz;
        dz = dx;
        dx = swap;
    }
    for (uint32_t r = 0; r < views && train->config.normalize; r++) {
        pull_norm(train->state.embeddings + (size_t)r * width, train->state.head[0].input + (size_t)r * width8, width,
                  dz + (size_t)r * width8);
    }
    return dz;
}
