/* Hostile files, under AddressSanitizer and UndefinedBehaviorSanitizer: every golden file cut at its lengths and with its bytes
 * changed (all of them in small files, one in 13 in large ones), and headers that claim too much. A file may be refused or give a
 * picture; it may never crash the module, nor be accepted with a part missing. */
#include "../golden/pillow.h"
#include "picture_files.h"

static int refused(int32_t status) {
    return status == PERCEPT_UNSUPPORTED_FORMAT || status == PERCEPT_CORRUPT_PICTURE ||
           status == PERCEPT_PICTURE_TOO_LARGE;
}

/* Every byte of a small file, and one in 13 of a large one, which would take minutes. */
static uint32_t step_for(uint32_t size) { return size > 5000 ? 13 : 1; }

/* What is still read is whole: only bytes behind the last pixel were cut off. */
static void cut_everywhere(picture *handle, const struct golden_file *golden, const uint8_t *bytes, uint32_t size) {
    for (uint32_t length = 0; length < size; length += step_for(size)) {
        int32_t status = decode_bytes(handle, bytes, length);
        if (status == PERCEPT_OK) {
            if (strcmp(golden->name, "exif-after.png") == 0) continue; /* only its orientation may have been cut off */
            CHECK(crc_of_pixels(&handle->decoded) == golden->crc && !picture_damaged(handle));
        } else {
            CHECK(status == PERCEPT_CORRUPT_PICTURE || (length < 26 && refused(status)));
            CHECK(picture_message(handle)[0] != 0);
        }
    }
}

static void decode_changed(picture *handle, const uint8_t *bytes, uint32_t size) {
    int32_t status = decode_bytes(handle, bytes, size);
    CHECK(status == PERCEPT_OK ? picture_width(handle) > 0 : refused(status));
    if (status == PERCEPT_OK) crc_of_pixels(&handle->decoded); /* every pixel can be read */
}

/* `changed` has room for [size]. */
static void change_everywhere(picture *handle, const uint8_t *bytes, uint8_t *changed, uint32_t size) {
    static const uint8_t changes[] = {0x01, 0xFF};
    for (uint32_t i = 0; i < size; i += step_for(size)) {
        for (size_t change = 0; change < sizeof changes; change++) {
            memcpy(changed, bytes, size);
            changed[i] ^= changes[change];
            decode_changed(handle, changed, size);
            if (bytes[1] != 'P') continue;
            repair_png_sums(changed, size);
            decode_changed(handle, changed, size);
        }
    }
}

static void every_file_cut_and_changed(void) {
    picture *handle = picture_new();
    for (size_t i = 0; i < sizeof golden_files / sizeof golden_files[0]; i++) {
        uint32_t size;
        uint8_t *bytes = read_picture_file(golden_files[i].name, &size);
        cut_everywhere(handle, &golden_files[i], bytes, size);
        uint8_t *changed = malloc(size);
        change_everywhere(handle, bytes, changed, size);
        free(changed);
        free(bytes);
    }
    picture_free(handle);
}

/* Puts 60000 x 60000 into a file's header, at `at`, in numbers of `bytes` bytes. */
static void claim_size(uint8_t *header, uint32_t bytes, int big_endian) {
    for (uint32_t number = 0; number < 2; number++) {
        for (uint32_t i = 0; i < bytes; i++) {
            uint32_t shift = 8 * (big_endian ? bytes - 1 - i : i);
            header[number * bytes + i] = (uint8_t)(60000u >> shift);
        }
    }
}

static uint32_t find(const uint8_t *bytes, uint32_t size, uint8_t first, uint8_t second) {
    for (uint32_t i = 0; i + 1 < size; i++)
        if (bytes[i] == first && bytes[i + 1] == second) return i;
    return 0;
}

static void large_headers_are_refused(void) {
    picture *handle = picture_new();
    uint32_t size;
    uint8_t *jpeg = read_picture_file("jpeg-420.jpg", &size);
    claim_size(jpeg + find(jpeg, size, 0xFF, 0xC0) + 5, 2, 1);
    CHECK(decode_bytes(handle, jpeg, size) == PERCEPT_PICTURE_TOO_LARGE);
    CHECK(strstr(picture_message(handle), "60000 x 60000") != NULL);
    free(jpeg);

    uint8_t *bmp = read_picture_file("bmp-24bit.bmp", &size);
    claim_size(bmp + 18, 4, 0);
    CHECK(decode_bytes(handle, bmp, size) == PERCEPT_PICTURE_TOO_LARGE);
    free(bmp);

    uint8_t *gif = read_picture_file("gif-interlaced.gif", &size);
    claim_size(gif + 6, 2, 0);
    CHECK(decode_bytes(handle, gif, size) == PERCEPT_PICTURE_TOO_LARGE);
    free(gif);

    static const uint8_t png[] = {0x89, 'P',  'N',  'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I',  'H',  'D',  'R', 0,
                                  0,    0xEA, 0x60, 0,   0,    0xEA, 0x60, 8,    2, 0, 0, 0,  0x0F, 0xB0, 0xE2, 0x15};
    CHECK(decode_bytes(handle, png, sizeof png) == PERCEPT_PICTURE_TOO_LARGE);
    picture_free(handle);
}

