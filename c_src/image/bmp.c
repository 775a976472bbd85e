/* BMP: OS/2 1 and Windows headers, 1, 4, 8, 16, 24 and 32 bits a pixel, without run-length coding, as
 * Pillow's convert("RGB") reads them: alpha is dropped, a channel of n bits is value * 255 / (2^n - 1)
 * rounded down, and colours that a palette lacks are grey. (stb_image rounds 16-bit colours otherwise,
 * miscounts OS/2 palettes and leaves missing colours to chance.) */
#include "picture.h"

#include <string.h>

enum {
    FILE_HEADER = 14,
    HEADER_OS2 = 12,
    HEADER_WINDOWS = 40,
    PLAIN = 0,
    RUN_LENGTH_8 = 1,
    RUN_LENGTH_4 = 2,
    BIT_FIELDS = 3,
    HEADER_OS2_2 = 64
};

/* One colour in a pixel of 16 or 32 bits. */
struct channel {
    uint32_t mask;
    uint32_t shift;
    uint32_t most; /* the mask shifted down */
};

struct bmp {
    struct span file;
    uint32_t most_pixels;
    struct message *message;
    uint32_t header; /* bytes of the header after the file header */
    uint32_t width;
    uint32_t height;
    int from_top; /* rows come from the top, not from the bottom */
    uint32_t depth;
    uint32_t compression;
    uint32_t colors;            /* entries of the palette */
    uint32_t data;              /* offset of the pixels */
    uint32_t stride;            /* bytes of a row */
    struct channel channels[3]; /* red, green, blue */
    uint8_t palette[256][3];
};

static int32_t corrupt(struct bmp *bmp, const char *what) {
    return message_fail(bmp->message, PERCEPT_CORRUPT_PICTURE,
                        "The BMP file is damaged (%s). Save it anew or get another copy.", what);
}

static int32_t cut_short(struct bmp *bmp) {
    return message_fail(bmp->message, PERCEPT_CORRUPT_PICTURE,
                        "The BMP file is cut short: some of its pixels are missing. Get the whole file.");
}

static int32_t unsupported(struct bmp *bmp, const char *kind) {
    return message_fail(bmp->message, PERCEPT_UNSUPPORTED_FORMAT,
                        "This is %s, a kind that is not read. Save the picture as PNG.", kind);
}

static int header_known(uint32_t header) {
    return header == HEADER_OS2 || header == HEADER_WINDOWS || header == 52 || header == 56 || header == HEADER_OS2_2 ||
           header == 108 || header == 124;
}

static void read_sizes(struct bmp *bmp) {
    const uint8_t *header = bmp->file.bytes + FILE_HEADER;
    if (bmp->header == HEADER_OS2) {
        bmp->width = read_u16le(header + 4);
        bmp->height = read_u16le(header + 6);
        bmp->depth = read_u16le(header + 10);
        bmp->compression = PLAIN;
        return;
    }
    bmp->width = read_u32le(header + 4);
    bmp->height = read_u32le(header + 8);
    bmp->from_top = (bmp->height >> 31) != 0;
    if (bmp->from_top) bmp->height = 0u - bmp->height;
    bmp->depth = read_u16le(header + 14);
    bmp->compression = read_u32le(header + 16);
    bmp->colors = read_u32le(header + 32);
}

static int32_t check_kind(struct bmp *bmp) {
    if (bmp->compression == RUN_LENGTH_8 || bmp->compression == RUN_LENGTH_4)
        return unsupported(bmp, "a BMP with run-length coding");
    if (bmp->compression > BIT_FIELDS || (bmp->compression == BIT_FIELDS && bmp->header == HEADER_OS2_2))
        return unsupported(bmp, "a BMP with another format inside");
    if (bmp->compression == BIT_FIELDS && bmp->depth != 16 && bmp->depth != 32)
        return corrupt(bmp, "it has bit fields but no room for them");
    if (bmp->depth != 1 && bmp->depth != 4 && bmp->depth != 8 && bmp->depth != 16 && bmp->depth != 24 &&
        bmp->depth != 32)
        return corrupt(bmp, "its pixels have an impossible number of bits");
    return limits_check(bmp->width, bmp->height, bmp->most_pixels, bmp->message);
}

/* A mask's channel; 0 where the mask's bits are none or not in one row. */
static int make_channel(uint32_t mask, struct channel *channel) {
    if (mask == 0) return 0;
    uint32_t shift = 0;
    while ((mask >> shift & 1) == 0) shift++;
    *channel = (struct channel){mask, shift, mask >> shift};
    return (channel->most & (channel->most + 1)) == 0;
}

