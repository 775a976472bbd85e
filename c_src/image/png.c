/* PNG: walks the chunks of the whole file first (W3C PNG, third edition), then lets stb_image inflate and
 * unfilter. Where stb_image would end up elsewhere than Pillow's convert("RGB"), the chunks are changed in
 * place before it sees them (it does not check the sums):
 *   - transparency is dropped, not applied, so tRNS becomes a chunk that nobody knows;
 *   - a palette picture is declared grey, so that the indices come back, and is looked up here: stb_image
 *     leaves colours beyond a short palette to chance, Pillow makes them grey ones.
 * One difference from Pillow is meant: it clips 16-bit grey at 255, so that nearly every such picture turns
 * white; here the high byte is taken, as both do for 16-bit colours and for 16-bit grey with alpha. */
#include "picture.h"
#include "stb.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNATURE_BYTES = 8, CHUNK_OVERHEAD = 12, COLOR_GREY = 0, COLOR_PALETTE = 3, HAS_ALPHA = 4 };

/* The most that deflate makes of one byte. */
enum { DEFLATE_RATIO = 1032 };

struct png_walk {
    uint8_t *bytes;
    uint32_t size;
    uint32_t most_pixels;
    struct message *message;
    uint32_t width; /* 0 before IHDR */
    uint32_t height;
    uint32_t depth;
    uint32_t color_type;
    uint8_t *color_type_at;
    struct span palette; /* size 0 before PLTE */
    int has_data;
    uint32_t first_data; /* where the first IDAT chunk lies */
    uint64_t data_bytes; /* of all IDAT chunks */
    struct span exif;
};

/* A chunk; `body` lies in the file. */
struct chunk {
    uint8_t *type;
    uint8_t *body;
    uint32_t length;
};

static int32_t corrupt(struct png_walk *walk, const char *what) { return corrupt_file(walk->message, "PNG", what); }

static int32_t cut_short(struct png_walk *walk) { return short_file(walk->message, "PNG", "its end is missing"); }

/* CRC-32 (ISO 3309, reflected polynomial EDB88320) of each single byte. */
static void fill_crc_table(uint32_t table[256]) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        table[byte] = crc;
    }
}

static uint32_t crc32(const uint32_t table[256], const uint8_t *bytes, uint32_t count) {
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < count; i++) crc = table[(crc ^ bytes[i]) & 0xFF] ^ crc >> 8;
    return ~crc;
}

static int is_type(const struct chunk *chunk, const char *type) { return memcmp(chunk->type, type, 4) == 0; }

/* Whether a decoder must understand the chunk: the first letter of its type is a capital. */
static int is_critical(const struct chunk *chunk) { return (chunk->type[0] & 0x20) == 0; }

static int depth_allowed(uint32_t color_type, uint32_t depth) {
    switch (color_type) {
        case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
        case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
        case 2:
        case 4:
        case 6: return depth == 8 || depth == 16;
        default: return 0;
    }
}

static int32_t read_header(struct png_walk *walk, const struct chunk *chunk) {
    if (is_type(chunk, "CgBI")) {
        return message_fail(walk->message, PERCEPT_UNSUPPORTED_FORMAT,
                            "This is a PNG changed for Apple's devices, which is not read. Save it as an "
                            "ordinary PNG.");
    }
    if (!is_type(chunk, "IHDR") || chunk->length != 13) return corrupt(walk, "it does not begin with its header");
    walk->width = read_u32be(chunk->body);
    walk->height = read_u32be(chunk->body + 4);
    walk->depth = chunk->body[8];
    walk->color_type = chunk->body[9];
    walk->color_type_at = chunk->body + 9;
    if (!depth_allowed(walk->color_type, walk->depth) || chunk->body[10] != 0 || chunk->body[11] != 0 ||
        chunk->body[12] > 1)
        return corrupt(walk, "its header names a kind of PNG that does not exist");
    return limits_check(walk->width, walk->height, walk->most_pixels, walk->message);
}

static int32_t read_palette(struct png_walk *walk, const struct chunk *chunk) {
    if (walk->palette.size != 0 || walk->has_data) return corrupt(walk, "its palette is at the wrong place");
    if (chunk->length == 0 || chunk->length > 768 || chunk->length % 3 != 0)
        return corrupt(walk, "its palette has the wrong length");
    walk->palette = (struct span){chunk->body, chunk->length};
    return PERCEPT_OK;
}

