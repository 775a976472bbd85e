/* libjpeg's "fancy" upsampling of chroma rows and its conversion from YCbCr to RGB, bit for bit. */
#include "simd.h"

#include <string.h>

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words __attribute__((vector_size(16)));

/* ---- Upsampling: a pixel is 3/4 of the nearer sample and 1/4 of the further, in each direction -------- */

/* The rows that a row of pixels is mixed from, and how the mean rounds: left pixels of a pair, right ones, and the bits that are
 * dropped. `far` is NULL where nothing is mixed from above or below. */
struct mix {
    const uint8_t *near; /* [width] */
    const uint8_t *far;  /* [width] */
    uint16_t left;
    uint16_t right;
    int bits;
};

static inline uint32_t mixed(const struct mix *mix, uint32_t i) {
    return mix->far ? 3u * mix->near[i] + mix->far[i] : mix->near[i];
}

static inline words mixed_eight(const struct mix *mix, uint32_t i) {
    bytes8 near, far;
    memcpy(&near, mix->near + i, sizeof near);
    if (!mix->far) return __builtin_convertvector(near, words);
    memcpy(&far, mix->far + i, sizeof far);
    return 3 * __builtin_convertvector(near, words) + __builtin_convertvector(far, words);
}

/* The pixels between the middles of samples i to i + 7 and their next ones. */
static inline void widen_eight(const struct mix *mix, uint32_t i, uint8_t *out) {
    const words here = mixed_eight(mix, i), next = mixed_eight(mix, i + 1);
    const bytes8 right = __builtin_convertvector((3 * here + next + mix->right) >> mix->bits, bytes8);
    const bytes8 left = __builtin_convertvector((3 * next + here + mix->left) >> mix->bits, bytes8);
    const bytes16 pairs = __builtin_shufflevector(right, left, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    memcpy(out + 2 * i + 1, &pairs, sizeof pairs);
}

/* Twice as wide. */
static inline void widen(const struct mix *mix, uint32_t width, uint8_t *out) {
    out[0] = (uint8_t)((4 * mixed(mix, 0) + mix->left) >> mix->bits);
    uint32_t i = 0;
    for (; i + 8 < width; i += 8) widen_eight(mix, i, out);
    for (; i + 1 < width; i++) {
        const uint32_t here = mixed(mix, i), next = mixed(mix, i + 1);
        out[2 * i + 1] = (uint8_t)((3 * here + next + mix->right) >> mix->bits);
        out[2 * i + 2] = (uint8_t)((3 * next + here + mix->left) >> mix->bits);
    }
    out[2 * width - 1] = (uint8_t)((4 * mixed(mix, width - 1) + mix->right) >> mix->bits);
}

int jsimd_can_h2v1_fancy_upsample(void) { return 1; }

void jsimd_h2v1_fancy_upsample(j_decompress_ptr info, jpeg_component_info *component, JSAMPARRAY in, JSAMPARRAY *out) {
    for (int row = 0; row < info->max_v_samp_factor; row++) {
        const struct mix mix = {.near = in[row], .far = NULL, .left = 1, .right = 2, .bits = 2};
        widen(&mix, component->downsampled_width, (*out)[row]);
    }
}

int jsimd_can_h2v2_fancy_upsample(void) { return 1; }

/* Each row of samples makes two of pixels: the first leans on the row before, the second on the one behind. libjpeg sees to it
 * that both are there. */
void jsimd_h2v2_fancy_upsample(j_decompress_ptr info, jpeg_component_info *component, JSAMPARRAY in, JSAMPARRAY *out) {
    for (int row = 0; row < info->max_v_samp_factor; row++) {
        const JSAMPARRAY near = in + row / 2;
        const struct mix mix = {.near = near[0], .far = near[row % 2 == 0 ? -1 : 1], .left = 8, .right = 7, .bits = 4};
        widen(&mix, component->downsampled_width, (*out)[row]);
    }
}

/* ---- Colour ------------------------------------------------------------------------------------------- */

/* ITU-R BT.601 with full range, as JFIF 1.02 has it: R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr,
 * B = Y + 1.772 Cb, the factors in 16-bit fixed point; red and blue round alone, green both terms at once. */
#define COLOR_FIXED(value) ((int32_t)(65536 * (value) + 0.5))

/* Pixels that are converted together, so that compilers find vector code for the loop. */
enum { STRETCH = 64 };

struct stretch {
    uint8_t red[STRETCH], green[STRETCH], blue[STRETCH];
};

static inline uint8_t clamp(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static inline void convert(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint32_t count, struct stretch *to) {
    for (uint32_t i = 0; i < count; i++) {
        const int32_t blue = cb[i] - 128, red = cr[i] - 128;
        to->red[i] = clamp(y[i] + ((COLOR_FIXED(1.40200) * red + 32768) >> 16));
        to->green[i] = clamp(y[i] + ((32768 - COLOR_FIXED(0.34414) * blue - COLOR_FIXED(0.71414) * red) >> 16));
        to->blue[i] = clamp(y[i] + ((COLOR_FIXED(1.77200) * blue + 32768) >> 16));
    }
}

/* Three rows of one colour each to pixels. */
static void interleave(const struct stretch *from, uint32_t count, uint8_t *out) {
    uint32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bytes16 r, g, b, pixels[3];
        memcpy(&r, from->red + i, sizeof r);
        memcpy(&g, from->green + i, sizeof g);
        memcpy(&b, from->blue + i, sizeof b);
        bytes16 rg = __builtin_shufflevector(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
        pixels[0] = __builtin_shufflevector(rg, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
        rg = __builtin_shufflevector(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
        pixels[1] = __builtin_shufflevector(rg, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
        rg = __builtin_shufflevector(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
        pixels[2] = __builtin_shufflevector(rg, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
        memcpy(out + 3 * i, pixels, sizeof pixels);
    }
    for (; i < count; i++) {
        out[3 * i] = from->red[i];
        out[3 * i + 1] = from->green[i];
        out[3 * i + 2] = from->blue[i];
    }
}

int jsimd_can_ycc_rgb(void) { return 1; }

void jsimd_ycc_rgb_convert(j_decompress_ptr info, JSAMPIMAGE in, JDIMENSION in_row, JSAMPARRAY out, int rows) {
    struct stretch stretch;
    for (int row = 0; row < rows; row++, in_row++) {
        const uint8_t *y = in[0][in_row], *cb = in[1][in_row], *cr = in[2][in_row];
        for (uint32_t start = 0; start < info->output_width; start += STRETCH) {
            const uint32_t left = info->output_width - start, count = left < STRETCH ? left : STRETCH;
            convert(y + start, cb + start, cr + start, count, &stretch);
            interleave(&stretch, count, out[row] + 3 * (size_t)start);
        }
    }
}
