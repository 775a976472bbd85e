/* GIF: the first frame on its canvas (GIF89a specification; LZW as in its appendix F), as Pillow's
 * convert("RGB") shows it: transparency is ignored, what the frame leaves free has the transparent colour or
 * else colour 0, the canvas grows where the frame passes it, and colours that a palette lacks are grey.
 * (stb_image draws transparent pixels otherwise, and recurses once for each pixel of a long run.) */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

enum {
    CODE_LIMIT = 4096,
    LZW_BITS_LIMIT = 12,
    BLOCK_EXTENSION = 0x21,
    BLOCK_IMAGE = 0x2C,
    BLOCK_END = 0x3B,
    EXTENSION_CONTROL = 0xF9,
    FLAG_PALETTE = 0x80,
    FLAG_INTERLACED = 0x40,
    FLAG_TRANSPARENT = 0x01
};

struct gif {
    struct span file;
    uint32_t at; /* the next byte */
    uint32_t most_pixels;
    struct message *message;
    uint32_t width; /* of the canvas */
    uint32_t height;
    uint8_t palette[256][3];
    uint32_t background; /* the colour's number */
    uint32_t left;       /* of the frame */
    uint32_t top;
    uint32_t frame_width;
    uint32_t frame_height;
    int interlaced;
};

/* The code table. A code's string is that of `prefix` and then `last`; `length` counts both. */
struct lzw {
    uint16_t prefix[CODE_LIMIT];
    uint16_t length[CODE_LIMIT];
    uint8_t first[CODE_LIMIT];
    uint8_t last[CODE_LIMIT];
};

static int32_t corrupt(struct gif *gif, const char *what) { return corrupt_file(gif->message, "GIF", what); }

static int32_t cut_short(struct gif *gif) {
    return short_file(gif->message, "GIF", "a part of its first frame is missing");
}

static uint32_t bytes_left(const struct gif *gif) { return gif->file.size - gif->at; }

/* Reads a palette whose size the flags tell; the rest of the 256 colours are grey. */
static int32_t read_palette(struct gif *gif, uint32_t flags) {
    uint32_t bytes = 3 * (2u << (flags & 7));
    if (bytes_left(gif) < bytes) return cut_short(gif);
    for (uint32_t i = 0; i < 256; i++) memset(gif->palette[i], (int)i, 3);
    memcpy(gif->palette, gif->file.bytes + gif->at, bytes);
    gif->at += bytes;
    return PERCEPT_OK;
}

static int32_t read_screen(struct gif *gif) {
    if (gif->file.size < 13) return cut_short(gif);
    const uint8_t *bytes = gif->file.bytes;
    gif->width = read_u16le(bytes + 6);
    gif->height = read_u16le(bytes + 8);
    gif->at = 13;
    for (uint32_t i = 0; i < 256; i++) memset(gif->palette[i], (int)i, 3);
    return bytes[10] & FLAG_PALETTE ? read_palette(gif, bytes[10]) : PERCEPT_OK;
}

/* Skips sub-blocks and the empty one that ends them. */
static int skip_blocks(struct gif *gif) {
    while (bytes_left(gif) > 0) {
        uint32_t length = gif->file.bytes[gif->at++];
        if (length == 0) return 1;
        if (length > bytes_left(gif)) return 0;
        gif->at += length;
    }
    return 0;
}

static int32_t read_extension(struct gif *gif) {
    if (bytes_left(gif) < 1) return cut_short(gif);
    const uint8_t *extension = gif->file.bytes + gif->at; /* label, length, flags, delay (2), colour */
    if (bytes_left(gif) >= 6 && extension[0] == EXTENSION_CONTROL && extension[1] == 4 &&
        (extension[2] & FLAG_TRANSPARENT))
        gif->background = extension[5];
    gif->at++;
    return skip_blocks(gif) ? PERCEPT_OK : cut_short(gif);
}

