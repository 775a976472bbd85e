/* XXH64 in native code, under AddressSanitizer and UndefinedBehaviourSanitizer, on what xxHash's own program
 * (xxhsum -H64, 0.8) makes of a pattern cut at every length at which another step begins. */
#include "../../c_src/hash/xxh64.h"
#include "check.h"

static const struct {
    uint32_t bytes;
    uint64_t checksum;
} EXAMPLES[] = {
    {0, 0xef46db3751d8e999},    {1, 0xe934a84adb052768},       {3, 0x9ff70a635a6209ab},       {4, 0xae5acdc00a55ac41},
    {5, 0x8ad58ce18a6fd093},    {8, 0x87116b3365b924eb},       {31, 0x0f187c62b1e722b7},      {32, 0x91b0cb0931a8c629},
    {33, 0x931b043cf8d65b94},   {63, 0x219110bf13e2fa26},      {64, 0xbf3052e3445775d0},      {100, 0x8e2272c08247d5db},
    {1000, 0x768643e37856edab}, {1048575, 0xbbf17aba810c4832}, {1048576, 0xfee2e990dcfd00a0},
};

static void test_what_xxhsum_says(void) {
    for (uint32_t i = 0; i < XXH64_INPUT_BYTES; i++) xxh64_input()[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
    for (size_t at = 0; at < sizeof EXAMPLES / sizeof *EXAMPLES; at++) {
        CHECK(xxh64_checksum(EXAMPLES[at].bytes) == EXAMPLES[at].checksum);
    }
}

static void test_no_more_than_the_buffer(void) {
    CHECK(xxh64_input_bytes() == XXH64_INPUT_BYTES);
    CHECK(xxh64_checksum(UINT32_MAX) == xxh64_checksum(XXH64_INPUT_BYTES));
}

int main(int argc, char **argv) {
    RUN(test_what_xxhsum_says);
    RUN(test_no_more_than_the_buffer);
    return check_report(argc, argv);
}
