/* From the decoded planes of a JPEG to RGB, bit for bit as libjpeg-turbo (with its default settings) and
 * Pillow's convert("RGB") do it: the models were trained on such pixels. The steps are "fancy" upsampling of
 * the chroma planes and colour conversion in 16-bit fixed point. */
#include "jpeg_pixels.h"
#include "jpeg_transform.h"

#include <stdlib.h>
#include <string.h>

/* ---- Upsampling -------------------------------------------------------------------------------- */

typedef uint16_t sum_lanes __attribute__((vector_size(16)));
typedef uint8_t narrow_lanes __attribute__((vector_size(8)));
typedef uint8_t wide_lanes __attribute__((vector_size(16)));

static const uint8_t *plane_row(const struct jpeg_plane *plane, uint32_t row) {
    return plane->samples + (size_t)row * plane->stride;
}

/* The row that pixel row y mixes a quarter of into its own: the next one for odd y, the one before for even
 * y, and its own at the plane's edges. */
static const uint8_t *far_row(const struct jpeg_plane *plane, uint32_t y) {
    uint32_t row = y / 2;
    if (y % 2 == 1) return plane_row(plane, row + 1 < plane->height ? row + 1 : row);
    return plane_row(plane, row > 0 ? row - 1 : 0);
}

/* How the mean of neighbours rounds: left pixels of a pair, right ones, and the bits that are dropped. */
struct rounding {
    uint16_t left;
    uint16_t right;
    int bits;
};

/* The two pixels between the middles of sample i and the next: 3/4 of the nearer one, 1/4 of the further. */
static inline void widen_between(const uint16_t *sums, uint32_t i, struct rounding rounding, uint8_t *out) {
    out[2 * i + 1] = (uint8_t)((3 * sums[i] + sums[i + 1] + rounding.right) >> rounding.bits);
    out[2 * i + 2] = (uint8_t)((3 * sums[i + 1] + sums[i] + rounding.left) >> rounding.bits);
}

/* The same for eight samples from i on. */
static inline void widen_between_eight(const uint16_t *sums, uint32_t i, struct rounding rounding, uint8_t *out) {
    sum_lanes here, next;
    memcpy(&here, sums + i, sizeof here);
    memcpy(&next, sums + i + 1, sizeof next);
    sum_lanes right = (3 * here + next + rounding.right) >> rounding.bits;
    sum_lanes left = (3 * next + here + rounding.left) >> rounding.bits;
    wide_lanes pairs = __builtin_shufflevector(__builtin_convertvector(right, narrow_lanes),
                                               __builtin_convertvector(left, narrow_lanes), 0, 8, 1, 9, 2, 10, 3, 11, 4,
                                               12, 5, 13, 6, 14, 7, 15);
    memcpy(out + 2 * i + 1, &pairs, sizeof pairs);
}

/* Twice as wide. */
static void widen(const uint16_t *sums, uint32_t width, struct rounding rounding, uint8_t *out) {
    out[0] = (uint8_t)((4 * sums[0] + rounding.left) >> rounding.bits);
    uint32_t i = 0;
    for (; i + 8 < width; i += 8) widen_between_eight(sums, i, rounding, out);
    for (; i + 1 < width; i++) widen_between(sums, i, rounding, out);
    out[2 * width - 1] = (uint8_t)((4 * sums[width - 1] + rounding.right) >> rounding.bits);
}

/* Twice as wide. `sums` holds [width] numbers, here and below. */
static void widen_fancy(const uint8_t *in, uint32_t width, uint16_t *sums, uint8_t *out) {
    for (uint32_t i = 0; i < width; i++) sums[i] = in[i];
    widen(sums, width, (struct rounding){1, 2, 2}, out);
}

/* Twice as high. */
static void heighten_fancy(const uint8_t *near, const uint8_t *far, uint32_t width, uint32_t y, uint8_t *out) {
    int bias = y % 2 == 0 ? 1 : 2;
    for (uint32_t i = 0; i < width; i++) out[i] = (uint8_t)((3 * near[i] + far[i] + bias) >> 2);
}