static int32_t read_chunk(struct png_walk *walk, const struct chunk *chunk) {
    if (walk->width == 0) return read_header(walk, chunk);
    if (is_type(chunk, "IHDR")) return corrupt(walk, "it has two headers");
    if (is_type(chunk, "PLTE")) return read_palette(walk, chunk);
    if (is_type(chunk, "IDAT")) {
        if (walk->color_type == COLOR_PALETTE && walk->palette.size == 0)
            return corrupt(walk, "its palette is missing");
        if (!walk->has_data) walk->first_data = (uint32_t)(chunk->type - 4 - walk->bytes);
        walk->has_data = 1;
        walk->data_bytes += chunk->length;
        if (chunk->length == 0) memcpy(chunk->type, "unKn", 4); /* stb_image would add to a NULL pointer */
    } else if (is_type(chunk, "tRNS")) {
        memcpy(chunk->type, "unKn", 4);
    } else if (is_type(chunk, "eXIf")) {
        walk->exif = (struct span){chunk->body, chunk->length};
    } else if (is_critical(chunk)) {
        return corrupt(walk, "it holds a part that is not known");
    }
    return PERCEPT_OK;
}

/* Bytes of the picture's rows before they are deflated, without what interlacing adds. */
static uint64_t inflated_bytes(const struct png_walk *walk) {
    static const uint8_t channels[] = {1, 0, 3, 1, 2, 0, 4}; /* by colour type */
    const uint64_t bits = (uint64_t)walk->width * channels[walk->color_type] * walk->depth;
    return (bits / 8 + 1) * walk->height;
}

static int holds_too_little(const struct png_walk *walk) {
    return inflated_bytes(walk) / DEFLATE_RATIO > walk->data_bytes;
}

/* The bodies of the IDAT chunks before `end`, one behind the other. */
static uint8_t *joined_data(const struct png_walk *walk, uint32_t end) {
    uint8_t *joined = malloc(walk->data_bytes > 0 ? (size_t)walk->data_bytes : 1), *next = joined;
    for (uint32_t at = walk->first_data; joined && at < end;) {
        const uint8_t *chunk = walk->bytes + at;
        const uint32_t length = read_u32be(chunk);
        if (memcmp(chunk + 4, "IDAT", 4) == 0) {
            memcpy(next, chunk + 8, length);
            next += length;
        }
        at += CHUNK_OVERHEAD + length;
    }
    return joined;
}

/* The chunks end at `at`, at most 4 bytes behind the file's end, without IEND. A file whose deflated data is there to its check
 * sum lacks nothing that is seen: it gets an IEND, for which picture_input has left room. */
static int32_t end_at(struct png_walk *walk, uint32_t at) {
    static const uint8_t end[CHUNK_OVERHEAD] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    enum stb_result result = STB_BROKEN;
    if (walk->has_data && walk->data_bytes <= INT32_MAX && !holds_too_little(walk)) {
        uint8_t *joined = joined_data(walk, at);
        if (!joined) return out_of_memory(walk->message);
        result = stb_zlib_ends(joined, (uint32_t)walk->data_bytes, (size_t)inflated_bytes(walk));
        free(joined);
    }
    if (result == STB_OUT_OF_MEMORY) return out_of_memory(walk->message);
    if (result == STB_BROKEN) return cut_short(walk);
    memcpy(walk->bytes + at, end, sizeof end);
    walk->size = at + CHUNK_OVERHEAD;
    return PERCEPT_OK;
}

/* Whether the file ends in the check sum of this IDAT chunk: zlib's own will tell whether the data is right. */
static int ends_in_sum(const struct png_walk *walk, const struct chunk *chunk) {
    const uint32_t left = walk->size - (uint32_t)(chunk->body - walk->bytes);
    return is_type(chunk, "IDAT") && chunk->length <= left && left - chunk->length < 4;
}

