/* WebP, by libwebp: a still picture, or the first of an animation on its canvas, as Pillow's convert("RGB") gives it. Alpha is
 * dropped unless it is asked for: the colours under transparent pixels stay as the file has them. A picture whose alpha alone is
 * broken has its colours, and is called damaged. Here is the walk through the file's chunks (RFC 9649), which finds the picture
 * and the EXIF data. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include <src/webp/decode.h>

enum { RIFF_HEADER = 12, CHUNK_HEADER = 8, EXTENDED_BYTES = 10, FRAME_HEADER = 16, ANIMATED = 2, TRANSPARENT = 16 };

struct webp_walk {
    struct decoding *decoding;
    struct span file; /* as long as the header says, or shorter if it was cut */
    struct span
        coded; /* the first picture's chunk, header and all, from that of its alpha on; size 0 before it was found */
    struct span colors;   /* the same without its alpha */
    const uint8_t *alpha; /* the chunk of alpha that was seen last; NULL before */
    int transparent;      /* the extended header says so */
    uint32_t width;       /* of the canvas; 0 where the file has no extended header */
    uint32_t height;
    int animated;
    uint32_t left, top; /* of the picture on the canvas */
};

static int32_t corrupt(struct decoding *decoding, const char *what) {
    return corrupt_file(decoding->message, "WebP", what);
}

static int32_t cut_short(struct decoding *decoding) {
    return short_file(decoding->message, "WebP", "its end is missing");
}

static uint32_t read_u24le(const uint8_t *at) { return read_u16le(at) | (uint32_t)at[2] << 16; }

static int is_type(struct span chunk, const char *type) { return memcmp(chunk.bytes, type, 4) == 0; }

/* Moves `at` to the next chunk in `within`, which it gives, header and all; size 0 where there is none that is whole. */
static struct span next_chunk(struct span within, uint32_t *at) {
    if (within.size - *at < CHUNK_HEADER) return (struct span){NULL, 0};
    const uint8_t *chunk = within.bytes + *at;
    const uint32_t length = read_u32le(chunk + 4), room = within.size - *at - CHUNK_HEADER;
    if (length > room) return (struct span){NULL, 0};
    *at += CHUNK_HEADER + length + (length < room ? length & 1 : 0); /* odd ones are padded */
    return (struct span){chunk, CHUNK_HEADER + length};
}

static int is_picture(struct span chunk) { return is_type(chunk, "VP8 ") || is_type(chunk, "VP8L"); }

static void read_picture_chunk(struct webp_walk *walk, struct span chunk) {
    if (is_type(chunk, "ALPH")) walk->alpha = chunk.bytes;
    if (!is_picture(chunk)) return;
    walk->coded = walk->colors = chunk;
    if (!walk->alpha) return;
    walk->coded = (struct span){walk->alpha, chunk.size + (uint32_t)(chunk.bytes - walk->alpha)};
}

/* The first frame of an animation: its place, and its picture among its own chunks. */
static void read_frame(struct webp_walk *walk, struct span frame) {
    if (frame.size < CHUNK_HEADER + FRAME_HEADER) return;
    walk->left = 2 * read_u24le(frame.bytes + CHUNK_HEADER);
    walk->top = 2 * read_u24le(frame.bytes + CHUNK_HEADER + 3);
    const struct span within = {frame.bytes + CHUNK_HEADER + FRAME_HEADER, frame.size - CHUNK_HEADER - FRAME_HEADER};
    uint32_t at = 0;
    for (struct span chunk; (chunk = next_chunk(within, &at)).size > 0 && walk->coded.size == 0;)
        read_picture_chunk(walk, chunk);
}

static void read_chunk(struct webp_walk *walk, struct span chunk) {
    const uint8_t *body = chunk.bytes + CHUNK_HEADER;
    if (is_type(chunk, "VP8X") && chunk.size >= CHUNK_HEADER + EXTENDED_BYTES) {
        walk->transparent = (body[0] & TRANSPARENT) != 0;
        walk->animated = (body[0] & ANIMATED) != 0;
        walk->width = read_u24le(body + 4) + 1;
        walk->height = read_u24le(body + 7) + 1;
    } else if (walk->coded.size == 0 && walk->animated && is_type(chunk, "ANMF")) {
        read_frame(walk, chunk);
    } else if (walk->coded.size == 0 && !walk->animated && (is_picture(chunk) || is_type(chunk, "ALPH"))) {
        read_picture_chunk(walk, chunk);
    } else if (is_type(chunk, "EXIF") && walk->decoding->exif.size == 0) {
        const uint32_t size = chunk.size - CHUNK_HEADER;
        const uint32_t skipped =
            size >= 6 && memcmp(body, "Exif\0", 6) == 0 ? 6 : 0; /* some writers put JPEG's name before it */
        walk->decoding->exif = (struct span){body + skipped, size - skipped};
    }
}