/* The caller's limit is checked in each format's header, and for pixels before there is room for them. */
static void a_lower_limit_of_pixels_holds(void) {
    static const char *const names[] = {"jpeg-420.jpg", "png-color2-8bit.png", "bmp-24bit.bmp", "gif-interlaced.gif"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        picture *handle = picture_new();
        uint32_t size;
        uint8_t *bytes = read_picture_file(names[i], &size);
        CHECK(decode_bytes(handle, bytes, size) == PERCEPT_OK);
        const uint32_t pixels = picture_width(handle) * picture_height(handle);
        CHECK(picture_limit_pixels(handle, pixels) == PERCEPT_OK);
        CHECK(decode_bytes(handle, bytes, size) == PERCEPT_OK);
        CHECK(picture_limit_pixels(handle, pixels - 1) == PERCEPT_OK);
        CHECK(decode_bytes(handle, bytes, size) == PERCEPT_PICTURE_TOO_LARGE);
        CHECK(picture_rgba_input(handle, pixels, 1) == NULL);
        CHECK(picture_rgba_input(handle, pixels - 1, 1) != NULL);
        CHECK(picture_limit_pixels(handle, 0) == PERCEPT_BAD_ARGUMENT);
        CHECK(picture_limit_pixels(handle, PICTURE_LIMIT_PIXELS + 1) == PERCEPT_BAD_ARGUMENT);
        /* What was refused changed nothing. */
        CHECK(decode_bytes(handle, bytes, size) == PERCEPT_PICTURE_TOO_LARGE);
        CHECK(picture_limit_pixels(handle, PICTURE_LIMIT_PIXELS) == PERCEPT_OK);
        CHECK(decode_bytes(handle, bytes, size) == PERCEPT_OK);
        free(bytes);
        picture_free(handle);
    }
}

static void a_missing_scan_is_noticed(void) {
    picture *handle = picture_new();
    uint32_t size, last = 0;
    uint8_t *jpeg = read_picture_file("jpeg-random-422-separate.jpg", &size);
    for (uint32_t i = 0; i + 1 < size; i++)
        if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA) last = i;
    jpeg[last + 1] = 0xD9; /* the file ends where the third colour's scan began */
    CHECK(decode_bytes(handle, jpeg, last + 2) == PERCEPT_OK);
    CHECK(picture_damaged(handle));
    CHECK(decode_bytes(handle, jpeg, last) == PERCEPT_CORRUPT_PICTURE); /* the same without an end marker */
    free(jpeg);
    picture_free(handle);
}

/* A file that says restart markers follow each block, and has none, would otherwise lack all blocks but the first. */
static void a_missing_restart_marker_is_noticed(void) {
    static const uint8_t interval[] = {0xFF, 0xDD, 0, 4, 0, 1};
    picture *handle = picture_new();
    uint32_t size;
    uint8_t *jpeg = read_picture_file("jpeg-420.jpg", &size);
    const uint32_t scan = find(jpeg, size, 0xFF, 0xDA);
    uint8_t *changed = malloc(size + sizeof interval);
    memcpy(changed, jpeg, scan);
    memcpy(changed + scan, interval, sizeof interval);
    memcpy(changed + scan + sizeof interval, jpeg + scan, size - scan);
    CHECK(decode_bytes(handle, changed, size + sizeof interval) == PERCEPT_OK);
    CHECK(picture_damaged(handle));
    free(changed);
    free(jpeg);
    picture_free(handle);
}

static void orientation_of_broken_blocks(void) {
    static const uint8_t block[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0};
    CHECK(orientation_of((struct span){block, sizeof block}) == 6);
    for (uint32_t size = 0; size < sizeof block; size++) {
        uint8_t *exact = malloc(size > 0 ? size : 1); /* so that reading past the end is seen */
        memcpy(exact, block, size);
        CHECK(orientation_of((struct span){exact, size}) == 1);
        free(exact);
    }
    for (uint32_t i = 0; i < sizeof block; i++) {
        for (uint32_t value = 0; value < 256; value++) {
            uint8_t changed[sizeof block];
            memcpy(changed, block, sizeof block);
            changed[i] = (uint8_t)value;
            uint32_t orientation = orientation_of((struct span){changed, sizeof changed});
            CHECK(orientation >= 1 && orientation <= 8);
        }
    }
}

static void other_formats_are_named(void) {
    static const struct {
        const char *bytes;
        uint32_t size;
        const char *name;
    } files[] = {
        {"\0\0\0\34ftypavif\0\0\0\0", 16, "AVIF"},
        {"\0\0\0\34ftypheic\0\0\0\0", 16, "HEIC"},
        {"\0\0\0\34ftypmif1\0\0\0\0", 16, "HEIC"},
        {"\0\0\0\34ftypisom\0\0\0\0", 16, "video"},
        {"II*\0\x08\0\0\0", 8, "TIFF"},
        {"\xFF\x0A\0\0", 4, "JPEG XL"},
        {"<?xml version='1.0'?>", 21, "XML"},
        {"Dear diary", 10, "text"},
        {"\1\2\3\4", 4, "not known"},
        {"", 0, "empty"},
    };
    picture *handle = picture_new();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        CHECK(decode_bytes(handle, (const uint8_t *)files[i].bytes, files[i].size) == PERCEPT_UNSUPPORTED_FORMAT);
        CHECK(strstr(picture_message(handle), files[i].name) != NULL);
    }
    picture_free(handle);
}

int main(int argc, char **argv) {
    RUN(every_file_cut_and_changed);
    RUN(large_headers_are_refused);
    RUN(a_lower_limit_of_pixels_holds);
    RUN(a_missing_scan_is_noticed);
    RUN(a_missing_restart_marker_is_noticed);
    RUN(orientation_of_broken_blocks);
    RUN(other_formats_are_named);
    return check_report(argc, argv);
}