/* Twice as wide and twice as high: the two in one, rounded once. */
static void enlarge_fancy(const uint8_t *near, const uint8_t *far, uint32_t width, uint16_t *sums, uint8_t *out) {
    for (uint32_t i = 0; i < width; i++) sums[i] = (uint16_t)(3 * near[i] + far[i]);
    widen(sums, width, (struct rounding){8, 7, 4}, out);
}

static void repeat(const uint8_t *in, uint32_t width, uint32_t times, uint8_t *out) {
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t j = 0; j < times; j++) *out++ = in[i];
}

/* Room for one row of one plane. */
struct row_buffer {
    uint8_t *samples; /* [width of the plane times horizontal] */
    uint16_t *sums;   /* [width of the plane] */
};

/* Row y of the picture in full width: either the plane's own row or `buffer`, filled. libjpeg does without
 * the fancy way where a plane is only one or two samples wide. */
static const uint8_t *upsampled_row(const struct jpeg_plane *plane, uint32_t y, struct row_buffer buffer) {
    const uint8_t *near = plane_row(plane, y / plane->vertical);
    if (plane->horizontal == 1 && plane->vertical == 1) return near;
    if (plane->horizontal == 1 && plane->vertical == 2) {
        heighten_fancy(near, far_row(plane, y), plane->width, y, buffer.samples);
    } else if (plane->horizontal == 2 && plane->vertical == 1 && plane->width > 2) {
        widen_fancy(near, plane->width, buffer.sums, buffer.samples);
    } else if (plane->horizontal == 2 && plane->vertical == 2 && plane->width > 2) {
        enlarge_fancy(near, far_row(plane, y), plane->width, buffer.sums, buffer.samples);
    } else {
        repeat(near, plane->width, plane->horizontal, buffer.samples);
    }
    return buffer.samples;
}

/* ---- Colour ------------------------------------------------------------------------------------ */

/* ITU-R BT.601 with full range, as JFIF 1.02 has it: R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr,
 * B = Y + 1.772 Cb, the factors in 16-bit fixed point; red and blue round alone, green both terms at once. */
#define COLOR_FIXED(value) ((int32_t)(65536 * (value) + 0.5))

static inline void ycc_to_rgb(int32_t y, int32_t cb, int32_t cr, int32_t rgb[3]) {
    cb -= 128;
    cr -= 128;
    rgb[0] = y + ((COLOR_FIXED(1.40200) * cr + 32768) >> 16);
    rgb[1] = y + ((32768 - COLOR_FIXED(0.34414) * cb - COLOR_FIXED(0.71414) * cr) >> 16);
    rgb[2] = y + ((COLOR_FIXED(1.77200) * cb + 32768) >> 16);
}

