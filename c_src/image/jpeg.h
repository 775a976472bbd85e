/* Between jpeg.c, which reads the markers, and jpeg_pixels.c, which makes RGB of decoded planes. */
#ifndef PERCEPT_JPEG_H
#define PERCEPT_JPEG_H

#include "picture.h"
#include "stb.h"

/* What the components mean. CMYK and YCCK are taken as inverted (Adobe's habit), as Pillow does always. */
enum jpeg_color { JPEG_GREY, JPEG_RGB, JPEG_YCC, JPEG_CMYK, JPEG_YCCK };

/* The inverse transform of libjpeg's "islow" method, for stb_jpeg_decode. */
jpeg_inverse_transform jpeg_islow;

/* Upsamples and converts the planes, as libjpeg-turbo and Pillow do, to new pixels. */
int32_t jpeg_to_rgb(const struct jpeg_planes *planes, enum jpeg_color color, struct pixels *pixels,
                    struct message *message);

#endif
