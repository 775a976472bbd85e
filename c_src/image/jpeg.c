/* JPEG: walks the markers of the whole file first, so that kinds that are not read, pictures beyond the
 * limits and files that are cut short are refused before anything is decoded (ITU-T T.81, annex B). */
#include "jpeg_pixels.h"
#include "jpeg_transform.h"

#include <string.h>

enum {
    MARKER_TEM = 0x01,
    MARKER_SOF0 = 0xC0, /* baseline */
    MARKER_SOF2 = 0xC2, /* progressive */
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_SOF9 = 0xC9, /* the first of those with arithmetic coding */
    MARKER_DAC = 0xCC,
    MARKER_SOF15 = 0xCF,
    MARKER_RST0 = 0xD0,
    MARKER_RST7 = 0xD7,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP0 = 0xE0,
    MARKER_APP1 = 0xE1,
    MARKER_APP14 = 0xEE
};

/* More scans than any encoder writes: each one may cost as much time as a whole picture. */
enum { SCAN_LIMIT = 256 };

struct jpeg_walk {
    struct span file;
    uint32_t at; /* the next byte */
    uint32_t most_pixels;
    struct message *message;
    uint32_t width; /* 0 before the frame header */
    uint32_t height;
    uint32_t components;
    int progressive;
    uint8_t ids[4];
    uint32_t horizontal[4], vertical[4]; /* sampling factors */
    uint32_t scans;
    uint32_t scanned; /* a bit for each component that some scan brings */
    int jfif;
    int adobe;
    uint32_t adobe_transform;
    struct span exif;
};

static int32_t cut_short(struct jpeg_walk *walk) {
    return message_fail(walk->message, PERCEPT_CORRUPT_PICTURE,
                        "The JPEG file is cut short: its end is missing. Get the whole file.");
}

static int32_t corrupt(struct jpeg_walk *walk, const char *what) {
    return message_fail(walk->message, PERCEPT_CORRUPT_PICTURE,
                        "The JPEG file is damaged (%s). Save it anew or get another copy.", what);
}

static int32_t unsupported(struct jpeg_walk *walk, const char *kind) {
    return message_fail(walk->message, PERCEPT_UNSUPPORTED_FORMAT,
                        "This is %s, a kind that is not read. Save the picture as an ordinary JPEG or PNG.", kind);
}

/* Moves to the byte after the next marker's code, which it gives; bytes between markers are skipped. */
static int next_marker(struct jpeg_walk *walk, uint32_t *code) {
    const struct span file = walk->file;
    uint32_t at = walk->at;
    while (at < file.size) {
        if (file.bytes[at++] != 0xFF) continue;
        while (at < file.size && file.bytes[at] == 0xFF) at++;
        if (at < file.size && file.bytes[at] != 0) {
            *code = file.bytes[at];
            walk->at = at + 1;
            return 1;
        }
    }
    return 0;
}

/* Moves to the marker that ends the entropy-coded bytes. Stuffed zeros and restart markers belong to them. */
static void skip_entropy(struct jpeg_walk *walk) {
    const struct span file = walk->file;
    uint32_t at = walk->at;
    for (; at + 1 < file.size; at++) {
        if (file.bytes[at] != 0xFF) continue;
        uint8_t code = file.bytes[at + 1];
        if (code != 0 && code != 0xFF && !(code >= MARKER_RST0 && code <= MARKER_RST7)) break;
    }
    walk->at = at;
}

