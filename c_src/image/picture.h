/* What the files of the picture module share. Everything here is internal; percept.h is the boundary. */
#ifndef PERCEPT_PICTURE_H
#define PERCEPT_PICTURE_H

#include "../percept.h"
#include "../runtime/status.h"

/* The limits that picture_info tells. No buffer of more than 4 bytes a pixel is sized by a picture alone
 * before they are checked, so every product of sizes below fits 32 bits. */
#define PICTURE_LIMIT_PIXELS 134217728 /* 2^27: a phone's 108 megapixels, turned, fit into the module's memory */
#define PICTURE_LIMIT_SIDE 32768
#define PICTURE_LIMIT_VIEWS 256
#define PICTURE_LIMITS(ENTRY)           \
    ENTRY(PICTURE_LIMIT_PIXELS, pixels) \
    ENTRY(PICTURE_LIMIT_SIDE, side)     \
    ENTRY(PICTURE_LIMIT_VIEWS, views)

/* 8-bit RGB, rows from the top without padding: [height, width, 3]. rgb is NULL where there are none. */
struct pixels {
    uint32_t width;
    uint32_t height;
    uint8_t *rgb; /* owned */
};

/* How a picture is resized that becomes RGB only afterwards: by the mode in which Pillow opens its file. */
enum picture_mode {
    MODE_PLAIN,  /* as it is, which grey pictures give as well */
    MODE_PICKED, /* a palette, or one bit: the nearest sample, whatever the filter */
    MODE_ALPHA,  /* colours multiplied by alpha, and divided by it again */
    MODE_INKS    /* cyan, magenta, yellow and black, each by itself */
};

struct picture {
    struct message message;
    uint32_t most_pixels; /* at most PICTURE_LIMIT_PIXELS */
    uint8_t *input;       /* the encoded file, owned; NULL without one */
    uint32_t input_bytes;
    uint8_t *rgba; /* [rgba_height, rgba_width, 4] from the browser, owned; NULL without one */
    uint32_t rgba_width;
    uint32_t rgba_height;
    struct pixels decoded;
    int damaged; /* as in struct decoding, as are the next three */
    enum picture_mode mode;
    struct pixels extra;
    uint8_t palette[256][3];
    int convert_after; /* what picture_convert_after asked for */
    struct pixels resized;
    uint8_t *views; /* [view_count, view_size, view_size, 3], owned; NULL without any */
    uint32_t view_count;
};

/* Bytes that a decoder may write behind a file's last one. */
enum { PICTURE_INPUT_SLACK = 16 };

/* A stretch of somebody else's bytes. */
struct span {
    const uint8_t *bytes;
    uint32_t size;
};

/* What a decoder is given and gives back. */
struct decoding {
    uint8_t *bytes; /* [size + PICTURE_INPUT_SLACK], the file; a decoder may overwrite it */
    uint32_t size;
    uint32_t most_pixels;
    struct message *message;
    struct pixels pixels; /* the result: empty before, owned by the caller afterwards */
    struct span exif;     /* the TIFF block of the EXIF data, inside `bytes`; size 0 without one */
    int damaged;          /* the pixels are what everybody makes of the file, but some of them were lost */
    int keep_mode; /* asked for: the pixels as they are resized before they become RGB, and `mode` and `extra` with them */
    enum picture_mode mode;
    struct pixels
        extra; /* alpha or black, the same in each colour; empty without one, owned by the caller afterwards */
    uint8_t palette[256][3]; /* of MODE_PICKED: the colour of each number */
};

/* picture.c */
void pixels_free(struct pixels *pixels);
/* Memory for width x height pixels, which must be within PICTURE_LIMIT_PIXELS; the contents are not set. */
int32_t pixels_allocate(struct pixels *pixels, uint32_t width, uint32_t height, struct message *message);
/* Of four samples a pixel three stay, in place; what is behind them is given back. */
void pixels_drop_alpha(struct pixels *pixels);
/* PERCEPT_CORRUPT_PICTURE for an empty picture, PERCEPT_PICTURE_TOO_LARGE beyond `most_pixels` or PICTURE_LIMIT_SIDE. */
int32_t limits_check(uint32_t width, uint32_t height, uint32_t most_pixels, struct message *message);
int32_t out_of_memory(struct message *message);
/* PERCEPT_CORRUPT_PICTURE with a sentence about a file of this format: what is wrong with it, or what of it is missing. */
int32_t corrupt_file(struct message *message, const char *format, const char *what);
int32_t short_file(struct message *message, const char *format, const char *missing);
/* Four samples a pixel become three and the one of `extra`: [height, width, 4]. Both are empty after a failure. */
int32_t pixels_split(const uint8_t *samples, uint32_t width, uint32_t height, struct decoding *decoding);
void views_release(picture *picture);
/* The same, and the resized picture that they were cut from. */
void resized_release(picture *picture);

/* format.c: which decoder a file needs, by its first bytes. */
enum picture_format { FORMAT_NONE, FORMAT_JPEG, FORMAT_PNG, FORMAT_GIF, FORMAT_BMP, FORMAT_WEBP };
enum picture_format format_recognise(struct span file);
/* Refuses a file that format_recognise has no decoder for, and names what it seems to be. */
int32_t format_refuse(struct span file, struct message *message);

/* mode.c: `picture` resized by its mode, and then RGB. `resized` has the size, and gets the pixels. */
int32_t mode_resize(struct picture *picture, int32_t filter, struct pixels *resized);

/* A bit is off or on, whatever the number: [256, 3]. */
void palette_of_one_bit(uint8_t palette[256][3]);
/* The colour of a border that is filled with `fill` before the picture becomes RGB: [3]. */
void mode_border(const struct picture *picture, uint8_t fill, uint8_t *color);

/* resample.c: by enum picture_filter; to->rgb is made, and stays for the caller to free after a failure. */
int32_t pixels_resample(const struct pixels *from, int32_t filter, struct pixels *to, struct message *message);

/* One decoder each. They check the header against the limits before they allocate. */
int32_t jpeg_decode(struct decoding *decoding);
int32_t png_decode(struct decoding *decoding);
int32_t gif_decode(struct decoding *decoding);
int32_t bmp_decode(struct decoding *decoding);
int32_t webp_decode(struct decoding *decoding);

/* orientation.c: 1 to 8, as EXIF numbers them; 1 where the block is absent, broken or says nothing. */
uint32_t orientation_of(struct span exif);
/* Turns the pixels so that orientation 1 remains. */
int32_t orientation_undo(struct pixels *pixels, uint32_t orientation, struct message *message);

/* Numbers in a file, big and little endian. The caller has checked that the bytes are there. */
static inline uint32_t read_u16be(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static inline uint32_t read_u32be(const uint8_t *at) { return read_u16be(at) << 16 | read_u16be(at + 2); }

static inline uint32_t read_u16le(const uint8_t *at) { return (uint32_t)at[1] << 8 | at[0]; }

static inline uint32_t read_u32le(const uint8_t *at) { return read_u16le(at + 2) << 16 | read_u16le(at); }

#endif
