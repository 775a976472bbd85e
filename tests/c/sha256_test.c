/* SHA-256 in native code, under AddressSanitizer and UndefinedBehaviourSanitizer, on the examples that NIST publishes
 * with FIPS 180-4, each in one piece and in pieces of every size. */
#include <stdlib.h>
#include <string.h>

#include "../../c_src/hash/sha256.h"
#include "check.h"

struct example {
    const char *message, *digest;
};

static const struct example EXAMPLES[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};
static const char *MILLION_A = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

/* Whether a lane's message has this digest. `digests` is what sha256_end gave. */
static int digest_is(const uint8_t *digests, uint32_t lane, const char *expected) {
    char hex[2 * SHA256_DIGEST_BYTES + 1];
    for (uint32_t i = 0; i < SHA256_DIGEST_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digests[lane * SHA256_DIGEST_BYTES + i]);
    return strcmp(hex, expected) == 0;
}

/* The message in one lane, other bytes in the rest, given `step` bytes at a time. */
static const uint8_t *digest_in_lane(uint32_t lane, const char *message, uint32_t step) {
    const uint32_t length = (uint32_t)strlen(message);
    memset(sha256_input(), 'x', SHA256_LANES * SHA256_INPUT_BYTES);
    sha256_begin();
    for (uint32_t start = 0; start < length; start += step) {
        const uint32_t part = length - start < step ? length - start : step;
        memcpy(sha256_input() + lane * SHA256_INPUT_BYTES, message + start, part);
        sha256_update(part);
    }
    return sha256_end();
}

static void test_published_examples(void) {
    for (size_t at = 0; at < sizeof EXAMPLES / sizeof *EXAMPLES; at++) {
        for (uint32_t lane = 0; lane < SHA256_LANES; lane++) {
            for (uint32_t step = 1; step <= strlen(EXAMPLES[at].message) + 1; step++) {
                CHECK(digest_is(digest_in_lane(lane, EXAMPLES[at].message, step), lane, EXAMPLES[at].digest));
            }
        }
    }
}

static void test_a_million_letters_in_every_lane(void) {
    sha256_begin();
    memset(sha256_input(), 'a', SHA256_LANES * SHA256_INPUT_BYTES);
    for (uint32_t left = 1000000; left > 0;) {
        const uint32_t part = left < SHA256_INPUT_BYTES ? left : SHA256_INPUT_BYTES;
        sha256_update(part);
        left -= part;
    }
    const uint8_t *digests = sha256_end();
    for (uint32_t lane = 0; lane < SHA256_LANES; lane++) CHECK(digest_is(digests, lane, MILLION_A));
}

static void test_messages_that_are_given_up(void) {
    sha256_begin();
    sha256_update(100);
    sha256_begin();
    CHECK(digest_is(sha256_end(), 0, EXAMPLES[0].digest));
}

static void test_no_more_than_the_buffer(void) {
    CHECK(sha256_input_bytes() == SHA256_INPUT_BYTES);
    CHECK(sha256_lanes() == SHA256_LANES);
    sha256_begin();
    sha256_update(UINT32_MAX);
    sha256_end();
}

int main(int argc, char **argv) {
    RUN(test_published_examples);
    RUN(test_a_million_letters_in_every_lane);
    RUN(test_messages_that_are_given_up);
    RUN(test_no_more_than_the_buffer);
    return check_report(argc, argv);
}
