/* From the planes of a JPEG's samples to RGB. */
#ifndef PERCEPT_JPEG_PIXELS_H
#define PERCEPT_JPEG_PIXELS_H

#include "picture.h"
#include "stb.h"

/* What the components mean. CMYK and YCCK are taken as inverted (Adobe's habit), as Pillow does always. */
enum jpeg_color { JPEG_GREY, JPEG_RGB, JPEG_YCC, JPEG_CMYK, JPEG_YCCK };

/* Upsamples and converts the planes, as libjpeg-turbo and Pillow do, to new pixels. */
int32_t jpeg_to_rgb(const struct jpeg_planes *planes, enum jpeg_color color, struct pixels *pixels,
                    struct message *message);

#endif
