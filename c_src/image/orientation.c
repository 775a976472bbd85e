/* EXIF orientation: finds tag 0x0112 in a TIFF block and turns the pixels accordingly.
 *
 * TIFF 6.0: a byte order mark (II or MM), the number 42, the offset of the first directory; a directory is
 * a count and that many entries of 12 bytes: tag, type, count, value or offset of values. */
#include "picture.h"

#include <stddef.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_BYTES = 12 };

struct tiff {
    struct span block;
    int big_endian;
};

static uint32_t tiff_u16(const struct tiff *tiff, uint32_t offset) {
    const uint8_t *at = tiff->block.bytes + offset;
    return tiff->big_endian ? read_u16be(at) : read_u16le(at);
}

static uint32_t tiff_u32(const struct tiff *tiff, uint32_t offset) {
    const uint8_t *at = tiff->block.bytes + offset;
    return tiff->big_endian ? read_u32be(at) : read_u32le(at);
}

/* The value of the orientation entry at `entry`, which lies inside the block; 1 where it makes no sense. */
static uint32_t entry_orientation(const struct tiff *tiff, uint32_t entry) {
    uint32_t type = tiff_u16(tiff, entry + 2);
    uint32_t count = tiff_u32(tiff, entry + 4);
    uint32_t value = 1;
    if (type == TYPE_SHORT && count == 1) {
        value = tiff_u16(tiff, entry + 8);
    } else if (type == TYPE_LONG && count == 1) {
        value = tiff_u32(tiff, entry + 8);
    }
    return value >= 1 && value <= 8 ? value : 1;
}

uint32_t orientation_of(struct span exif) {
    if (exif.size < 8) return 1;
    struct tiff tiff = {exif, exif.bytes[0] == 'M'};
    uint8_t mark = tiff.big_endian ? 'M' : 'I';
    if (exif.bytes[0] != mark || exif.bytes[1] != mark || tiff_u16(&tiff, 2) != 42) return 1;
    uint32_t directory = tiff_u32(&tiff, 4);
    if (directory > exif.size - 2) return 1;
    uint32_t entries = tiff_u16(&tiff, directory);
    uint32_t room = (exif.size - directory - 2) / ENTRY_BYTES; /* entries that are really there */
    if (entries > room) entries = room;
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t entry = directory + 2 + i * ENTRY_BYTES;
        if (tiff_u16(&tiff, entry) == TAG_ORIENTATION) return entry_orientation(&tiff, entry);
    }
    return 1;
}

/* Where a turned picture's pixels come from: pixel (x, y) is the old one at origin + x * right + y * down,
 * counted in pixels. */
struct turn {
    ptrdiff_t origin;
    ptrdiff_t right;
    ptrdiff_t down;
};

static struct turn turn_for(uint32_t orientation, ptrdiff_t width, ptrdiff_t height) {
    ptrdiff_t last_column = width - 1;
    ptrdiff_t last_row = (height - 1) * width;
    switch (orientation) {
        case 2: return (struct turn){last_column, -1, width};             /* mirrored left to right */
        case 3: return (struct turn){last_row + last_column, -1, -width}; /* half a turn */
        case 4: return (struct turn){last_row, 1, -width};                /* mirrored top to bottom */
        case 5: return (struct turn){0, width, 1};                        /* mirrored at the main diagonal */
        case 6: return (struct turn){last_row, -width, 1};                /* a quarter turn clockwise */
        case 7: return (struct turn){last_row + last_column, -width, -1}; /* at the other diagonal */
        case 8: return (struct turn){last_column, width, -1};             /* a quarter turn back */
        default: return (struct turn){0, 1, width};
    }
}

/* Columns are copied in strips, so that the rows that a quarter turn reads across stay in the cache. */
enum { STRIP = 32 };

static void copy_turned(const uint8_t *from, struct turn turn, const struct pixels *to) {
    for (uint32_t strip = 0; strip < to->width; strip += STRIP) {
        uint32_t end = to->width - strip < STRIP ? to->width : strip + STRIP;
        for (uint32_t y = 0; y < to->height; y++) {
            uint8_t *target = to->rgb + ((size_t)y * to->width + strip) * 3;
            for (uint32_t x = strip; x < end; x++, target += 3) {
                const uint8_t *pixel = from + 3 * (turn.origin + (ptrdiff_t)x * turn.right + (ptrdiff_t)y * turn.down);
                target[0] = pixel[0];
                target[1] = pixel[1];
                target[2] = pixel[2];
            }
        }
    }
}

int32_t orientation_undo(struct pixels *pixels, uint32_t orientation, struct message *message) {
    struct pixels turned;
    int swapped = orientation >= 5;
    int32_t status = pixels_allocate(&turned, swapped ? pixels->height : pixels->width,
                                     swapped ? pixels->width : pixels->height, message);
    if (status != PERCEPT_OK) return status;
    copy_turned(pixels->rgb, turn_for(orientation, (ptrdiff_t)pixels->width, (ptrdiff_t)pixels->height), &turned);
    pixels_free(pixels);
    *pixels = turned;
    return PERCEPT_OK;
}
