/* Multi-head attention from its result back to queries, keys and values. */
#ifndef PERCEPT_ATTENTION_BACKWARD_H
#define PERCEPT_ATTENTION_BACKWARD_H

#include "trainer.h"

/* With P = softmax(Q Kᵀ / √d), O = P V for the first `queries` tokens of each view:
 *   dV = Pᵀ dO, dP = dO Vᵀ, dS = P ∘ (dP - rowsum(P ∘ dP)) / √d, dQ = dS K, dK = dSᵀ Q.
 * Q, K, V lie in the tower's `hidden`: [R, 3 · width8]; dO: the trainer's `normed`; the result goes to the trainer's
 * `hidden` in the same places. What nobody asked for, other queries and the padding of a width that is no multiple of 8, must
 * be zero before and stays zero. */
void attention_backward(struct train *train, uint32_t views, uint32_t queries);

/* What one thread needs beside it. */
uint64_t attention_backward_bytes(const struct tower_config *config);

#endif
