/* Calls the engine boundary, percept.h and train.h, and the converter's pack.h and calibrate.h in any order and with any numbers, in native code under AddressSanitizer and
 * UndefinedBehaviorSanitizer. The input's first byte chooses the module, the others the calls. Pointers are always
 * good ones: what lies behind them is the fuzzer's. Built and run by `make fuzz`. */
#include "calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct stream stream = {bytes, size, 0};
    switch (take_below(&stream, 8)) {
        case 0:
        case 4: call_picture_module(&stream); break;
        case 3: call_trainer(&stream); break;
        case 7: call_pack_module(&stream); break;
        default: call_tower_module(&stream);
    }
    return 0;
}
