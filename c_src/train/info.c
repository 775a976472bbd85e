/* What the trainer says of itself, and where JavaScript writes the structs that it fills. */
#include "../runtime/info.h"

#include "trainer.h"

const char *train_info(void) {
    static char bytes[3072];
    struct text info = {.bytes = bytes, .capacity = sizeof bytes - 1};
    text_add(&info, "{");
    info_add_head(&info);
    INFO_ADD_CONSTANTS(&info, "limits", TRAIN_LIMITS);
    INFO_ADD_CONSTANTS(&info, "targets", TRAIN_TARGETS);
    INFO_ADD_CONSTANTS(&info, "losses", TRAIN_LOSSES);
    INFO_ADD_STRUCT(&info, ",\"structs\":{", train_configuration, TRAIN_CONFIGURATION);
    INFO_ADD_STRUCT(&info, ",", train_item, TRAIN_ITEM);
    INFO_ADD_STRUCT(&info, ",", train_rule, TRAIN_RULE);
    text_add(&info, "}}");
    return bytes;
}

void *train_arguments(void) {
    static union {
        struct train_configuration configuration;
        struct train_rule rule;
    } arguments;
    return &arguments;
}