static int32_t read_frame(struct jpeg_walk *walk, uint32_t code, struct span body) {
    if (walk->width != 0) return corrupt(walk, "it has two frame headers");
    if (code >= MARKER_SOF9) return unsupported(walk, "a JPEG with arithmetic coding");
    if (code > MARKER_SOF2) return unsupported(walk, "a lossless or hierarchical JPEG");
    if (body.size < 6) return corrupt(walk, "its frame header is too short");
    if (body.bytes[0] != 8) return unsupported(walk, "a JPEG with more than 8 bits for each colour");
    walk->height = read_u16be(body.bytes + 1);
    walk->width = read_u16be(body.bytes + 3);
    walk->components = body.bytes[5];
    if (walk->height == 0 && walk->width != 0) return unsupported(walk, "a JPEG that tells its height at its end");
    if (walk->components != 1 && walk->components != 3 && walk->components != 4)
        return unsupported(walk, "a JPEG with an odd number of colours");
    if (body.size != 6 + 3 * walk->components) return corrupt(walk, "its frame header has the wrong length");
    walk->progressive = code == MARKER_SOF2;
    for (uint32_t i = 0; i < walk->components; i++) {
        walk->ids[i] = body.bytes[6 + 3 * i];
        walk->horizontal[i] = body.bytes[7 + 3 * i] >> 4;
        walk->vertical[i] = body.bytes[7 + 3 * i] & 15;
        if (walk->horizontal[i] - 1 > 3 || walk->vertical[i] - 1 > 3)
            return corrupt(walk, "its colours are sampled in an impossible way");
    }
    return limits_check(walk->width, walk->height, walk->most_pixels, walk->message);
}

static uint32_t largest(const uint32_t *factors, uint32_t count) {
    uint32_t most = 1;
    for (uint32_t i = 0; i < count; i++)
        if (factors[i] > most) most = factors[i];
    return most;
}

static uint64_t divided_up(uint64_t number, uint64_t divisor) { return (number + divisor - 1) / divisor; }

/* Blocks that a scan of the components in `scanned` (a bit for each) holds: A.2 of T.81. */
static uint64_t blocks_of_scan(const struct jpeg_walk *walk, uint32_t scanned) {
    const uint32_t wide = largest(walk->horizontal, walk->components);
    const uint32_t high = largest(walk->vertical, walk->components);
    const int interleaved = (scanned & (scanned - 1)) != 0;
    uint64_t blocks = 0;
    for (uint32_t i = 0; i < walk->components; i++) {
        const uint64_t h = walk->horizontal[i], v = walk->vertical[i];
        if ((scanned >> i & 1) == 0) continue;
        if (interleaved) {
            blocks += divided_up(walk->width, 8 * wide) * h * divided_up(walk->height, 8 * high) * v;
        } else {
            blocks +=
                divided_up(divided_up(walk->width * h, wide), 8) * divided_up(divided_up(walk->height * v, high), 8);
        }
    }
    return blocks;
}

static int32_t read_scan(struct jpeg_walk *walk, struct span body) {
    if (walk->width == 0) return corrupt(walk, "a scan comes before the frame header");
    if (++walk->scans > SCAN_LIMIT) return corrupt(walk, "it has too many scans");
    uint32_t count = body.size > 0 ? body.bytes[0] : 0;
    if (count == 0 || count > walk->components || body.size != 4 + 2 * count)
        return corrupt(walk, "a scan header has the wrong length");
    uint32_t scanned = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < walk->components; j++)
            if (walk->ids[j] == body.bytes[1 + 2 * i]) scanned |= 1u << j;
    }
    walk->scanned |= scanned;
    const uint32_t start = walk->at;
    skip_entropy(walk);
    /* A block takes two bits in a baseline scan (a code for its mean, one that ends it), and one in a progressive scan of
     * means; scans of other coefficients pass over empty blocks. stb_image would decode a few bytes that claim a huge
     * picture to its end, as zeros. */
    const int of_means = !walk->progressive || body.bytes[1 + 2 * count] == 0;
    const uint64_t bits = of_means ? blocks_of_scan(walk, scanned) * (walk->progressive ? 1 : 2) : 0;
    if (bits > (uint64_t)(walk->at - start) * 8) return corrupt(walk, "it holds fewer pixels than its header says");
    return PERCEPT_OK;
}

