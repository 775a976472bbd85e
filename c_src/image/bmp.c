/* BMP: OS/2 1 and Windows headers, 1, 4, 8, 16, 24 and 32 bits a pixel, and run-length coding of 4 and 8 bits, as
 * Pillow's convert("RGB") reads them: alpha is dropped, a channel of n bits is value * 255 / (2^n - 1)
 * rounded down, and colours that a palette lacks are grey. (stb_image rounds 16-bit colours otherwise,
 * miscounts OS/2 palettes and leaves missing colours to chance.) Where Pillow 9.4 misreads run-length coding, in steps over
 * pixels and in odd numbers of single pixels of 4 bits, Microsoft's description of the format (MS-WMF, 3.1.6) counts. */
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

static int32_t corrupt(struct bmp *bmp, const char *what) { return corrupt_file(bmp->message, "BMP", what); }

static int32_t cut_short(struct bmp *bmp) { return short_file(bmp->message, "BMP", "some of its pixels are missing"); }

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

static int is_run_length(const struct bmp *bmp) {
    return bmp->compression == RUN_LENGTH_8 || bmp->compression == RUN_LENGTH_4;
}

static int32_t check_kind(struct bmp *bmp) {
    if (bmp->compression > BIT_FIELDS || (bmp->compression == BIT_FIELDS && bmp->header == HEADER_OS2_2))
        return unsupported(bmp, "a BMP with another format inside");
    if (bmp->compression == BIT_FIELDS && bmp->depth != 16 && bmp->depth != 32)
        return corrupt(bmp, "it has bit fields but no room for them");
    if (is_run_length(bmp) && bmp->depth != (bmp->compression == RUN_LENGTH_8 ? 8u : 4u))
        return corrupt(bmp, "its run-length coding is of another number of bits");
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
    if (bmp->data > bmp->file.size) return cut_short(bmp);
    bmp->stride = (bmp->width * bmp->depth + 31) / 32 * 4;
    const int whole = is_run_length(bmp) || (uint64_t)bmp->stride * bmp->height <= bmp->file.size - bmp->data;
    return whole ? PERCEPT_OK : cut_short(bmp);
}

