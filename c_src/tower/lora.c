#include "lora.h"

uint32_t lora_rank_limit(const struct tower_config *config) {
    const uint32_t width8 = round_up_to(config->width, PANEL);
    return width8 < TOWER_LIMIT_RANK ? width8 : TOWER_LIMIT_RANK;
}

uint32_t lora_stride(const struct tower_config *config) { return 3 * lora_rank_limit(config); }

struct lora_place lora_place_of(const struct tower_config *config, enum lora_target target) {
    const uint32_t width = config->width, mlp_width = config->mlp_width, limit = lora_rank_limit(config);
    const struct lora_place places[] = {
        [LORA_QUERY] = {"attention.query", width, width, limit},
        [LORA_KEY] = {"attention.key", width, width, limit},
        [LORA_VALUE] = {"attention.value", width, width, limit},
        [LORA_OUT] = {"attention.out", width, width, limit},
        [LORA_FC1] = {"mlp.fc1", width, mlp_width, limit},
        [LORA_FC2] = {"mlp.fc2", mlp_width, width, limit},
        [LORA_PROJECTION] = {"projection", width, config->embedding, lora_stride(config)},
    };
    return places[target];
}

void lora_reduce(const struct product *product, uint32_t first, uint32_t count) {
    if (!product->lora) return;
    const struct tower *tower = product->tower;
    const uint32_t stride = lora_stride(&tower->config), limit = lora_rank_limit(&tower->config);
    const struct epilogue plain = {.activation = TOWER_IDENTITY};
    const uint32_t in = product->linear->in;
    const size_t row = (size_t)first * product->step;
    for (uint32_t segment = 0; segment < product->segments; segment++) {
        const struct lora *lora = &product->lora[segment];
        if (!lora->A) continue;
        float *low_rank = tower->state.low_rank + row * stride + segment * limit;
        for (uint32_t panel = 0; panel < lora->rank8 / PANEL; panel++) {
            KERNEL(gemm_f32)(product->x + row * product->x_stride, product->x_stride * product->step, count, in,
                             lora->A + (size_t)panel * in * PANEL, &plain, low_rank + panel * PANEL,
                             stride * product->step);
        }
    }
}

int32_t lora_expand(const struct product *product, uint32_t panel) {
    if (!product->lora) return 0;
    const struct tower *tower = product->tower;
    const uint32_t segment_panels = product->linear->out8 / PANEL / product->segments;
    const uint32_t segment = panel / segment_panels;
    const struct lora *lora = &product->lora[segment];
    if (!lora->A) return 0;
    const uint32_t stride = lora_stride(&tower->config);
    const float *low_rank = tower->state.low_rank + segment * lora_rank_limit(&tower->config);
    const float *B = lora->B + (size_t)(panel - segment * segment_panels) * lora->rank8 * PANEL;
    const struct epilogue sum = {.activation = TOWER_IDENTITY, .add = product->add};
    KERNEL(gemm_f32)(low_rank, stride * product->step, product->rows, lora->rank8, B, &sum,
                     product->y + (size_t)panel * PANEL, product->y_stride * product->step);
    return 1;
}
