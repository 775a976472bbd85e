/* The only file that compiles stb_image (2.30). It reaches behind stb_image's public functions, which would
 * leak a 16-bit PNG for want of memory while they reduce it to 8 bits.
 *
 * stb_image keeps the reason for a failure in a variable of its own, but does not always set it. It is
 * emptied before each call, set here where memory lacks, and read right after. */
#include "stb.h"

#include <stdlib.h>
#include <string.h>

static int stbi__err(const char *reason); /* stb_image's own */

static void *noting_failure(void *memory) {
    if (!memory) stbi__err("outofmem");
    return memory;
}

/* The largest buffer that may grow: a PNG's bytes may inflate to a thousand times more than its picture needs. */
static size_t growth_limit;
static int beyond_limit; /* since the last call; stb_image itself would say that memory lacks */

static void *grown(void *memory, size_t bytes) {
    if (bytes <= growth_limit) return noting_failure(realloc(memory, bytes));
    beyond_limit = 1;
    return NULL;
}

/* Memory comes zeroed: what a broken file leaves unwritten is then the same on every machine. */
static void *zeroed(size_t bytes) { return noting_failure(calloc(1, bytes)); }

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wextra"
#endif

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_SIMD /* PNG has none */
#define STBI_NO_THREAD_LOCALS
#define STBI_MAX_DIMENSIONS 32768
#define STBI_MALLOC(bytes) zeroed(bytes)
#define STBI_REALLOC(pointer, bytes) grown(pointer, bytes)
#define STBI_FREE(pointer) free(pointer)
#define STBI_ASSERT(condition) ((void)0) /* the engine cannot abort */
#include "stb_image.h"

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/* Why the call before failed. */
static enum stb_result failure(void) {
    return strcmp(stbi_failure_reason(), "outofmem") == 0 && !beyond_limit ? STB_OUT_OF_MEMORY : STB_BROKEN;
}

/* Beyond what a PNG needs: rows of interlaced pictures have a byte more for each pass, and the smallest buffer is 4 KiB. */
enum { GROWTH_SLACK = 1 << 18 };

/* Keeps the high bytes of 16-bit samples, in place: a sample is read before its place is written. */
static uint8_t *keep_high_bytes(uint16_t *samples, size_t count) {
    uint8_t *high = (uint8_t *)samples;
    for (size_t i = 0; i < count; i++) high[i] = (uint8_t)(samples[i] >> 8);
    uint8_t *shrunk = realloc(high, count);
    return shrunk ? shrunk : high;
}

/* RFC 1950, 8.2 */
static uint32_t adler32(const uint8_t *bytes, size_t count) {
    uint32_t sum = 1, sums = 0;
    for (size_t i = 0; i < count; i++) {
        sum = (sum + bytes[i]) % 65521;
        sums = (sums + sum) % 65521;
    }
    return sums << 16 | sum;
}

enum stb_result stb_zlib_ends(const uint8_t *bytes, uint32_t size, size_t inflated_bytes) {
    enum { CHECK_SUM = 4 };
    if (size < CHECK_SUM || inflated_bytes > INT32_MAX - GROWTH_SLACK) return STB_BROKEN;
    stbi__err("", "");
    beyond_limit = 0;
    growth_limit = 2 * inflated_bytes + GROWTH_SLACK;
    int count = 0;
    uint8_t *inflated = (uint8_t *)stbi_zlib_decode_malloc_guesssize((const char *)bytes, (int)size,
                                                                     (int)(inflated_bytes + GROWTH_SLACK), &count);
    if (!inflated) return failure();
    const uint8_t *end = bytes + size - CHECK_SUM;
    const uint32_t stored = (uint32_t)end[0] << 24 | (uint32_t)end[1] << 16 | (uint32_t)end[2] << 8 | end[3];
    const int whole = adler32(inflated, (size_t)count) == stored;
    free(inflated);
    return whole ? STB_DECODED : STB_BROKEN;
}

enum stb_result stb_png_decode(const uint8_t *bytes, uint32_t size, size_t inflated_bytes, int channels,
                               uint32_t *width, uint32_t *height, uint8_t **pixels) {
    stbi__context context;
    stbi__result_info info = {.bits_per_channel = 8};
    int columns = 0, rows = 0, file_channels = 0;
    stbi__start_mem(&context, bytes, (int)size);
    stbi__err("", "");
    beyond_limit = 0;
    growth_limit = 2 * (size_t)size + 2 * inflated_bytes + GROWTH_SLACK; /* buffers double until they suffice */
    void *samples = stbi__png_load(&context, &columns, &rows, &file_channels, channels, &info);
    if (!samples) return failure();
    const size_t count = (size_t)columns * (size_t)rows * (size_t)channels;
    *pixels = info.bits_per_channel == 16 ? keep_high_bytes(samples, count) : samples;
    *width = (uint32_t)columns;
    *height = (uint32_t)rows;
    return STB_DECODED;
}