static uint8_t *output_row(const struct bmp *bmp, const struct pixels *pixels, uint32_t y) {
    return pixels->rgb + (size_t)(bmp->from_top ? y : bmp->height - 1 - y) * bmp->width * 3;
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

static void read_rows(const struct bmp *bmp, const struct pixels *pixels) {
    for (uint32_t y = 0; y < bmp->height; y++) {
        const uint8_t *row = bmp->file.bytes + bmp->data + (size_t)y * bmp->stride;
        uint8_t *out = output_row(bmp, pixels, y);
        if (bmp->depth <= 8) {
            index_row(bmp, row, out);
        } else if (bmp->depth == 24) {
            bgr_row(bmp, row, out);
        } else {
            field_row(bmp, row, out);
        }
    }
}

/* Where the next run of a run-length coded picture is read, and where its first pixel goes: x is at most the width. */
struct runs {
    uint32_t at;
    uint32_t x;
    uint32_t y;
};

/* Colour number i of those that are packed at `packed`. */
static const uint8_t *packed_color(const struct bmp *bmp, const uint8_t *packed, uint32_t i) {
    if (bmp->depth == 8) return bmp->palette[packed[i]];
    return bmp->palette[i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15];
}

/* `count` pixels of one colour or, with 4 bits, of two in turn; what does not fit into the row is dropped. */
static void draw_run(const struct bmp *bmp, struct runs *runs, uint32_t count, const struct pixels *pixels) {
    const uint32_t room = bmp->width - runs->x;
    uint8_t *out = output_row(bmp, pixels, runs->y) + (size_t)runs->x * 3;
    if (count > room) count = room;
    for (uint32_t i = 0; i < count; i++, out += 3)
        memcpy(out, packed_color(bmp, bmp->file.bytes + runs->at + 1, bmp->depth == 8 ? 0 : i % 2), 3);
    runs->x += count;
    runs->at += 2;
}

/* `count` pixels, each with a colour of its own, padded to an even number of bytes. */
static int32_t draw_singles(struct bmp *bmp, struct runs *runs, uint32_t count, const struct pixels *pixels) {
    const uint32_t bytes = bmp->depth == 8 ? count : (count + 1) / 2, left = bmp->file.size - runs->at - 2;
    if (bytes > left) return cut_short(bmp);
    if (count > bmp->width - runs->x) return corrupt(bmp, "a row is longer than the picture is wide");
    uint8_t *out = output_row(bmp, pixels, runs->y) + (size_t)runs->x * 3;
    for (uint32_t i = 0; i < count; i++, out += 3) memcpy(out, packed_color(bmp, bmp->file.bytes + runs->at + 2, i), 3);
    runs->x += count;
    runs->at += 2 + bytes + (bytes < left ? bytes % 2 : 0);
    return PERCEPT_OK;
}

/* To the right and towards the last row. */
static int32_t step_over(struct bmp *bmp, struct runs *runs) {
    if (bmp->file.size - runs->at < 4) return cut_short(bmp);
    runs->x += bmp->file.bytes[runs->at + 2];
    runs->y += bmp->file.bytes[runs->at + 3];
    runs->at += 4;
    return runs->x <= bmp->width && runs->y < bmp->height ? PERCEPT_OK : corrupt(bmp, "it steps out of the picture");
}

/* A count and a colour; or, behind a count of 0, the end of a row (0), the end of the picture (1), a step (2), single pixels.
 * Pixels that are stepped over have the palette's first colour. */
static int32_t read_runs(struct bmp *bmp, const struct pixels *pixels) {
    enum { ROW_ENDS, PICTURE_ENDS, STEP };
    struct runs runs = {.at = bmp->data};
    const size_t count = (size_t)bmp->width * bmp->height;
    for (size_t i = 0; i < count; i++) memcpy(pixels->rgb + 3 * i, bmp->palette[0], 3);
    int32_t status = PERCEPT_OK;
    while (status == PERCEPT_OK && runs.y + (runs.x == bmp->width) < bmp->height) {
        if (bmp->file.size - runs.at < 2) return cut_short(bmp);
        const uint8_t length = bmp->file.bytes[runs.at], what = bmp->file.bytes[runs.at + 1];
        if (length > 0) {
            draw_run(bmp, &runs, length, pixels);
        } else if (what == ROW_ENDS) {
            runs = (struct runs){.at = runs.at + 2, .y = runs.y + 1};
        } else if (what == PICTURE_ENDS) {
            break;
        } else {
            status = what == STEP ? step_over(bmp, &runs) : draw_singles(bmp, &runs, what, pixels);
        }
    }
    return status;
}

/* Black and white, in this order. */
static int is_one_bit(const struct bmp *bmp) {
    static const uint8_t colors[2][3] = {{0, 0, 0}, {255, 255, 255}};
    return bmp->colors == 2 && memcmp(bmp->palette, colors, sizeof colors) == 0;
}

/* As Pillow sees the palette: greys by their number are a grey picture, but black and white are one of 1 bit. */
static enum picture_mode palette_mode(const struct bmp *bmp) {
    if (bmp->colors == 2) return MODE_PICKED;
    for (uint32_t i = 0; i < bmp->colors; i++)
        for (uint32_t c = 0; c < 3; c++)
            if (i > 255 || bmp->palette[i][c] != i) return MODE_PICKED;
    return MODE_PLAIN;
}

/* Alpha of a picture with four masks, of which Pillow knows a byte each; where all masks are 0, it is the fourth byte. */
static int32_t read_alpha(const struct bmp *bmp, struct decoding *decoding) {
    const uint32_t at = FILE_HEADER + HEADER_WINDOWS, extended = 56;
    if (bmp->depth != 32 || bmp->compression != BIT_FIELDS || bmp->header < extended) return PERCEPT_OK;
    const uint8_t *masks = bmp->file.bytes + at;
    const int all_zero = (read_u32le(masks) | read_u32le(masks + 4) | read_u32le(masks + 8)) == 0;
    const uint32_t mask = all_zero ? 0xFF000000 : read_u32le(masks + 12);
    struct channel alpha;
    if (!make_channel(mask, &alpha) || alpha.most != 255) return PERCEPT_OK;
    int32_t status = pixels_allocate(&decoding->extra, bmp->width, bmp->height, bmp->message);
    if (status != PERCEPT_OK) return status;
    decoding->mode = MODE_ALPHA;
    for (uint32_t y = 0; y < bmp->height; y++) {
        const uint8_t *row = bmp->file.bytes + bmp->data + (size_t)y * bmp->stride;
        uint8_t *out = output_row(bmp, &decoding->extra, y);
        for (uint32_t x = 0; x < bmp->width; x++, out += 3)
            memset(out, (int)((read_u32le(row + 4 * x) & alpha.mask) >> alpha.shift), 3);
    }
    return PERCEPT_OK;
}

int32_t bmp_decode(struct decoding *decoding) {
    struct bmp bmp = {
        .file = {decoding->bytes, decoding->size}, .most_pixels = decoding->most_pixels, .message = decoding->message};
    int32_t status = read_headers(&bmp);
    if (status == PERCEPT_OK) status = pixels_allocate(&decoding->pixels, bmp.width, bmp.height, bmp.message);
    if (status != PERCEPT_OK) return status;
    if (bmp.depth <= 8) decoding->mode = palette_mode(&bmp);
    memcpy(decoding->palette, bmp.palette, sizeof decoding->palette);
    if (is_one_bit(&bmp)) palette_of_one_bit(decoding->palette);
    if (is_run_length(&bmp)) return read_runs(&bmp, &decoding->pixels);
    read_rows(&bmp, &decoding->pixels);
    return decoding->keep_mode ? read_alpha(&bmp, decoding) : PERCEPT_OK;
}