static int32_t walk_chunks(struct webp_walk *walk) {
    uint32_t at = RIFF_HEADER;
    for (struct span chunk; (chunk = next_chunk(walk->file, &at)).size > 0;) read_chunk(walk, chunk);
    if (walk->coded.size > 0) return PERCEPT_OK;
    return walk->file.size - at > 0 ? cut_short(walk->decoding) : corrupt(walk->decoding, "it holds no picture");
}

/* Decodes into the picture's place on the canvas, [height, width, channels]: 3 or, with alpha, 4. */
static int32_t decode_into(const struct webp_walk *walk, WebPDecoderConfig *config, uint8_t *canvas,
                           uint32_t channels) {
    struct decoding *decoding = walk->decoding;
    const size_t stride = (size_t)walk->width * channels;
    const size_t first = walk->top * stride + (size_t)walk->left * channels;
    config->output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config->output.is_external_memory = 1;
    config->output.u.RGBA =
        (WebPRGBABuffer){.rgba = canvas + first, .stride = (int)stride, .size = stride * walk->height - first};
    switch (WebPDecode(walk->coded.bytes, walk->coded.size, config)) {
        case VP8_STATUS_OK: return PERCEPT_OK;
        case VP8_STATUS_OUT_OF_MEMORY: return out_of_memory(decoding->message);
        default: return corrupt(decoding, "its contents cannot be decoded");
    }
}

/* Whether the colours alone can be decoded where the picture with its alpha cannot. */
static int alpha_is_broken(const struct webp_walk *walk, WebPDecoderConfig *config, uint8_t *canvas,
                           uint32_t channels) {
    struct webp_walk opaque = *walk;
    opaque.coded = walk->colors;
    return walk->coded.size != walk->colors.size && decode_into(&opaque, config, canvas, channels) == PERCEPT_OK;
}

static int32_t decode_with_alpha(const struct webp_walk *walk, WebPDecoderConfig *config) {
    struct decoding *decoding = walk->decoding;
    uint8_t *canvas = calloc((size_t)walk->width * walk->height, 4);
    int32_t status = canvas ? decode_into(walk, config, canvas, 4) : out_of_memory(decoding->message);
    if (canvas && status == PERCEPT_OUT_OF_MEMORY && alpha_is_broken(walk, config, canvas, 4))
        status = corrupt(decoding, "its transparency cannot be decoded"); /* libwebp says no memory of it */
    if (status == PERCEPT_OK) status = pixels_split(canvas, walk->width, walk->height, decoding);
    free(canvas);
    decoding->mode = MODE_ALPHA;
    return status;
}

/* Alpha in a chunk of its own is decoded as well, for it may show that the file is damaged where the colours do not. */
static int32_t decode_colors(const struct webp_walk *walk, WebPDecoderConfig *config) {
    struct decoding *decoding = walk->decoding;
    const uint32_t channels = walk->coded.size != walk->colors.size ? 4 : 3;
    uint8_t *canvas = calloc((size_t)walk->width * walk->height, channels);
    int32_t status = canvas ? decode_into(walk, config, canvas, channels) : out_of_memory(decoding->message);
    if (canvas && status != PERCEPT_OK && alpha_is_broken(walk, config, canvas, channels)) {
        decoding->damaged = 1;
        status = PERCEPT_OK;
    }
    if (status != PERCEPT_OK) {
        free(canvas);
        return status;
    }
    decoding->pixels = (struct pixels){walk->width, walk->height, canvas};
    if (channels == 4) pixels_drop_alpha(&decoding->pixels);
    return PERCEPT_OK;
}

int32_t webp_decode(struct decoding *decoding) {
    if (decoding->size < RIFF_HEADER) return cut_short(decoding);
    const uint64_t claimed = (uint64_t)read_u32le(decoding->bytes + 4) + 8;
    if (claimed > decoding->size) return cut_short(decoding);
    struct webp_walk walk = {.decoding = decoding, .file = {decoding->bytes, (uint32_t)claimed}};
    if (claimed < RIFF_HEADER) return corrupt(decoding, "its header makes no sense");
    int32_t status = walk_chunks(&walk);
    if (status != PERCEPT_OK) return status;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config) ||
        WebPGetFeatures(walk.coded.bytes, walk.coded.size, &config.input) != VP8_STATUS_OK)
        return corrupt(decoding, "its contents cannot be decoded");
    const uint32_t width = (uint32_t)config.input.width, height = (uint32_t)config.input.height;
    const int extended = walk.width != 0;
    if (!extended) {
        walk.width = width;
        walk.height = height;
    }
    status = limits_check(walk.width, walk.height, decoding->most_pixels, decoding->message);
    if (status != PERCEPT_OK) return status;
    const int fits = walk.animated ? walk.left <= walk.width && width <= walk.width - walk.left &&
                                         walk.top <= walk.height && height <= walk.height - walk.top
                                   : width == walk.width && height == walk.height;
    if (!fits) return corrupt(decoding, "its picture does not fit its header");
    if (decoding->keep_mode && (extended ? walk.transparent : config.input.has_alpha))
        return decode_with_alpha(&walk, &config);
    return decode_colors(&walk, &config);
}
