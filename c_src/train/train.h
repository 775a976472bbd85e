/* Teaching: the gradient of a loss with respect to LoRA pairs and a head, through the frozen tower.
 *
 * A trainer stands beside a tower and owns one of its tasks: the task's adapter and head are the trainer's parameters, so
 * that tower_forward and tower_task_head score with what was just learned, without a copy. Until train_release nobody else
 * changes them.
 *
 *   train *train = train_new(tower);                          // after tower_configure
 *   train_configure(train, &(struct train_configuration){.first_block = 9, .targets = 1 << TRAIN_VALUE, .rank = 8,
 *       .slots = 1, .pictures = 32, .items = 64, .head_layers = 1, .head_outputs = {1}, .head_activations = {TOWER_IDENTITY}});
 *   train_bytes(train);                                       // what teaching needs, before any of it is taken
 *   … tower_allocate, weights, tower_set_normalization …
 *   train_allocate(train, task);                              // the task has no head and no tensors yet
 *   train_seed(train, 7);                                     // A and head at random, B zero; or write train_parameters
 *
 *   train_prefix(train, 0, views);                            // tower_views through the frozen blocks, once for each view:
 *   keep(train_input(train, 0));                              // … the caller keeps what came out and puts it back later
 *
 *   train_begin(train, pictures);                             // a step; for each part of at most tower_batch views:
 *   train_pictures(train, slot)[view] = picture;
 *   train_forward(train, slot, views);                        // from train_input of the slot
 *   train_items(train)[i] = (struct train_item){picture, 0, target, weight};
 *   train_loss(train, TRAIN_HUBER, 0.1f, items);
 *   train_backward(train, slot, views);                       // for each part again
 *   train_update(train, &(struct train_rule){.rate_A = 1e-3f, .rate_B = 1e-3f, .rate_head = 1e-4f, .beta1 = 0.9f,
 *       .beta2 = 0.999f, .epsilon = 1e-8f, .decay = 0.01f});
 *
 *   … the parameters are read and bound as a task's tensors elsewhere …
 *   train_release(train);                                     // the task is empty again; the trainer may be configured anew
 *
 * A picture's output is the mean over its views of the head's outputs, as in tower_task_finish. A slot keeps the residual
 * stream at each block that is taught; when a step has more views than the slots hold, fill a slot's input again and call
 * train_forward again before its train_backward: after train_loss it counts no outputs.
 *
 * Every sum of floats has a fixed order: gradients add view after view in the order of the calls, whatever the batch, the
 * build and the threads. Statuses and sentences are the tower's (tower_message).
 */
#ifndef PERCEPT_TRAIN_H
#define PERCEPT_TRAIN_H

#include "../layout.h"
#include "../percept.h"

typedef struct train train;

/* Where LoRA stands, in every block that is taught: a sum of 1 << these. */
#define TRAIN_TARGETS(ENTRY)  \
    ENTRY(TRAIN_QUERY, query) \
    ENTRY(TRAIN_KEY, key)     \
    ENTRY(TRAIN_VALUE, value) \
    ENTRY(TRAIN_OUT, out)     \
    ENTRY(TRAIN_FC1, fc1)     \
    ENTRY(TRAIN_FC2, fc2)
enum train_target { TRAIN_TARGETS(LAYOUT_CONSTANT) };

/* With y, output 0 of a picture:
 *   squared: (y - target)²;
 *   huber: d²/2 where d = |y - target| is at most delta, else delta · (d - delta/2);
 *   pairs (Bradley and Terry, 1952): the chance that `picture` beats `other` is sigmoid(y - y of other); its cross-entropy
 *   with target, 1 where it did, 0 where it lost, 0.5 for a tie;
 *   classes: cross-entropy of softmax over all outputs; the class is `other`. */
#define TRAIN_LOSSES(ENTRY)       \
    ENTRY(TRAIN_SQUARED, squared) \
    ENTRY(TRAIN_HUBER, huber)     \
    ENTRY(TRAIN_PAIRS, pairs)     \
    ENTRY(TRAIN_CLASSES, classes)
enum train_loss_kind { TRAIN_LOSSES(LAYOUT_CONSTANT) };

/* One judgement; the step's loss is the sum of weight · loss. */
#define TRAIN_ITEM(ONE, MANY) \
    ONE(uint32_t, picture)    \
    ONE(uint32_t, other)      \
    ONE(float, target)        \
    ONE(float, weight)
LAYOUT_STRUCT(train_item, TRAIN_ITEM);

/* JSON: {"version", "statuses": [name, …], "limits", "targets", "losses": {name: number, …}, "structs": as in tower_info}.
 * NUL-ended. */
const char *train_info(void);

/* Room for the struct that the next call reads, as tower_arguments. */
void *train_arguments(void);

/* The tower's trainer; NULL when there is no memory for it. */
train *train_new(tower *tower);

