/* The tower's three structs: configuration, weights (pointers into what tower_reserve gave) and state (every
 * buffer, carved once). Nothing is allocated for a picture. */
#ifndef PERCEPT_TOWER_H
#define PERCEPT_TOWER_H

#include <stddef.h>
#include <stdint.h>

#include "../kernels/kernels.h"
#include "../percept.h"
#include "../runtime/arena.h"
#include "../runtime/status.h"
#include "../runtime/threads.h"

/* Limits, as tower_info says them. They keep every product of sizes inside 64 bits. */
#define TOWER_LIMIT_WIDTH 8192
#define TOWER_LIMIT_LAYERS 128
#define TOWER_LIMIT_IMAGE 1024
#define TOWER_LIMIT_GRID 128 /* patches on a side */
#define TOWER_LIMIT_TASKS 96
#define TOWER_LIMIT_VIEWS 4096
#define TOWER_LIMIT_BATCH 64
#define TOWER_LIMIT_THREADS 64
#define TOWER_LIMIT_RANK 256
#define TOWER_LIMIT_HEAD_LAYERS 16
#define TOWER_LIMIT_OUTPUTS 8192
#define TOWER_LIMITS(ENTRY)                    \
    ENTRY(TOWER_LIMIT_WIDTH, width)            \
    ENTRY(TOWER_LIMIT_LAYERS, layers)          \
    ENTRY(TOWER_LIMIT_IMAGE, image)            \
    ENTRY(TOWER_LIMIT_GRID, grid)              \
    ENTRY(TOWER_LIMIT_TASKS, tasks)            \
    ENTRY(TOWER_LIMIT_VIEWS, views)            \
    ENTRY(TOWER_LIMIT_BATCH, batch)            \
    ENTRY(TOWER_LIMIT_THREADS, threads)        \
    ENTRY(TOWER_LIMIT_RANK, rank)              \
    ENTRY(TOWER_LIMIT_HEAD_LAYERS, headLayers) \
    ENTRY(TOWER_LIMIT_OUTPUTS, outputs)

/* Floats between the rows of a buffer that holds `outputs` for each token: one cache line more than they take, since rows
 * that are a power of two apart would all fall into the same few sets of the cache. */
static inline uint32_t row_stride(uint32_t outputs) { return round_up_to(outputs, PANEL) + 16; }

static inline uint32_t larger_of(uint32_t a, uint32_t b) { return a > b ? a : b; }

struct tower_config {
    uint32_t width, layers, heads, head_width, mlp_width;
    uint32_t patch, image, grid; /* grid = image / patch */
    uint32_t tokens;             /* 1 + grid² */
    uint32_t patch_inputs;       /* 3 · patch² */
    uint32_t embedding;          /* 0 without a projection */
    uint32_t embedding_width;    /* embedding, or width where that is 0 */
    int32_t activation;
    float norm_epsilon;
    uint32_t tasks, batch, threads;
    uint32_t slots; /* of embeddings */
};

/* Floats of the residual stream of so many views. */
static inline size_t stream_floats(const struct tower_config *config, uint32_t views) {
    return (size_t)views * config->tokens * row_stride(config->width);
}

/* ---- weights; layouts in weights/README.md ---- */

struct norm {
    const float *weight, *bias; /* [width] */
};

/* out from in; either `weight`, or codes, scales and sums. */
struct linear {
    uint32_t in, out, out8;
    uint32_t blocks_wanted; /* that a q8 layer must have; 0 = any number that divides in */
    int32_t has_bias;
    const float *weight;    /* [out8 / 8, in, 8] */
    const uint8_t *codes;   /* [out8 / 8, blocks, block / 4, 8, 4] */
    const float *scales;    /* [out8 / 8, blocks, 8] */
    const int32_t *sums;    /* [out8 / 8, blocks, 8] */
    const float *smooth;    /* [in] or NULL */
    const float *bias;      /* [out8] or NULL */
    uint32_t blocks, block; /* of codes */
};

/* One LoRA pair beside a linear layer, or beside one of the equal segments of its outputs: y += B (A x). */
struct lora {
    uint32_t rank8;
    const float *A; /* [rank8 / 8, in, 8], NULL where there is none */
    const float *B; /* [out8 / 8, rank8, 8], scale included */
};

struct block {
    struct norm norm1, norm2;
    struct linear qkv, out, fc1, fc2;
};

