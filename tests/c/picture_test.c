/* The picture module in native code, under AddressSanitizer and UndefinedBehaviorSanitizer: Pillow's results,
 * the order of calls, arguments, limits, and the lack of memory at every allocation.
 *
 * Link with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc, so that allocations can be made to fail. */
#include "../golden/pillow.h"
#include "picture_files.h"

/* ---- allocations that fail on demand ---- */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *pointer, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *pointer, size_t bytes);

/* Allocations to let through; -1 for all. Then one fails, or every one from there on. */
struct allowance {
    int left, forever;
};

static struct allowance allowance = {-1, 0};

static int may_allocate(void) {
    if (allowance.left < 0) return 1;
    if (allowance.left > 0) {
        allowance.left--;
        return 1;
    }
    if (!allowance.forever) allowance.left = -1;
    return 0;
}

void *__wrap_malloc(size_t bytes) { return may_allocate() ? __real_malloc(bytes) : NULL; }
void *__wrap_calloc(size_t count, size_t bytes) { return may_allocate() ? __real_calloc(count, bytes) : NULL; }
void *__wrap_realloc(void *pointer, size_t bytes) { return may_allocate() ? __real_realloc(pointer, bytes) : NULL; }

/* ---- inputs ---- */

static uint32_t mix32(uint32_t seed, uint32_t index) {
    uint32_t x = index * 0x9E3779B9u + seed;
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ x >> 16;
}

/* As pillow.py: synthetic. */
static void take_synthetic(picture *handle, uint32_t width, uint32_t height, uint32_t seed) {
    uint8_t *rgba = picture_rgba_input(handle, width, height);
    CHECK(rgba != NULL);
    for (uint32_t i = 0; i < width * height * 3; i++) {
        uint8_t value = (uint8_t)(mix32(seed, i) >> 24);
        rgba[i / 3 * 4 + i % 3] = seed % 2 == 0 ? value : value < 128 ? 0 : 255;
    }
    CHECK(picture_take_rgba(handle) == PERCEPT_OK);
}

static int32_t decode_named(picture *handle, const char *name) {
    uint32_t size;
    uint8_t *bytes = read_picture_file(name, &size);
    int32_t status = decode_bytes(handle, bytes, size);
    free(bytes);
    return status;
}

/* ---- tests ---- */

static void resampling_equals_pillow(void) {
    picture *handle = picture_new();
    for (size_t i = 0; i < sizeof golden_resamples / sizeof golden_resamples[0]; i++) {
        const struct golden_resample *golden = &golden_resamples[i];
        take_synthetic(handle, golden->width, golden->height, golden->seed);
        CHECK(picture_resize_exact(handle, golden->to_height, golden->to_width, golden->filter) == PERCEPT_OK);
        CHECK(crc_of_pixels(&handle->resized) == golden->crc);
    }
    picture_free(handle);
}

static void files_equal_pillow(void) {
    picture *handle = picture_new();
    for (size_t i = 0; i < sizeof golden_files / sizeof golden_files[0]; i++) {
        CHECK(decode_named(handle, golden_files[i].name) == PERCEPT_OK);
        CHECK(picture_message(handle)[0] == 0);
        CHECK(picture_width(handle) == golden_files[i].width);
        CHECK(picture_height(handle) == golden_files[i].height);
        CHECK(crc_of_pixels(&handle->decoded) == golden_files[i].crc);
    }
    picture_free(handle);
}

static void calls_need_their_order(void) {
    picture *handle = picture_new();
    CHECK(picture_decode(handle, 1) == PERCEPT_WRONG_STATE);
    CHECK(picture_message(handle)[0] != 0);
    CHECK(picture_take_rgba(handle) == PERCEPT_WRONG_STATE);
    CHECK(picture_resize_shorter(handle, 8, PICTURE_BILINEAR) == PERCEPT_WRONG_STATE);
    CHECK(picture_crop_center(handle, 8) == PERCEPT_WRONG_STATE);
    CHECK(picture_crop_grid(handle, 1, 1, 8) == PERCEPT_WRONG_STATE);
    CHECK(picture_crop_grid_to_edges(handle, 1, 1, 8) == PERCEPT_WRONG_STATE);
    CHECK(picture_width(handle) == 0 && picture_height(handle) == 0);
    CHECK(picture_views(handle) == NULL && picture_view_count(handle) == 0);
    CHECK(decode_named(handle, "jpeg-420.jpg") == PERCEPT_OK);
    CHECK(picture_crop_center(handle, 8) == PERCEPT_WRONG_STATE);
    CHECK(picture_decode(handle, 1) == PERCEPT_WRONG_STATE); /* the input is gone */
    CHECK(picture_crop_center_down(handle, 8) == PERCEPT_WRONG_STATE);
    CHECK(picture_pad(handle, 8, 0) == PERCEPT_WRONG_STATE);
    picture_free(handle);
    picture_free(NULL);
}

