/* The functions by which libjpeg-turbo asks a platform for vector code: those of them that there are here, and libjpeg's own
 * declarations of all. */
#ifndef PERCEPT_LIBJPEG_SIMD_H
#define PERCEPT_LIBJPEG_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JPEG_INTERNALS
#include <jinclude.h>
#include <jpeglib.h>

#include <jdct.h>
#include <jsimd.h>
#include <jsimddct.h>

#endif