/* The places of a block that LoRA can stand beside (query, key and value share the layer qkv), and behind them the projection;
 * lora.c has their names and sizes. */
enum lora_target {
    LORA_QUERY,
    LORA_KEY,
    LORA_VALUE,
    LORA_OUT,
    LORA_FC1,
    LORA_FC2,
    LORA_TARGETS,
    LORA_PROJECTION = LORA_TARGETS
};

struct block_adapter {
    struct lora lora[LORA_TARGETS];
};

struct tower_weights {
    const float *class_embedding; /* [width] */
    const float *position;        /* [tokens, width] */
    struct linear patch;
    struct norm pre_norm, post_norm;
    struct linear projection;
    struct block *blocks; /* [layers] */
};

/* ---- tasks ---- */

struct head_layer {
    struct linear linear;
    int32_t activation;
};

enum output_kind { OUTPUT_RAW, OUTPUT_SCORE, OUTPUT_CLASSES };

struct task {
    struct block_adapter *adapter; /* [layers] */
    int32_t has_adapter;           /* a LoRA tensor of a block is bound */
    struct lora projection;
    struct head_layer head[TOWER_LIMIT_HEAD_LAYERS];
    uint32_t head_layers;
    int32_t normalize;
    int32_t is_lent; /* adapter and head are another's, who uses them where they lie: nobody else changes them */
    int32_t output;
    struct tower_score_scale scale; /* of OUTPUT_SCORE */
};

/* ---- state ---- */

/* R = batch · tokens rows. width8 and so on are rounded up to whole panels; rows of floats are row_stride apart. */
struct tower_state {
    uint8_t *views;  /* [batch, image, image, 3] */
    float *residual; /* [R, width8] */
    float *trunk;    /* [R, width8]: the residual stream that tower_forward_on goes on from */
    float *normed;   /* [R, width8]: what a linear layer reads; attention's result too */
    /* [R, the widest of 3 · width8, mlp8, patch inputs, embedding8]: queries, keys, values; the MLP's inside */
    float *hidden;
    struct quantized_rows quantized; /* room for the rows of the layer at hand: [R, inputs8]; its way is the tower's */
    float *low_rank;                 /* [R, lora_stride]: A x */
    float *patch_bias;               /* [width8]: what mean and std add to every patch */
    uint8_t *attention;              /* [threads, attention_bytes]: each thread's scratch */
    uint64_t attention_bytes;
    float *embeddings;               /* [slots, embedding_width] */
    float *head_input, *head_output; /* [batch, outputs8] */
    double *raw_sum;                 /* [outputs]: over the views since tower_task_begin */
    double *raw, *result;            /* [outputs], [max(2, outputs)] */
    float *view_outputs;             /* [batch, outputs] */
    uint8_t *stacks;                 /* [threads, THREAD_STACK] */
};

enum { THREAD_STACK = 65536 };

/* Room for a row of `in` inputs in the most blocks that a layer may have: groups of at least BLOCK_INPUTS_LEAST
 * inputs (or one group), each padded to a multiple of 4. */
enum { BLOCK_INPUTS_LEAST = 32 };
#define QUANTIZED_BLOCKS(in) ((in) / BLOCK_INPUTS_LEAST + 3)
#define QUANTIZED_BYTES(in) ((in) + 4 * QUANTIZED_BLOCKS(in))

enum tower_stage { TOWER_EMPTY, TOWER_CONFIGURED, TOWER_ALLOCATED };

struct tower {
    struct arena arena;
    struct message message;
    int32_t stage;
    struct tower_config config;
    uint32_t configurations; /* how often it was configured */
    struct tower_weights weights;
    struct task *tasks; /* [config.tasks] */
    struct tower_state state;
    struct threads threads;
    struct tower_normalization normalization;
    uint32_t trunk_views, trunk_blocks; /* of state.trunk: views, 0 where nothing is kept; blocks behind them */
    uint64_t blocks_computed;
    /* Since tower_task_begin: the views, the first one's output 0, and the sums of d and d² where d is output 0
     * less the first one's, for the standard error of a score. */
    uint64_t views_counted;
    double first_output, deviation_sum, deviation_squares;
};

/* In bind.c. Sets every layer's sizes, from the configuration: what tower_bind compares with. */
void bind_sizes(struct tower *tower);
/* Whether none of them is NaN or infinite. */
int32_t all_finite(const float *values, size_t count);

#endif