static void arguments_are_checked(void) {
    picture *handle = picture_new();
    take_synthetic(handle, 30, 20, 2);
    CHECK(picture_resize_shorter(handle, 0, PICTURE_BILINEAR) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_exact(handle, 5, 0, PICTURE_BILINEAR) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_exact(handle, 5, 5, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_exact(handle, 5, 5, -1) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_longer(handle, 0, PICTURE_LANCZOS) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_longer(handle, UINT32_MAX, PICTURE_NEAREST) == PERCEPT_PICTURE_TOO_LARGE);
    CHECK(picture_resize_exact(handle, 16, 12, PICTURE_BICUBIC) == PERCEPT_OK);
    CHECK(picture_crop_center_down(handle, 13) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_pad(handle, 16, 256) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_pad(handle, UINT32_MAX, 0) == PERCEPT_PICTURE_TOO_LARGE);
    CHECK(picture_crop_center(handle, 13) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_center(handle, 0) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_center(handle, UINT32_MAX) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid(handle, 0, 3, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid(handle, 65536, 65536, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid(handle, 257, 1, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid_to_edges(handle, 0, 3, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid_to_edges(handle, 257, 1, 4) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_crop_grid_to_edges(handle, 2, 2, 13) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_views(handle) == NULL);
    CHECK(picture_crop_grid(handle, 16, 16, 12) == PERCEPT_OK);
    CHECK(picture_view_count(handle) == 256 && picture_views(handle) != NULL);
    CHECK(picture_resize_exact(handle, UINT32_MAX, UINT32_MAX, 0) == PERCEPT_PICTURE_TOO_LARGE);
    CHECK(picture_resize_exact(handle, 16385, 8192, 0) == PERCEPT_PICTURE_TOO_LARGE);
    CHECK(picture_resize_shorter(handle, UINT32_MAX, 0) == PERCEPT_PICTURE_TOO_LARGE);
    picture_free(handle);
}

/* A side that rounds to 0 pixels is refused; padding leaves room for a view in every case. */
static void narrow_pictures_are_padded(void) {
    picture *handle = picture_new();
    take_synthetic(handle, 200, 1, 2);
    CHECK(picture_resize_longer(handle, 90, PICTURE_BILINEAR) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_resize_longer(handle, 150, PICTURE_BILINEAR) == PERCEPT_OK);
    CHECK(handle->resized.width == 150 && handle->resized.height == 1);
    CHECK(picture_crop_center(handle, 150) == PERCEPT_BAD_ARGUMENT);
    CHECK(picture_pad(handle, 150, 7) == PERCEPT_OK);
    CHECK(picture_crop_center(handle, 150) == PERCEPT_OK);
    CHECK(picture_views(handle)[0] == 7);
    picture_free(handle);
}

static void one_decode_serves_many_resizes(void) {
    picture *handle = picture_new();
    CHECK(decode_named(handle, "jpeg-444.jpg") == PERCEPT_OK);
    uint32_t decoded = crc_of_pixels(&handle->decoded);
    CHECK(picture_resize_shorter(handle, 20, PICTURE_BICUBIC) == PERCEPT_OK);
    CHECK(handle->resized.width == 28 && handle->resized.height == 20); /* 61 x 43: floor(20 * 61 / 43) */
    CHECK(picture_crop_center(handle, 20) == PERCEPT_OK);
    uint32_t view = crc_of(picture_views(handle), 20 * 20 * 3);
    CHECK(picture_resize_exact(handle, 90, 31, PICTURE_BILINEAR) == PERCEPT_OK);
    CHECK(picture_views(handle) == NULL);
    CHECK(picture_crop_grid(handle, 2, 2, 31) == PERCEPT_OK);
    CHECK(picture_resize_shorter(handle, 20, PICTURE_BICUBIC) == PERCEPT_OK);
    CHECK(picture_crop_center(handle, 20) == PERCEPT_OK);
    CHECK(crc_of(picture_views(handle), 20 * 20 * 3) == view);
    CHECK(crc_of_pixels(&handle->decoded) == decoded);
    picture_free(handle);
}

static void a_failure_leaves_the_handle_usable(void) {
    picture *handle = picture_new();
    CHECK(decode_named(handle, "png-color2-8bit.png") == PERCEPT_OK);
    CHECK(decode_bytes(handle, (const uint8_t *)"hello", 5) == PERCEPT_UNSUPPORTED_FORMAT);
    CHECK(strstr(picture_message(handle), "text file") != NULL);
    CHECK(picture_width(handle) == 0); /* nothing of the picture before is left */
    CHECK(decode_bytes(handle, NULL, 0) == PERCEPT_UNSUPPORTED_FORMAT);
    CHECK(strstr(picture_message(handle), "empty") != NULL);
    CHECK(decode_named(handle, "png-color2-8bit.png") == PERCEPT_OK);
    CHECK(picture_width(handle) == 23);
    picture_free(handle);
}

static void browser_pixels_are_limited(void) {
    picture *handle = picture_new();
    CHECK(picture_rgba_input(handle, 32769, 1) == NULL);
    CHECK(strstr(picture_message(handle), "32769 x 1") != NULL);
    CHECK(picture_rgba_input(handle, 0, 5) == NULL);
    CHECK(picture_rgba_input(handle, 16385, 8192) == NULL);
    CHECK(picture_take_rgba(handle) == PERCEPT_WRONG_STATE);
    CHECK(picture_rgba_input(handle, 4, 3) != NULL);
    CHECK(picture_take_rgba(handle) == PERCEPT_OK);
    CHECK(picture_width(handle) == 4 && picture_height(handle) == 3);
    picture_free(handle);
}

/* Everything from the file to the views. */
static int32_t whole_way(picture *handle, const uint8_t *bytes, uint32_t size) {
    int32_t status = decode_bytes(handle, bytes, size);
    if (status == PERCEPT_OK) status = picture_resize_longer(handle, 40, PICTURE_NEAREST);
    if (status == PERCEPT_OK) status = picture_pad(handle, 41, 0);
    if (status == PERCEPT_OK) status = picture_resize_exact(handle, 40, 50, PICTURE_BICUBIC);
    if (status == PERCEPT_OK) status = picture_crop_grid(handle, 2, 3, 30);
    return status;
}

static void lack_of_memory_for(const char *name, int forever) {
    uint32_t size;
    uint8_t *bytes = read_picture_file(name, &size);
    picture *handle = picture_new();
    CHECK(whole_way(handle, bytes, size) == PERCEPT_OK);
    uint32_t views = crc_of(picture_views(handle), 6 * 30 * 30 * 3);
    int failures = 0;
    for (int allowed = 0; allowed < 1000; allowed++) {
        allowance.left = allowed;
        allowance.forever = forever;
        int32_t status = whole_way(handle, bytes, size);
        int used_up = allowance.left < 0 || (forever && allowance.left == 0);
        allowance.left = -1;
        if (status == PERCEPT_OK && !used_up) break;
        if (status != PERCEPT_OK) {
            CHECK(status == PERCEPT_OUT_OF_MEMORY);
            CHECK(picture_message(handle)[0] != 0);
            failures++;
        }
        CHECK(whole_way(handle, bytes, size) == PERCEPT_OK);
        CHECK(crc_of(picture_views(handle), 6 * 30 * 30 * 3) == views);
    }
    CHECK(failures >= 7); /* the input, the pixels, two passes with their weights, the views */
    picture_free(handle);
    free(bytes);
}

static void every_allocation_may_fail(void) {
    static const char *const names[] = {"jpeg-420.jpg",         "jpeg-progressive.jpg", "exif-6.jpg",
                                        "png-color6-16bit.png", "png-palette-4bit.png", "gif-still.gif",
                                        "bmp-8bit.bmp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lack_of_memory_for(names[i], 0);
        lack_of_memory_for(names[i], 1);
    }
    allowance.left = 0;
    CHECK(picture_new() == NULL);
    allowance.left = -1;
}

static void messages_are_cut_between_characters(void) {
    struct message message;
    char text[300];
    memset(text, 'x', sizeof text);
    memcpy(text + 250, "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 10); /* euro signs at 250, 253, 256 */
    CHECK(message_fail(&message, PERCEPT_BAD_ARGUMENT, "%s", text) == PERCEPT_BAD_ARGUMENT);
    CHECK(strlen(message.text) == 253);
    CHECK(message_fail(&message, 3, "%.*s|%d|%u|%s|%%", 2, "abc", -2147483647 - 1, 4294967295u, "") == 3);
    CHECK(strcmp(message.text, "ab|-2147483648|4294967295||%") == 0);
    CHECK(message_clear(&message) == PERCEPT_OK && message.text[0] == 0);
    CHECK(strstr(picture_info(), "\"MISSING_TENSOR\",\"NOT_FINITE\"]") != NULL);
    CHECK(strstr(picture_info(), "\"filters\":{\"bilinear\":0,\"bicubic\":1") != NULL);
}

int main(int argc, char **argv) {
    RUN(resampling_equals_pillow);
    RUN(files_equal_pillow);
    RUN(calls_need_their_order);
    RUN(arguments_are_checked);
    RUN(narrow_pictures_are_padded);
    RUN(one_decode_serves_many_resizes);
    RUN(a_failure_leaves_the_handle_usable);
    RUN(browser_pixels_are_limited);
    RUN(every_allocation_may_fail);
    RUN(messages_are_cut_between_characters);
    return check_report(argc, argv);
}
