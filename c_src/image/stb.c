/* The only file that compiles stb_image (2.30). It reaches behind stb_image's public functions, which would
 * finish a JPEG in their own way (planes of samples leave here, jpeg_pixels.c makes pixels of them), and
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
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_SIMD /* only its colour and transform kernels have SIMD, and they are not used */
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

/* Bytes after a scan that belong to nothing and are passed over, where restart markers tell how far it should go. */
enum { MOST_JUNK = 16 };

/* One scan, and the marker after it. stb_image stops early where the entropy-coded bytes make no sense; the
 * marker that it finds then tells whether the file goes on sensibly. It takes a missing restart marker for the
 * end of the scan, of which the rest would then be passed over as junk. */
static int decode_scan(stbi__jpeg *decoder, int *marker) {
    if (!stbi__process_scan_header(decoder) || !stbi__parse_entropy_coded_data(decoder)) return 0;
    if (decoder->marker == STBI__MARKER_none) {
        const stbi_uc *stopped = decoder->s->img_buffer;
        decoder->marker = stbi__skip_jpeg_junk_at_end(decoder);
        const int at_restart = decoder->restart_interval != 0 && decoder->todo <= 0;
        if (at_restart && decoder->s->img_buffer - stopped > MOST_JUNK) return 0;
    }
    *marker = stbi__get_marker(decoder);
    if (STBI__RESTART(*marker)) /* one more than the scan needs */
        *marker = stbi__get_marker(decoder);
    return 1;
}

/* Header, tables and scans up to the end marker, without which the file is refused. */
static int decode_scans(stbi__jpeg *decoder) {
    if (!stbi__decode_jpeg_header(decoder, STBI__SCAN_load)) return 0;
    int marker = stbi__get_marker(decoder);
    while (!stbi__EOI(marker)) {
        if (stbi__SOS(marker)) {
            if (!decode_scan(decoder, &marker)) return 0;
        } else {
            if (!stbi__process_marker(decoder, marker)) return 0;
            marker = stbi__get_marker(decoder);
        }
    }
    if (decoder->progressive) stbi__jpeg_finish(decoder);
    return 1;
}

void stb_jpeg_free(struct jpeg_planes *planes) {
    stbi__jpeg *decoder = planes->decoder;
    if (!decoder) return;
    stbi__free_jpeg_components(decoder, 4, 0);
    free(decoder->s);
    free(decoder);
    planes->decoder = NULL;
}

enum stb_result stb_jpeg_decode(const uint8_t *bytes, uint32_t size, jpeg_inverse_transform *transform,
                                struct jpeg_planes *planes) {
    stbi__context *context = zeroed(sizeof *context);
    stbi__jpeg *decoder = zeroed(sizeof *decoder);
    if (!context || !decoder) {
        free(context);
        free(decoder);
        return STB_OUT_OF_MEMORY;
    }
    stbi__start_mem(context, bytes, (int)size);
    decoder->s = context;
    decoder->idct_block_kernel = transform;
    planes->decoder = decoder;
    stbi__err("", "");
    beyond_limit = 0;
    if (!decode_scans(decoder)) {
        enum stb_result result = failure();
        stb_jpeg_free(planes);
        return result;
    }
    planes->width = context->img_x;
    planes->height = context->img_y;
    planes->count = (uint32_t)context->img_n;
    for (int i = 0; i < context->img_n; i++) {
        planes->plane[i] = (struct jpeg_plane){decoder->img_comp[i].data,
                                               (uint32_t)decoder->img_comp[i].w2,
                                               (uint32_t)decoder->img_comp[i].x,
                                               (uint32_t)decoder->img_comp[i].y,
                                               (uint32_t)(decoder->img_h_max / decoder->img_comp[i].h),
                                               (uint32_t)(decoder->img_v_max / decoder->img_comp[i].v)};
    }
    return STB_DECODED;
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
