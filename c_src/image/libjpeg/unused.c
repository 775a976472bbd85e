/* Functions that libjpeg-turbo names and never calls here: other transforms, reduced sizes, few colours, and the vector code that
 * pixels.c and transform.c do without. What is not compiled cannot be broken. Where a platform's name is asked, libjpeg-turbo
 * names the function for that platform alone. */
#include "simd.h"

#define NO_TRANSFORM(name)                                                                                  \
    void name(j_decompress_ptr info, jpeg_component_info *component, JCOEFPTR coefficients, JSAMPARRAY out, \
              JDIMENSION column) {                                                                          \
        (void)info, (void)component, (void)coefficients, (void)out, (void)column;                           \
        __builtin_trap();                                                                                   \
    }
NO_TRANSFORM(jpeg_idct_islow)
NO_TRANSFORM(jpeg_idct_ifast)
NO_TRANSFORM(jpeg_idct_float)
NO_TRANSFORM(jpeg_idct_1x1)
NO_TRANSFORM(jpeg_idct_2x2)
NO_TRANSFORM(jpeg_idct_3x3)
NO_TRANSFORM(jpeg_idct_4x4)
NO_TRANSFORM(jpeg_idct_5x5)
NO_TRANSFORM(jpeg_idct_6x6)
NO_TRANSFORM(jpeg_idct_7x7)
NO_TRANSFORM(jpeg_idct_9x9)
NO_TRANSFORM(jpeg_idct_10x10)
NO_TRANSFORM(jpeg_idct_11x11)
NO_TRANSFORM(jpeg_idct_12x12)
NO_TRANSFORM(jpeg_idct_13x13)
NO_TRANSFORM(jpeg_idct_14x14)
NO_TRANSFORM(jpeg_idct_15x15)
NO_TRANSFORM(jpeg_idct_16x16)
NO_TRANSFORM(jsimd_idct_2x2)
NO_TRANSFORM(jsimd_idct_4x4)
NO_TRANSFORM(jsimd_idct_ifast)
NO_TRANSFORM(jsimd_idct_float)

#define NO_STAGE(name)                 \
    void name(j_decompress_ptr info) { \
        (void)info;                    \
        __builtin_trap();              \
    }
NO_STAGE(jinit_merged_upsampler)
NO_STAGE(jinit_1pass_quantizer)
NO_STAGE(jinit_2pass_quantizer)

#define CANNOT(name) \
    int name(void) { return 0; }
CANNOT(jsimd_can_idct_2x2)
CANNOT(jsimd_can_idct_4x4)
CANNOT(jsimd_can_idct_ifast)
CANNOT(jsimd_can_idct_float)
CANNOT(jsimd_can_h2v1_upsample)
CANNOT(jsimd_can_h2v2_upsample)
CANNOT(jsimd_can_ycc_rgb565)

#define NO_UPSAMPLING(name)                                                                            \
    void name(j_decompress_ptr info, jpeg_component_info *component, JSAMPARRAY in, JSAMPARRAY *out) { \
        (void)info, (void)component, (void)in, (void)out;                                              \
        __builtin_trap();                                                                              \
    }
NO_UPSAMPLING(jsimd_h2v1_upsample)
NO_UPSAMPLING(jsimd_h2v2_upsample)

#if defined(__arm__) || defined(__aarch64__)
CANNOT(jsimd_can_h1v2_fancy_upsample)
NO_UPSAMPLING(jsimd_h1v2_fancy_upsample)
#endif

#if defined(__mips__)
CANNOT(jsimd_can_idct_6x6)
CANNOT(jsimd_can_idct_12x12)
CANNOT(jsimd_can_int_upsample)
NO_TRANSFORM(jsimd_idct_6x6)
NO_TRANSFORM(jsimd_idct_12x12)
NO_UPSAMPLING(jsimd_int_upsample)
#endif

void jsimd_ycc_rgb565_convert(j_decompress_ptr info, JSAMPIMAGE in, JDIMENSION in_row, JSAMPARRAY out, int rows) {
    (void)info, (void)in, (void)in_row, (void)out, (void)rows;
    __builtin_trap();
}
