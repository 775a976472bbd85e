/* Recognises a file by its first bytes, whatever its name says. */
#include "picture.h"

#include <string.h>

static int starts_at(struct span file, uint32_t offset, const char *bytes, uint32_t count) {
    return file.size >= offset + count && memcmp(file.bytes + offset, bytes, count) == 0;
}

enum picture_format format_recognise(struct span file) {
    if (starts_at(file, 0, "\xFF\xD8\xFF", 3)) return FORMAT_JPEG;
    if (starts_at(file, 0, "\x89PNG\r\n\x1A\n", 8)) return FORMAT_PNG;
    if (starts_at(file, 0, "GIF87a", 6) || starts_at(file, 0, "GIF89a", 6)) return FORMAT_GIF;
    if (starts_at(file, 0, "BM", 2)) return FORMAT_BMP;
    if (starts_at(file, 0, "RIFF", 4) && starts_at(file, 8, "WEBP", 4)) return FORMAT_WEBP;
    return FORMAT_NONE;
}

/* Formats that people have but this module does not read; `offset` is where the bytes lie. The first
 * line that fits counts. */
struct signature {
    const char *name;
    const char *bytes;
    uint8_t count;
    uint8_t offset;
};

static const struct signature signatures[] = {
    {"an AVIF picture", "ftypavif", 8, 4},
    {"an AVIF picture", "ftypavis", 8, 4},
    {"a HEIC picture", "ftyphei", 7, 4},
    {"a HEIC picture", "ftyphev", 7, 4},
    {"a HEIC picture", "ftypmif1", 8, 4},
    {"a HEIC picture", "ftypmsf1", 8, 4},
    {"a camera's raw picture (CR3)", "ftypcrx ", 8, 4},
    {"a video", "ftyp", 4, 4},
    {"a TIFF or a camera's raw picture", "II*\0", 4, 0},
    {"a TIFF or a camera's raw picture", "MM\0*", 4, 0},
    {"a JPEG XL picture", "\xFF\x0A", 2, 0},
    {"a JPEG XL picture", "\0\0\0\x0CJXL ", 8, 0},
    {"a JPEG 2000 picture", "\0\0\0\x0CjP  ", 8, 0},
    {"a JPEG 2000 picture", "\xFF\x4F\xFF\x51", 4, 0},
    {"a Photoshop file", "8BPS", 4, 0},
    {"an icon", "\0\0\1\0", 4, 0},
    {"a QOI picture", "qoif", 4, 0},
    {"a PDF document", "%PDF", 4, 0},
    {"a ZIP archive", "PK\3\4", 4, 0},
    {"an SVG drawing", "<svg", 4, 0},
    {"an XML file", "<?xml", 5, 0},
};

/* Whether the first bytes could be text: UTF-8 without control characters. */
static int looks_like_text(struct span file) {
    uint32_t count = file.size < 64 ? file.size : 64;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t byte = file.bytes[i];
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) return 0;
    }
    return 1;
}

static const char *name_of(struct span file) {
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (starts_at(file, signatures[i].offset, signatures[i].bytes, signatures[i].count)) return signatures[i].name;
    if (file.size == 0) return "empty";
    return looks_like_text(file) ? "a text file" : "of a kind that is not known here";
}

int32_t format_refuse(struct span file, struct message *message) {
    return message_fail(
        message, PERCEPT_UNSUPPORTED_FORMAT,
        "The file is %s. JPEG, PNG, WebP, BMP and GIF pictures are read, and AVIF where the browser reads it; "
        "save it as one of these.",
        name_of(file));
}
