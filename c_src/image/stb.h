/* What this module takes from stb_image: the entropy decoding of JPEG, and PNG. Everything else that
 * stb_image offers is left out, because it would not give Pillow's pixels (see jpeg_pixels.c, gif.c and
 * bmp.c). */
#ifndef PERCEPT_STB_H
#define PERCEPT_STB_H

#include <stddef.h>
#include <stdint.h>

enum stb_result { STB_DECODED, STB_OUT_OF_MEMORY, STB_BROKEN };

/* One colour component of a JPEG after the inverse transform, at its own resolution. */
struct jpeg_plane {
    const uint8_t *samples; /* [height and padding, stride] */
    uint32_t stride;
    uint32_t width; /* samples that belong to the picture */
    uint32_t height;
    uint32_t horizontal; /* how many pixels wide a sample is */
    uint32_t vertical;   /* and how high */
};

/* The inverse transform of one 8 x 8 block: dequantised coefficients [vertical frequency, horizontal
 * frequency] to samples at `out`, whose rows are `stride` bytes apart. */
typedef void jpeg_inverse_transform(uint8_t *out, int stride, short coefficients[64]);

/* A decoded JPEG; `decoder` owns the planes until stb_jpeg_free. */
struct jpeg_planes {
    uint32_t width;
    uint32_t height;
    uint32_t count; /* 1, 3 or 4 planes */
    struct jpeg_plane plane[4];
    void *decoder;
};

/* Decodes to planes. On any result but STB_DECODED nothing is left to free. */
enum stb_result stb_jpeg_decode(const uint8_t *bytes, uint32_t size, jpeg_inverse_transform *transform,
                                struct jpeg_planes *planes);
void stb_jpeg_free(struct jpeg_planes *planes);

/* Decodes a PNG to [height, width, channels] bytes, channels being 1 or 3, in memory that the caller frees.
 * 16-bit samples keep their high byte; alpha is dropped. `inflated_bytes` are the rows' as the header has them: a file that
 * holds more than twice that is refused before it is inflated. */
enum stb_result stb_png_decode(const uint8_t *bytes, uint32_t size, size_t inflated_bytes, int channels,
                               uint32_t *width, uint32_t *height, uint8_t **pixels);

#endif
