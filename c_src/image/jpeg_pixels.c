/* From dequantised JPEG coefficients to RGB, bit for bit as libjpeg-turbo (with its default settings) and
 * Pillow's convert("RGB") do it: the models were trained on such pixels. The steps are the integer inverse
 * transform, "fancy" upsampling of the chroma planes, and colour conversion in 16-bit fixed point. */
#include "jpeg.h"

#include <stdlib.h>
#include <string.h>

static uint8_t clamp_u8(int32_t value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* ---- Inverse transform ------------------------------------------------------------------------- */

/* The eight-point inverse DCT of Loeffler, Ligtenberg and Moschytz (1989), scaled by sqrt(8), with constants
 * of 13 bits. Arithmetic is modulo 2^32, so that hostile coefficients cannot overflow. */
enum { TRANSFORM_BITS = 13, FIRST_PASS_BITS = 2 };

#define FIXED(value) ((uint32_t)((value) * (1 << TRANSFORM_BITS) + 0.5))

/* Rounds to nearest and drops `bits` bits. */
static inline uint32_t descale(uint32_t value, int bits)
{
    return (uint32_t)((int32_t)(value + (1u << (bits - 1))) >> bits);
}

/* Transforms each column of [8, 8] numbers; results lose `bits` bits. The loop has no branches and no
 * dependences, so compilers make vector code of it. */
static inline void transform_columns(const uint32_t from[64], uint32_t to[64], int bits)
{
    for (int column = 0; column < 8; column++) {
        const uint32_t *in = from + column;
        uint32_t *out = to + column;

        uint32_t rotated = (in[16] + in[48]) * FIXED(0.541196100);
        uint32_t even2 = rotated - in[48] * FIXED(1.847759065);
        uint32_t even3 = rotated + in[16] * FIXED(0.765366865);
        uint32_t even0 = (in[0] + in[32]) << TRANSFORM_BITS;
        uint32_t even1 = (in[0] - in[32]) << TRANSFORM_BITS;
        uint32_t sum0 = even0 + even3;
        uint32_t sum1 = even1 + even2;
        uint32_t sum2 = even1 - even2;
        uint32_t sum3 = even0 - even3;

        uint32_t cross = (in[56] + in[24] + in[40] + in[8]) * FIXED(1.175875602);
        uint32_t pair71 = (in[56] + in[8]) * FIXED(0.899976223);
        uint32_t pair53 = (in[40] + in[24]) * FIXED(2.562915447);
        uint32_t pair73 = cross - (in[56] + in[24]) * FIXED(1.961570560);
        uint32_t pair51 = cross - (in[40] + in[8]) * FIXED(0.390180644);
        uint32_t odd0 = in[56] * FIXED(0.298631336) - pair71 + pair73;
        uint32_t odd1 = in[40] * FIXED(2.053119869) - pair53 + pair51;
        uint32_t odd2 = in[24] * FIXED(3.072711026) - pair53 + pair73;
        uint32_t odd3 = in[8] * FIXED(1.501321110) - pair71 + pair51;

        out[0] = descale(sum0 + odd3, bits);
        out[8] = descale(sum1 + odd2, bits);
        out[16] = descale(sum2 + odd1, bits);
        out[24] = descale(sum3 + odd0, bits);
        out[32] = descale(sum3 - odd0, bits);
        out[40] = descale(sum2 - odd1, bits);
        out[48] = descale(sum1 - odd2, bits);
        out[56] = descale(sum0 - odd3, bits);
    }
}

static inline void transpose(const uint32_t from[64], uint32_t to[64])
{
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 8; column++)
            to[column * 8 + row] = from[row * 8 + column];
}

/* A block whose only coefficient is the mean; the rounding is that of the two passes. */
static void fill_block(uint8_t *out, int stride, int32_t mean)
{
    uint8_t sample = clamp_u8((int32_t)descale((uint32_t)mean << FIRST_PASS_BITS, FIRST_PASS_BITS + 3) + 128);
    for (int row = 0; row < 8; row++, out += stride)
        memset(out, sample, 8);
}

static int only_mean(const short coefficients[64])
{
    int rest = 0;
    for (int i = 1; i < 64; i++)
        rest |= coefficients[i];
    return rest == 0;
}