static void read_application(struct jpeg_walk *walk, uint32_t code, struct span body) {
    if (code == MARKER_APP0 && body.size >= 14 && memcmp(body.bytes, "JFIF", 5) == 0) {
        walk->jfif = 1;
    } else if (code == MARKER_APP14 && body.size >= 12 && memcmp(body.bytes, "Adobe", 5) == 0) {
        walk->adobe = 1;
        walk->adobe_transform = body.bytes[11];
    } else if (code == MARKER_APP1 && body.size >= 6 && memcmp(body.bytes, "Exif\0", 6) == 0 && walk->exif.size == 0) {
        walk->exif = (struct span){body.bytes + 6, body.size - 6};
    }
}

static int is_frame(uint32_t code) {
    return code >= MARKER_SOF0 && code <= MARKER_SOF15 && code != MARKER_DHT && code != MARKER_JPG &&
           code != MARKER_DAC;
}

/* One marker segment, whose code has been read. */
static int32_t read_segment(struct jpeg_walk *walk, uint32_t code) {
    if (walk->file.size - walk->at < 2) return cut_short(walk);
    uint32_t length = read_u16be(walk->file.bytes + walk->at); /* counts its own two bytes */
    if (length < 2) return corrupt(walk, "a segment has no length");
    if (length > walk->file.size - walk->at) return cut_short(walk);
    struct span body = {walk->file.bytes + walk->at + 2, length - 2};
    walk->at += length;
    if (is_frame(code)) return read_frame(walk, code, body);
    if (code == MARKER_SOS) return read_scan(walk, body);
    read_application(walk, code, body);
    return PERCEPT_OK;
}

static int32_t walk_markers(struct jpeg_walk *walk) {
    walk->at = 2; /* after the marker that starts the file */
    uint32_t code;
    while (next_marker(walk, &code)) {
        if (code == MARKER_EOI) {
            if (walk->scans == 0 || walk->scanned != (1u << walk->components) - 1)
                return corrupt(walk, "a part of the picture is missing");
            return PERCEPT_OK;
        }
        if (code == MARKER_TEM || (code >= MARKER_RST0 && code <= MARKER_RST7)) continue; /* these stand alone */
        int32_t status = read_segment(walk, code);
        if (status != PERCEPT_OK) return status;
    }
    return cut_short(walk);
}

/* libjpeg's rules: JFIF always means YCbCr; else Adobe's marker decides; else the components' names. */
static enum jpeg_color color_of(const struct jpeg_walk *walk) {
    if (walk->components == 1) return JPEG_GREY;
    if (walk->components == 4) return !walk->adobe || walk->adobe_transform == 0 ? JPEG_CMYK : JPEG_YCCK;
    if (walk->jfif) return JPEG_YCC;
    if (walk->adobe) return walk->adobe_transform == 0 ? JPEG_RGB : JPEG_YCC;
    return memcmp(walk->ids, "RGB", 3) == 0 ? JPEG_RGB : JPEG_YCC;
}

int32_t jpeg_decode(struct decoding *decoding) {
    struct jpeg_walk walk = {
        .file = {decoding->bytes, decoding->size}, .most_pixels = decoding->most_pixels, .message = decoding->message};
    int32_t status = walk_markers(&walk);
    if (status != PERCEPT_OK) return status;
    struct jpeg_planes planes;
    switch (stb_jpeg_decode(decoding->bytes, decoding->size, jpeg_islow, &planes)) {
        case STB_DECODED: break;
        case STB_OUT_OF_MEMORY: return out_of_memory(decoding->message);
        case STB_BROKEN: return corrupt(&walk, "its contents cannot be decoded");
    }
    if (planes.width == walk.width && planes.height == walk.height && planes.count == walk.components) {
        status = jpeg_to_rgb(&planes, color_of(&walk), &decoding->pixels, decoding->message);
    } else {
        status = corrupt(&walk, "its headers contradict each other");
    }
    stb_jpeg_free(&planes);
    decoding->exif = walk.exif;
    return status;
}