/* Three rows of one colour each to pixels. */
static void interleave(const uint8_t *red, const uint8_t *green, const uint8_t *blue, uint32_t width, uint8_t *out) {
    uint32_t i = 0;
    for (; i + 16 <= width; i += 16) {
        wide_lanes r, g, b, pixels[3];
        memcpy(&r, red + i, sizeof r);
        memcpy(&g, green + i, sizeof g);
        memcpy(&b, blue + i, sizeof b);
        wide_lanes rg = __builtin_shufflevector(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
        pixels[0] = __builtin_shufflevector(rg, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
        rg = __builtin_shufflevector(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
        pixels[1] = __builtin_shufflevector(rg, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
        rg = __builtin_shufflevector(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
        pixels[2] = __builtin_shufflevector(rg, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
        memcpy(out + 3 * i, pixels, sizeof pixels);
    }
    for (; i < width; i++) {
        out[3 * i] = red[i];
        out[3 * i + 1] = green[i];
        out[3 * i + 2] = blue[i];
    }
}

/* Pixels that are converted together, so that compilers find vector code for the loop. */
enum { STRETCH = 64 };

static void ycc_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out) {
    uint8_t red[STRETCH], green[STRETCH], blue[STRETCH];
    for (uint32_t start = 0; start < width; start += STRETCH) {
        const uint32_t count = width - start < STRETCH ? width - start : STRETCH;
        const uint8_t *y = rows[0] + start, *cb = rows[1] + start, *cr = rows[2] + start;
        for (uint32_t i = 0; i < count; i++) {
            int32_t rgb[3];
            ycc_to_rgb(y[i], cb[i], cr[i], rgb);
            red[i] = jpeg_clamp(rgb[0]);
            green[i] = jpeg_clamp(rgb[1]);
            blue[i] = jpeg_clamp(rgb[2]);
        }
        interleave(red, green, blue, count, out + 3 * (size_t)start);
    }
}

/* Pillow's CMYK to RGB, for stored (inverted) ink and black: black - black * (255 - ink) / 255, rounded. */
static uint8_t ink_to_light(uint8_t stored_ink, uint8_t stored_black) {
    int32_t product = (255 - stored_ink) * stored_black + 128;
    return (uint8_t)(stored_black - (((product >> 8) + product) >> 8));
}

static void cmyk_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out) {
    for (uint32_t i = 0; i < width; i++, out += 3)
        for (int c = 0; c < 3; c++) out[c] = ink_to_light(rows[c][i], rows[3][i]);
}

static void ycck_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out) {
    for (uint32_t i = 0; i < width; i++, out += 3) {
        int32_t rgb[3];
        ycc_to_rgb(rows[0][i], rows[1][i], rows[2][i], rgb);
        for (int c = 0; c < 3; c++) out[c] = ink_to_light(jpeg_clamp(255 - rgb[c]), rows[3][i]);
    }
}

static void color_row(enum jpeg_color color, const uint8_t *const rows[4], uint32_t width, uint8_t *out) {
    switch (color) {
        case JPEG_GREY: interleave(rows[0], rows[0], rows[0], width, out); break;
        case JPEG_RGB: interleave(rows[0], rows[1], rows[2], width, out); break;
        case JPEG_YCC: ycc_row(rows, width, out); break;
        case JPEG_CMYK: cmyk_row(rows, width, out); break;
        case JPEG_YCCK: ycck_row(rows, width, out); break;
    }
}

/* Row buffers for all planes in two blocks. A plane's row times its factor passes the picture's width by less
 * than that factor, which is at most 4. */
static int allocate_rows(const struct jpeg_planes *planes, struct row_buffer buffers[4]) {
    size_t row = (size_t)planes->width + 8;
    uint8_t *samples = malloc(row * planes->count);
    uint16_t *sums = malloc(row * planes->count * sizeof *sums);
    for (uint32_t i = 0; i < 4; i++) buffers[i] = (struct row_buffer){samples, sums};
    if (!samples || !sums) return 0;
    for (uint32_t i = 1; i < planes->count; i++) buffers[i] = (struct row_buffer){samples + i * row, sums + i * row};
    return 1;
}

int32_t jpeg_to_rgb(const struct jpeg_planes *planes, enum jpeg_color color, struct pixels *pixels,
                    struct message *message) {
    struct row_buffer buffers[4];
    int32_t status = allocate_rows(planes, buffers) ? PERCEPT_OK : out_of_memory(message);
    if (status == PERCEPT_OK) status = pixels_allocate(pixels, planes->width, planes->height, message);
    for (uint32_t y = 0; status == PERCEPT_OK && y < planes->height; y++) {
        const uint8_t *rows[4] = {NULL, NULL, NULL, NULL};
        for (uint32_t i = 0; i < planes->count; i++) rows[i] = upsampled_row(&planes->plane[i], y, buffers[i]);
        color_row(color, rows, planes->width, pixels->rgb + (size_t)y * planes->width * 3);
    }
    free(buffers[0].samples);
    free(buffers[0].sums);
    return status;
}
