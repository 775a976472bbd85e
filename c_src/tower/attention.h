/* Multi-head attention over the tokens of each view. */
#ifndef PERCEPT_ATTENTION_H
#define PERCEPT_ATTENTION_H

#include "tower.h"

/* normed[row, head] = softmax(q · kᵀ / √head_width) · v, for the first `queries` tokens of each view, from the
 * queries, keys and values in the state's `hidden`: [R, 3 · width8]. */
void attention(struct tower *tower, uint32_t views, uint32_t queries);

#endif