static int32_t read_frame(struct gif *gif) {
    if (bytes_left(gif) < 9) return cut_short(gif);
    const uint8_t *frame = gif->file.bytes + gif->at;
    gif->left = read_u16le(frame);
    gif->top = read_u16le(frame + 2);
    gif->frame_width = read_u16le(frame + 4);
    gif->frame_height = read_u16le(frame + 6);
    gif->interlaced = (frame[8] & FLAG_INTERLACED) != 0;
    gif->at += 9;
    if (gif->frame_width == 0 || gif->frame_height == 0) return corrupt(gif, "its first frame has no pixels");
    if (gif->left + gif->frame_width > gif->width) gif->width = gif->left + gif->frame_width;
    if (gif->top + gif->frame_height > gif->height) gif->height = gif->top + gif->frame_height;
    int32_t status = limits_check(gif->width, gif->height, gif->most_pixels, gif->message);
    if (status == PERCEPT_OK && (frame[8] & FLAG_PALETTE)) status = read_palette(gif, frame[8]);
    return status;
}

/* Everything up to the first frame's pixels. */
static int32_t read_headers(struct gif *gif) {
    int32_t status = read_screen(gif);
    while (status == PERCEPT_OK) {
        if (bytes_left(gif) < 1) return cut_short(gif);
        uint8_t block = gif->file.bytes[gif->at++];
        if (block == BLOCK_IMAGE) return read_frame(gif);
        if (block == BLOCK_END) return corrupt(gif, "it holds no picture");
        status = block == BLOCK_EXTENSION ? read_extension(gif) : corrupt(gif, "it holds an unknown part");
    }
    return status;
}

/* The bits of the sub-blocks at `at`, lowest first. */
struct bits {
    struct span file;
    uint32_t at;
    uint32_t block_left; /* bytes of the present sub-block */
    uint32_t buffer;
    uint32_t count; /* bits in `buffer` */
};

/* The next code of `width` bits, at most 12, or -1 after the last sub-block or the file's last byte. */
static int32_t next_code(struct bits *bits, uint32_t width) {
    while (bits->count < width) {
        if (bits->at >= bits->file.size) return -1;
        if (bits->block_left == 0) {
            bits->block_left = bits->file.bytes[bits->at];
            if (bits->block_left == 0) return -1; /* and stay at the end */
            bits->at++;
            continue;
        }
        bits->buffer |= (uint32_t)bits->file.bytes[bits->at++] << bits->count;
        bits->block_left--;
        bits->count += 8;
    }
    int32_t code = (int32_t)(bits->buffer & ((1u << width) - 1));
    bits->buffer >>= width;
    bits->count -= width;
    return code;
}

/* Writes the code's string to `out`, last byte first, as far as there is room; gives the bytes written. */
static size_t write_string(const struct lzw *lzw, uint32_t code, uint8_t *out, size_t room) {
    size_t length = lzw->length[code];
    size_t written = length < room ? length : room;
    for (size_t i = length; i > 0; i--) {
        if (i <= written) out[i - 1] = lzw->last[code];
        code = lzw->prefix[code];
    }
    return written;
}

static void add_code(struct lzw *lzw, uint32_t code, uint32_t prefix, uint8_t last) {
    lzw->prefix[code] = (uint16_t)prefix;
    lzw->length[code] = (uint16_t)(lzw->length[prefix] + 1);
    lzw->first[code] = lzw->first[prefix];
    lzw->last[code] = last;
}

/* Decodes to `count` indices. Gives how many there were: fewer when the data end early or make no sense. */
static size_t decode_indices(struct lzw *lzw, struct bits bits, uint32_t root_bits, uint8_t *indices, size_t count) {
    const uint32_t clear = 1u << root_bits, end = clear + 1;
    uint32_t width = root_bits + 1, next = clear + 2;
    int32_t previous = -1;
    size_t done = 0;
    for (uint32_t i = 0; i < clear; i++) {
        lzw->length[i] = 1;
        lzw->first[i] = lzw->last[i] = (uint8_t)i;
        lzw->prefix[i] = 0;
    }
    while (done < count) {
        int32_t code = next_code(&bits, width);
        if (code < 0 || (uint32_t)code == end) break;
        if ((uint32_t)code == clear) {
            width = root_bits + 1;
            next = clear + 2;
            previous = -1;
            continue;
        }
        if (previous < 0 ? (uint32_t)code >= clear : (uint32_t)code > next || (uint32_t)code >= CODE_LIMIT) break;
        if (previous >= 0 && next < CODE_LIMIT) {
            uint8_t last = lzw->first[(uint32_t)code == next ? (uint32_t)previous : (uint32_t)code];
            add_code(lzw, next++, (uint32_t)previous, last);
            if (next == 1u << width && width < LZW_BITS_LIMIT) width++;
        }
        done += write_string(lzw, (uint32_t)code, indices + done, count - done);
        previous = code;
    }
    return done;
}

