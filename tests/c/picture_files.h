/* What the native tests of the picture module share: files, sums, and a decoder call in one line. */
#ifndef PERCEPT_PICTURE_FILES_H
#define PERCEPT_PICTURE_FILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../c_src/image/picture.h"
#include "check.h"

/* CRC-32 as zlib's. */
static inline uint32_t crc_of(const uint8_t *bytes, size_t count) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static inline uint32_t crc_of_pixels(const struct pixels *pixels) {
    return crc_of(pixels->rgb, (size_t)pixels->width * pixels->height * 3);
}

/* A file of tests/golden/pictures, in memory that the caller frees. The tests run from the project's folder. */
static inline uint8_t *read_picture_file(const char *name, uint32_t *size) {
    char path[128];
    snprintf(path, sizeof path, "tests/golden/pictures/%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened: run the tests from the project's folder\n", path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *size = (uint32_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) exit(1);
    fclose(file);
    return bytes;
}

/* Makes the check sums of a damaged PNG right again, so that the damage reaches the decoder behind them. */
static inline void repair_png_sums(uint8_t *bytes, size_t size) {
    if (size < 8 || memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) != 0) return;
    for (size_t at = 8; size - at >= 12;) {
        const size_t length = read_u32be(bytes + at);
        if (length > size - at - 12) return;
        const uint32_t crc = crc_of(bytes + at + 4, length + 4);
        for (size_t i = 0; i < 4; i++) bytes[at + 8 + length + i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + length;
    }
}

static inline int32_t decode_bytes(picture *handle, const uint8_t *bytes, uint32_t size) {
    uint8_t *input = picture_input(handle, size);
    if (input == NULL) return PERCEPT_OUT_OF_MEMORY;
    if (size > 0) memcpy(input, bytes, size);
    return picture_decode(handle, 1);
}

#endif