static int32_t walk_chunks(struct png_walk *walk) {
    uint32_t crc_table[256];
    fill_crc_table(crc_table);
    uint32_t at = SIGNATURE_BYTES;
    while (walk->size - at >= CHUNK_OVERHEAD) {
        struct chunk chunk = {walk->bytes + at + 4, walk->bytes + at + 8, read_u32be(walk->bytes + at)};
        if (ends_in_sum(walk, &chunk)) {
            int32_t status = read_chunk(walk, &chunk);
            return status == PERCEPT_OK ? end_at(walk, at + CHUNK_OVERHEAD + chunk.length) : status;
        }
        if (chunk.length > walk->size - at - CHUNK_OVERHEAD) break;
        int checked = is_critical(&chunk) || is_type(&chunk, "eXIf");
        if (checked && crc32(crc_table, chunk.type, chunk.length + 4) != read_u32be(chunk.body + chunk.length))
            return corrupt(walk, "a check sum is wrong");
        if (is_type(&chunk, "IEND")) return walk->has_data ? PERCEPT_OK : corrupt(walk, "it holds no pixels");
        int32_t status = read_chunk(walk, &chunk);
        if (status != PERCEPT_OK) return status;
        at += CHUNK_OVERHEAD + chunk.length;
    }
    /* EXIF data that is cut would have said how the picture is turned */
    const int exif_is_cut = walk->size - at >= 8 && memcmp(walk->bytes + at + 4, "eXIf", 4) == 0;
    return exif_is_cut ? cut_short(walk) : end_at(walk, at);
}

/* Entries that the palette lacks are grey. */
static void fill_palette(const struct png_walk *walk, uint8_t palette[256][3]) {
    for (uint32_t index = 0; index < 256; index++) {
        for (uint32_t c = 0; c < 3; c++)
            palette[index][c] = index * 3 < walk->palette.size ? walk->palette.bytes[index * 3 + c] : (uint8_t)index;
    }
}

/* Of indices stb_image makes samples: it scales 1, 2 and 4 bits to 0..255. */
static int32_t expand_indices(const struct png_walk *walk, const uint8_t *samples, struct decoding *decoding) {
    const uint32_t scale = 255 / ((1u << walk->depth) - 1);
    struct pixels *pixels = &decoding->pixels;
    fill_palette(walk, decoding->palette);
    int32_t status = pixels_allocate(pixels, walk->width, walk->height, walk->message);
    if (status != PERCEPT_OK) return status;
    size_t count = (size_t)walk->width * walk->height;
    for (size_t i = 0; i < count; i++) memcpy(pixels->rgb + 3 * i, decoding->palette[samples[i] / scale], 3);
    return PERCEPT_OK;
}

int32_t png_decode(struct decoding *decoding) {
    struct png_walk walk = {.bytes = decoding->bytes,
                            .size = decoding->size,
                            .most_pixels = decoding->most_pixels,
                            .message = decoding->message};
    int32_t status = walk_chunks(&walk);
    if (status != PERCEPT_OK) return status;
    const uint64_t needed = inflated_bytes(&walk);
    if (holds_too_little(&walk)) return corrupt(&walk, "it holds fewer pixels than its header says");
    const int is_palette = walk.color_type == COLOR_PALETTE;
    if (is_palette || walk.depth == 1) decoding->mode = MODE_PICKED;
    if (walk.depth == 1) palette_of_one_bit(decoding->palette);
    if (decoding->keep_mode && (walk.color_type & HAS_ALPHA)) decoding->mode = MODE_ALPHA;
    if (is_palette) *walk.color_type_at = COLOR_GREY;
    uint8_t *samples;
    uint32_t width, height;
    const int channels = is_palette ? 1 : decoding->mode == MODE_ALPHA ? 4 : 3;
    switch (stb_png_decode(walk.bytes, walk.size, (size_t)needed, channels, &width, &height, &samples)) {
        case STB_DECODED: break;
        case STB_OUT_OF_MEMORY: return out_of_memory(walk.message);
        case STB_BROKEN: return corrupt(&walk, "its contents cannot be decoded");
    }
    decoding->exif = walk.exif;
    if (channels == 3) {
        decoding->pixels = (struct pixels){width, height, samples};
        return PERCEPT_OK;
    }
    status = is_palette ? expand_indices(&walk, samples, decoding) : pixels_split(samples, width, height, decoding);
    free(samples);
    return status;
}
