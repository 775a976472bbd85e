/* What the tower module says of itself, and where JavaScript writes the structs that it fills. */
#include "../runtime/info.h"

#include "../kernels/q4.h"
#include "tower.h"

#ifndef PERCEPT_BUILD
#define PERCEPT_BUILD "native"
#endif

const char *tower_info(void) {
    static char bytes[4096];
    struct text info = {.bytes = bytes, .capacity = sizeof bytes - 1};
    text_add(&info, "{\"build\":\"" PERCEPT_BUILD "\",\"base\":%d,", TOWER_BASE);
    info_add_head(&info);
    INFO_ADD_CONSTANTS(&info, "limits", TOWER_LIMITS);
    INFO_ADD_CONSTANTS(&info, "activations", TOWER_ACTIVATIONS);
    INFO_ADD_CONSTANTS(&info, "dtypes", TOWER_DTYPES);
    text_add(&info, ",\"expansions\":{\"f16\":{\"from\":2,\"to\":4},\"q4\":{\"from\":%d,\"to\":%d}}", Q4_UNIT_BYTES,
             Q4_GROUP * PANEL);
    INFO_ADD_STRUCT(&info, ",\"structs\":{", tower_configuration, TOWER_CONFIGURATION);
    INFO_ADD_STRUCT(&info, ",", tower_tensor, TOWER_TENSOR);
    INFO_ADD_STRUCT(&info, ",", tower_score_scale, TOWER_SCORE_SCALE);
    INFO_ADD_STRUCT(&info, ",", tower_normalization, TOWER_NORMALIZATION);
    text_add(&info, "}}");
    return bytes;
}

void *tower_arguments(void) {
    static union {
        struct tower_configuration configuration;
        struct tower_tensor tensor;
        struct tower_score_scale scale;
        struct tower_normalization normalization;
    } arguments;
    return &arguments;
}
