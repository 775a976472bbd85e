/* Between jpeg.c, which reads the markers, jpeg_transform.c, which makes samples of coefficients, and
 * jpeg_pixels.c, which makes RGB of the planes of samples. */
#ifndef PERCEPT_JPEG_H
#define PERCEPT_JPEG_H

#include "picture.h"
#include "stb.h"

/* What the components mean. CMYK and YCCK are taken as inverted (Adobe's habit), as Pillow does always. */
enum jpeg_color { JPEG_GREY, JPEG_RGB, JPEG_YCC, JPEG_CMYK, JPEG_YCCK };

/* For stb_jpeg_decode. */
jpeg_inverse_transform jpeg_islow;

/* Upsamples and converts the planes, as libjpeg-turbo and Pillow do, to new pixels. */
int32_t jpeg_to_rgb(const struct jpeg_planes *planes, enum jpeg_color color, struct pixels *pixels,
                    struct message *message);

static inline uint8_t jpeg_clamp(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

#endif