void jpeg_islow(uint8_t *out, int stride, short coefficients[64])
{
    if (only_mean(coefficients)) {
        fill_block(out, stride, coefficients[0]);
        return;
    }
    uint32_t work[64], turned[64];
    for (int i = 0; i < 64; i++)
        turned[i] = (uint32_t)(int32_t)coefficients[i];
    transform_columns(turned, work, TRANSFORM_BITS - FIRST_PASS_BITS);
    transpose(work, turned);
    transform_columns(turned, work, TRANSFORM_BITS + FIRST_PASS_BITS + 3);
    transpose(work, turned);
    for (int row = 0; row < 8; row++, out += stride)
        for (int column = 0; column < 8; column++)
            out[column] = clamp_u8((int32_t)turned[row * 8 + column] + 128);
}

/* ---- Upsampling -------------------------------------------------------------------------------- */

static const uint8_t *plane_row(const struct jpeg_plane *plane, uint32_t row)
{
    return plane->samples + (size_t)row * plane->stride;
}

/* The row that pixel row y mixes a quarter of into its own: the next one for odd y, the one before for even
 * y, and its own at the plane's edges. */
static const uint8_t *far_row(const struct jpeg_plane *plane, uint32_t y)
{
    uint32_t row = y / 2;
    if (y % 2 == 1)
        return plane_row(plane, row + 1 < plane->height ? row + 1 : row);
    return plane_row(plane, row > 0 ? row - 1 : 0);
}

/* Twice as wide: each pixel is 3/4 of the nearer sample and 1/4 of the further one. */
static void widen_fancy(const uint8_t *in, uint32_t width, uint8_t *out)
{
    out[0] = in[0];
    for (uint32_t i = 0; i + 1 < width; i++) {
        out[2 * i + 1] = (uint8_t)((3 * in[i] + in[i + 1] + 2) >> 2);
        out[2 * i + 2] = (uint8_t)((3 * in[i + 1] + in[i] + 1) >> 2);
    }
    out[2 * width - 1] = in[width - 1];
}

/* Twice as high. */
static void heighten_fancy(const uint8_t *near, const uint8_t *far, uint32_t width, uint32_t y, uint8_t *out)
{
    int bias = y % 2 == 0 ? 1 : 2;
    for (uint32_t i = 0; i < width; i++)
        out[i] = (uint8_t)((3 * near[i] + far[i] + bias) >> 2);
}

/* Twice as wide and twice as high: the two in one, rounded once. `sums` holds [width] numbers. */
static void enlarge_fancy(const uint8_t *near, const uint8_t *far, uint32_t width, uint16_t *sums, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++)
        sums[i] = (uint16_t)(3 * near[i] + far[i]);
    out[0] = (uint8_t)((4 * sums[0] + 8) >> 4);
    for (uint32_t i = 0; i + 1 < width; i++) {
        out[2 * i + 1] = (uint8_t)((3 * sums[i] + sums[i + 1] + 7) >> 4);
        out[2 * i + 2] = (uint8_t)((3 * sums[i + 1] + sums[i] + 8) >> 4);
    }
    out[2 * width - 1] = (uint8_t)((4 * sums[width - 1] + 7) >> 4);
}

static void repeat(const uint8_t *in, uint32_t width, uint32_t times, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t j = 0; j < times; j++)
            *out++ = in[i];
}

/* Room for one row of one plane. */
struct row_buffer {
    uint8_t *samples; /* [width of the plane times horizontal] */
    uint16_t *sums;   /* [width of the plane] */
};

/* Row y of the picture in full width: either the plane's own row or `buffer`, filled. libjpeg does without
 * the fancy way where a plane is only one or two samples wide. */
static const uint8_t *upsampled_row(const struct jpeg_plane *plane, uint32_t y, struct row_buffer buffer)
{
    const uint8_t *near = plane_row(plane, y / plane->vertical);
    if (plane->horizontal == 1 && plane->vertical == 1)
        return near;
    if (plane->horizontal == 1 && plane->vertical == 2)
        heighten_fancy(near, far_row(plane, y), plane->width, y, buffer.samples);
    else if (plane->horizontal == 2 && plane->vertical == 1 && plane->width > 2)
        widen_fancy(near, plane->width, buffer.samples);
    else if (plane->horizontal == 2 && plane->vertical == 2 && plane->width > 2)
        enlarge_fancy(near, far_row(plane, y), plane->width, buffer.sums, buffer.samples);
    else
        repeat(near, plane->width, plane->horizontal, buffer.samples);
    return buffer.samples;
}

/* ---- Colour ------------------------------------------------------------------------------------ */

