/* What libjpeg-turbo's own build would write: version 6b's interface, 8 bits a sample, arithmetic coding, vector code (pixels.c and
 * transform.c). */
#define JPEG_LIB_VERSION 62
#define D_ARITH_CODING_SUPPORTED 1
#define WITH_SIMD 1
#define BITS_IN_JSAMPLE 8
