/* Calls the engine boundary, percept.h, in any order and with any numbers, in native code under AddressSanitizer and
 * UndefinedBehaviorSanitizer. The input's first byte chooses the module, the others the calls. Pointers are always
 * good ones: what lies behind them is the fuzzer's. Built and run by `make fuzz`. */
#include "calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct stream stream = {bytes, size, 0};
    if (take_byte(&stream) % 4 == 0) {
        call_picture_module(&stream);
    } else {
        call_tower_module(&stream);
    }
    return 0;
}
