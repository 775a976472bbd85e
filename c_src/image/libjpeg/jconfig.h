/* What libjpeg-turbo's own build would find out: version 6b's interface, 8 bits, arithmetic coding, vector code (simd.c). */
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION 2.1.5
#define LIBJPEG_TURBO_VERSION_NUMBER 2001005
#define D_ARITH_CODING_SUPPORTED 1
#define WITH_SIMD 1
#define BITS_IN_JSAMPLE 8