/* ITU-R BT.601 with full range, as JFIF 1.02 has it: R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr,
 * B = Y + 1.772 Cb, the factors in 16-bit fixed point; red and blue round alone, green both terms at once. */
#define COLOR_FIXED(value) ((int32_t)((value) * 65536 + 0.5))

static inline void ycc_to_rgb(int32_t y, int32_t cb, int32_t cr, int32_t rgb[3])
{
    cb -= 128;
    cr -= 128;
    rgb[0] = y + ((COLOR_FIXED(1.40200) * cr + 32768) >> 16);
    rgb[1] = y + ((32768 - COLOR_FIXED(0.34414) * cb - COLOR_FIXED(0.71414) * cr) >> 16);
    rgb[2] = y + ((COLOR_FIXED(1.77200) * cb + 32768) >> 16);
}

static void grey_row(const uint8_t *grey, uint32_t width, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++, out += 3)
        out[0] = out[1] = out[2] = grey[i];
}

static void rgb_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++, out += 3) {
        out[0] = rows[0][i];
        out[1] = rows[1][i];
        out[2] = rows[2][i];
    }
}

static void ycc_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++, out += 3) {
        int32_t rgb[3];
        ycc_to_rgb(rows[0][i], rows[1][i], rows[2][i], rgb);
        out[0] = clamp_u8(rgb[0]);
        out[1] = clamp_u8(rgb[1]);
        out[2] = clamp_u8(rgb[2]);
    }
}

/* Pillow's CMYK to RGB, for stored (inverted) ink and black: black - black * (255 - ink) / 255, rounded. */
static uint8_t ink_to_light(uint8_t stored_ink, uint8_t stored_black)
{
    int32_t product = (255 - stored_ink) * stored_black + 128;
    return (uint8_t)(stored_black - (((product >> 8) + product) >> 8));
}

static void cmyk_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++, out += 3)
        for (int c = 0; c < 3; c++)
            out[c] = ink_to_light(rows[c][i], rows[3][i]);
}

static void ycck_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    for (uint32_t i = 0; i < width; i++, out += 3) {
        int32_t rgb[3];
        ycc_to_rgb(rows[0][i], rows[1][i], rows[2][i], rgb);
        for (int c = 0; c < 3; c++)
            out[c] = ink_to_light(clamp_u8(255 - rgb[c]), rows[3][i]);
    }
}

static void color_row(enum jpeg_color color, const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    switch (color) {
        case JPEG_GREY: grey_row(rows[0], width, out); break;
        case JPEG_RGB: rgb_row(rows, width, out); break;
        case JPEG_YCC: ycc_row(rows, width, out); break;
        case JPEG_CMYK: cmyk_row(rows, width, out); break;
        case JPEG_YCCK: ycck_row(rows, width, out); break;
    }
}

/* Row buffers for all planes in two blocks. A plane's row times its factor passes the picture's width by less
 * than that factor, which is at most 4. */
static int allocate_rows(const struct jpeg_planes *planes, struct row_buffer buffers[4])
{
    size_t row = (size_t)planes->width + 8;
    uint8_t *samples = malloc(row * planes->count);
    uint16_t *sums = malloc(row * planes->count * sizeof *sums);
    for (uint32_t i = 0; i < 4; i++)
        buffers[i] = (struct row_buffer){samples, sums};
    if (samples == NULL || sums == NULL)
        return 0;
    for (uint32_t i = 1; i < planes->count; i++)
        buffers[i] = (struct row_buffer){samples + i * row, sums + i * row};
    return 1;
}

int32_t jpeg_to_rgb(const struct jpeg_planes *planes, enum jpeg_color color, struct pixels *pixels,
                    struct message *message)
{
    struct row_buffer buffers[4];
    int32_t status = allocate_rows(planes, buffers) ? PERCEPT_OK : out_of_memory(message);
    if (status == PERCEPT_OK)
        status = pixels_allocate(pixels, planes->width, planes->height, message);
    for (uint32_t y = 0; status == PERCEPT_OK && y < planes->height; y++) {
        const uint8_t *rows[4] = {NULL, NULL, NULL, NULL};
        for (uint32_t i = 0; i < planes->count; i++)
            rows[i] = upsampled_row(&planes->plane[i], y, buffers[i]);
        color_row(color, rows, planes->width, pixels->rgb + (size_t)y * planes->width * 3);
    }
    free(buffers[0].samples);
    free(buffers[0].sums);
    return status;
}