/* What is taught, and how much of a step has room. */
enum { TRAIN_LIMIT_HEAD_LAYERS = 4 };
#define TRAIN_CONFIGURATION(ONE, MANY)                                                                    \
    ONE(int32_t, first_block)     /* the first with LoRA, as every later one; the tower's layers: none */ \
    ONE(int32_t, targets)         /* where in a block */                                                  \
    ONE(int32_t, rank)            /* of LoRA in the blocks */                                             \
    ONE(int32_t, projection_rank) /* of LoRA beside the projection, 0: none */                            \
    ONE(int32_t, slots)           /* parts of a step whose residual streams are kept */                   \
    ONE(int32_t, pictures)        /* of a step, at most */                                                \
    ONE(int32_t, items)           /* of a step, at most */                                                \
    ONE(int32_t, normalize)       /* whether the head reads the embedding divided by its norm */          \
    ONE(int32_t, head_layers)     /* 1 to TRAIN_LIMIT_HEAD_LAYERS */                                      \
    MANY(int32_t, head_outputs, TRAIN_LIMIT_HEAD_LAYERS)                                                  \
    MANY(int32_t, head_activations, TRAIN_LIMIT_HEAD_LAYERS) /* TOWER_RELU, TOWER_GELU or TOWER_IDENTITY */
LAYOUT_STRUCT(train_configuration, TRAIN_CONFIGURATION);

/* After tower_configure, and again where that was called again; may be called until train_allocate, and after train_release.
 * Allocates nothing. */
int32_t train_configure(train *train, const struct train_configuration *given);

/* Bytes that train_allocate carves; 0 unless train_configure knows the tower's sizes. It takes new memory for them only where what it took before is smaller. */
double train_bytes(const train *train);

/* Carves everything, after tower_allocate, and makes the task's adapter and head the parameters, all zero. */
int32_t train_allocate(train *train, int32_t task);

/* Empties the task. The memory stays the trainer's, for the next train_allocate. Nothing to release is no error. */
int32_t train_release(train *train);

/* A and the head's weights uniform in ±1/√inputs, from the seed alone; B, biases and AdamW's state zero. */
int32_t train_seed(train *train, uint32_t seed);

/* ---- parameters: one array of floats, as many gradients, and twice as many moments of AdamW ---- */

int32_t train_parameter_count(const train *train); /* after train_configure */
float *train_parameters(const train *train);
const float *train_gradients(const train *train);
float *train_moments(const train *train); /* [2, count]: means, then mean squares */
/* Steps that AdamW has made; set it with the moments to go on where another run stopped. */
int32_t train_steps(const train *train);
int32_t train_set_steps(train *train, int32_t steps);

/* The tensors among them, in their order: names, packed shapes (weights/README.md) and first float. */
int32_t train_tensors(const train *train);
const char *train_tensor_name(train *train, int32_t tensor);            /* NUL-ended, until the next call */
const uint32_t *train_tensor_shape(const train *train, int32_t tensor); /* [3], 1 where there is no dimension */
int32_t train_tensor_offset(const train *train, int32_t tensor);

/* ---- a step ---- */

/* Floats of one view's input, and of the `batch` inputs of a slot: [tokens, stride]. */
int32_t train_input_floats(const train *train);
float *train_input(const train *train, int32_t slot);

/* Embeds tower_views and runs the blocks that are not taught: their output is the slot's input. */
int32_t train_prefix(train *train, int32_t slot, int32_t views);

/* Clears gradients and outputs. A step whose pictures have no room at once goes on with train_more: it clears the outputs, and
 * what is computed then adds to the gradients. */
int32_t train_begin(train *train, int32_t pictures);
int32_t train_more(train *train, int32_t pictures);
/* Which picture each view of a slot belongs to: [batch]. */
uint32_t *train_pictures(const train *train, int32_t slot);
int32_t train_forward(train *train, int32_t slot, int32_t views);
/* [pictures, outputs]: the means over the views so far. */
const float *train_outputs(const train *train);

struct train_item *train_items(const train *train);
/* Computes the loss of the first `items` items and its gradient with respect to the outputs; delta is Huber's. */
int32_t train_loss(train *train, int32_t kind, float delta, int32_t items);
double train_loss_value(const train *train);

/* Adds the slot's part to the gradients: of the views that the slot's last train_forward since train_begin or train_more had.
 * PERCEPT_WRONG_STATE for others, when the slot's input was computed anew since, or when its part was added already. */
int32_t train_backward(train *train, int32_t slot, int32_t views);

/* The Euclidean norm of the gradients; 0 where there are none yet, or none any more. */
double train_gradient_norm(const train *train);

/* A step of AdamW (Loshchilov and Hutter, 2019), with a rate for each kind of parameter. */
#define TRAIN_RULE(ONE, MANY)                                                 \
    ONE(float, rate_A)                                                        \
    ONE(float, rate_B)                                                        \
    ONE(float, rate_head) /* a rate of 0 leaves its parameters as they are */ \
    ONE(float, beta1)                                                         \
    ONE(float, beta2)                                                         \
    ONE(float, epsilon)                                                       \
    ONE(float, decay) /* stands beside the gradient and spares biases */      \
    ONE(float, most)  /* a gradient whose norm is above is scaled down to it; 0: never */
LAYOUT_STRUCT(train_rule, TRAIN_RULE);

/* PERCEPT_NOT_FINITE, and nothing changed, when the gradients are not made of numbers. */
int32_t train_update(train *train, const struct train_rule *rule);

/* For tests: with 1, a q8 layer's input gradient is computed in float32 from the same codes. */
int32_t train_exact(train *train, int32_t exact);

#endif