/* The masks of a file with bit fields lie at the same place for every header, inside it or after it. */
static int32_t read_channels(struct bmp *bmp) {
    uint32_t masks[3] = {0xFF0000, 0xFF00, 0xFF};
    if (bmp->depth == 16) {
        masks[0] = 0x7C00;
        masks[1] = 0x03E0;
        masks[2] = 0x001F;
    }
    if (bmp->compression == BIT_FIELDS) {
        const uint32_t at = FILE_HEADER + HEADER_WINDOWS;
        if (bmp->file.size < at + 12) return cut_short(bmp);
        const uint8_t *stored = bmp->file.bytes + at;
        if (read_u32le(stored) != 0 || read_u32le(stored + 4) != 0 || read_u32le(stored + 8) != 0)
            for (uint32_t i = 0; i < 3; i++) masks[i] = read_u32le(stored + 4 * i);
    }
    for (uint32_t i = 0; i < 3; i++)
        if (!make_channel(masks[i], &bmp->channels[i])) return corrupt(bmp, "its bit fields make no sense");
    return PERCEPT_OK;
}

static int32_t read_palette(struct bmp *bmp) {
    const uint32_t entry = bmp->header == HEADER_OS2 ? 3 : 4;
    const uint32_t at = FILE_HEADER + bmp->header;
    if (bmp->colors == 0) bmp->colors = 1u << bmp->depth;
    if (bmp->colors > 65536) return corrupt(bmp, "its palette is impossibly long");
    if (bmp->colors * entry > bmp->file.size - at) return cut_short(bmp);
    const uint8_t *stored = bmp->file.bytes + at;
    for (uint32_t i = 0; i < 256; i++) {
        memset(bmp->palette[i], (int)i, 3);
        if (i < bmp->colors)
            for (uint32_t c = 0; c < 3; c++) bmp->palette[i][c] = stored[i * entry + 2 - c]; /* blue, green, red */
    }
    if (bmp->data <= at) /* some writers forget the palette, or everything, in the offset */
        bmp->data = at + bmp->colors * entry;
    return PERCEPT_OK;
}

static int32_t read_headers(struct bmp *bmp) {
    if (bmp->file.size < FILE_HEADER + HEADER_OS2) return cut_short(bmp);
    bmp->data = read_u32le(bmp->file.bytes + 10);
    bmp->header = read_u32le(bmp->file.bytes + FILE_HEADER);
    if (!header_known(bmp->header)) return unsupported(bmp, "a BMP with an unknown header");
    if (bmp->file.size - FILE_HEADER < bmp->header) return cut_short(bmp);
    read_sizes(bmp);
    int32_t status = check_kind(bmp);
    if (status == PERCEPT_OK) status = bmp->depth <= 8 ? read_palette(bmp) : read_channels(bmp);
    if (status != PERCEPT_OK) return status;
    uint32_t headers = FILE_HEADER + bmp->header;
    if (bmp->data < headers)
        bmp->data = headers + (bmp->compression == BIT_FIELDS && bmp->header == HEADER_WINDOWS ? 12 : 0);
    bmp->stride = (bmp->width * bmp->depth + 31) / 32 * 4;
    if (bmp->data > bmp->file.size || (uint64_t)bmp->stride * bmp->height > bmp->file.size - bmp->data)
        return cut_short(bmp);
    return PERCEPT_OK;
}

static void index_row(const struct bmp *bmp, const uint8_t *row, uint8_t *out) {
    const uint32_t per_byte = 8 / bmp->depth, most = (1u << bmp->depth) - 1;
    for (uint32_t x = 0; x < bmp->width; x++, out += 3) {
        uint32_t shift = (per_byte - 1 - x % per_byte) * bmp->depth; /* the first pixel is the highest */
        memcpy(out, bmp->palette[(uint32_t)row[x / per_byte] >> shift & most], 3);
    }
}

static void bgr_row(const struct bmp *bmp, const uint8_t *row, uint8_t *out) {
    for (uint32_t x = 0; x < bmp->width; x++, row += 3, out += 3) {
        out[0] = row[2];
        out[1] = row[1];
        out[2] = row[0];
    }
}

static void field_row(const struct bmp *bmp, const uint8_t *row, uint8_t *out) {
    for (uint32_t x = 0; x < bmp->width; x++, out += 3) {
        uint32_t pixel = bmp->depth == 16 ? read_u16le(row + 2 * x) : read_u32le(row + 4 * x);
        for (uint32_t c = 0; c < 3; c++) {
            const struct channel *channel = &bmp->channels[c];
            out[c] = (uint8_t)((uint64_t)((pixel & channel->mask) >> channel->shift) * 255 / channel->most);
        }
    }
}

int32_t bmp_decode(struct decoding *decoding) {
    struct bmp bmp = {
        .file = {decoding->bytes, decoding->size}, .most_pixels = decoding->most_pixels, .message = decoding->message};
    int32_t status = read_headers(&bmp);
    if (status == PERCEPT_OK) status = pixels_allocate(&decoding->pixels, bmp.width, bmp.height, bmp.message);
    for (uint32_t y = 0; status == PERCEPT_OK && y < bmp.height; y++) {
        const uint8_t *row = bmp.file.bytes + bmp.data + (size_t)y * bmp.stride;
        uint8_t *out = decoding->pixels.rgb + (size_t)(bmp.from_top ? y : bmp.height - 1 - y) * bmp.width * 3;
        if (bmp.depth <= 8) {
            index_row(&bmp, row, out);
        } else if (bmp.depth == 24) {
            bgr_row(&bmp, row, out);
        } else {
            field_row(&bmp, row, out);
        }
    }
    return status;
}
