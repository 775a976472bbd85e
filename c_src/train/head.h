/* The head of the task that is taught, with what its gradient needs kept. */
#ifndef PERCEPT_TRAIN_HEAD_H
#define PERCEPT_TRAIN_HEAD_H

#include "trainer.h"

/* The head on the state's embeddings: returns its outputs, [views, out8] of the last layer. The same bits as
 * tower_task_head. */
const float *head_forward(struct train *train, uint32_t views);

/* After head_forward: from the gradient of its outputs, [views, out8] in head_gradient[0], with zeros in the padding, to
 * the head's gradients and to the gradient of the embeddings, which is returned: [views, embedding_width8]. */
const float *head_backward(struct train *train, uint32_t views);

#endif