/* The frame's row that comes as number `order`: an interlaced frame brings every eighth row from 0, every
 * eighth from 4, every fourth from 2, then every other one from 1. */
static uint32_t interlaced_row(uint32_t order, uint32_t height) {
    static const uint8_t starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    for (int pass = 0; pass < 4; pass++) {
        uint32_t rows = height > starts[pass] ? (height - starts[pass] + steps[pass] - 1u) / steps[pass] : 0;
        if (order < rows) return starts[pass] + order * steps[pass];
        order -= rows;
    }
    return 0;
}

/* Whether each colour is the grey of its own number, which Pillow takes for a grey picture. */
static int is_grey(const struct gif *gif) {
    for (uint32_t i = 0; i < 256; i++)
        for (uint32_t c = 0; c < 3; c++)
            if (gif->palette[i][c] != i) return 0;
    return 1;
}

static void draw_frame(const struct gif *gif, const uint8_t *indices, struct pixels *canvas) {
    size_t pixels = (size_t)canvas->width * canvas->height;
    for (size_t i = 0; i < pixels; i++) memcpy(canvas->rgb + 3 * i, gif->palette[gif->background], 3);
    for (uint32_t order = 0; order < gif->frame_height; order++) {
        uint32_t row = gif->interlaced ? interlaced_row(order, gif->frame_height) : order;
        uint8_t *out = canvas->rgb + ((size_t)(gif->top + row) * canvas->width + gif->left) * 3;
        for (uint32_t i = 0; i < gif->frame_width; i++, out += 3) memcpy(out, gif->palette[*indices++], 3);
    }
}

/* The first frame's indices, new memory of its own. */
static int32_t read_indices(struct gif *gif, uint8_t **indices) {
    if (bytes_left(gif) < 1) return cut_short(gif);
    uint32_t root_bits = gif->file.bytes[gif->at++];
    if (root_bits < 1 || root_bits > 8) return corrupt(gif, "its colours have an impossible number of bits");
    const struct bits bits = {.file = gif->file, .at = gif->at};
    size_t count = (size_t)gif->frame_width * gif->frame_height;
    struct lzw *lzw = malloc(sizeof *lzw);
    *indices = malloc(count);
    int32_t status = PERCEPT_OK;
    if (!lzw || !*indices) {
        status = out_of_memory(gif->message);
    } else if (decode_indices(lzw, bits, root_bits, *indices, count) != count) {
        /* a file that ends behind its last pixel lacks nothing that is seen */
        status = skip_blocks(gif) ? corrupt(gif, "its first frame ends too soon") : cut_short(gif);
    }
    free(lzw);
    return status;
}

int32_t gif_decode(struct decoding *decoding) {
    struct gif gif = {
        .file = {decoding->bytes, decoding->size}, .most_pixels = decoding->most_pixels, .message = decoding->message};
    int32_t status = read_headers(&gif);
    if (status != PERCEPT_OK) return status;
    uint8_t *indices = NULL;
    status = read_indices(&gif, &indices);
    if (status == PERCEPT_OK) status = pixels_allocate(&decoding->pixels, gif.width, gif.height, gif.message);
    if (status == PERCEPT_OK) draw_frame(&gif, indices, &decoding->pixels);
    if (!is_grey(&gif)) decoding->mode = MODE_PICKED;
    memcpy(decoding->palette, gif.palette, sizeof decoding->palette);
    free(indices);
    return status;
}
