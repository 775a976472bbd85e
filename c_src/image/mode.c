/* Resizing a picture that is not RGB yet, as Pillow's Image.resize does in the picture's own mode, and making it RGB. Where pictures
 * become RGB before they are resized, decoders have done that already, and every mode is MODE_PLAIN. */
#include "picture.h"

#include <string.h>

/* Pillow's MULDIV255: a * b / 255, rounded. */
static uint8_t share_of(uint32_t a, uint32_t b) {
    const uint32_t product = a * b + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

/* A share of a colour becomes the colour: divided by alpha, rounded down. Where nothing is seen, what is left of it stays. */
static uint8_t divided(uint32_t color, uint32_t alpha) {
    if (alpha == 0 || alpha == 255) return (uint8_t)color;
    const uint32_t whole = 255 * color / alpha;
    return (uint8_t)(whole > 255 ? 255 : whole);
}

static int32_t multiplied(const struct picture *picture, struct pixels *product, struct message *message) {
    const struct pixels *decoded = &picture->decoded;
    int32_t status = pixels_allocate(product, decoded->width, decoded->height, message);
    const size_t count = (size_t)decoded->width * decoded->height * 3;
    for (size_t i = 0; status == PERCEPT_OK && i < count; i++)
        product->rgb[i] = share_of(decoded->rgb[i], picture->extra.rgb[i]);
    return status;
}

static int32_t resize_with_alpha(struct picture *picture, int32_t filter, struct pixels *resized) {
    struct pixels product = {0}, alpha = {resized->width, resized->height, NULL};
    int32_t status = multiplied(picture, &product, &picture->message);
    if (status == PERCEPT_OK) status = pixels_resample(&product, filter, resized, &picture->message);
    pixels_free(&product);
    if (status == PERCEPT_OK) status = pixels_resample(&picture->extra, filter, &alpha, &picture->message);
    const size_t count = (size_t)resized->width * resized->height * 3;
    for (size_t i = 0; status == PERCEPT_OK && i < count; i++) resized->rgb[i] = divided(resized->rgb[i], alpha.rgb[i]);
    pixels_free(&alpha);
    return status;
}

static int32_t resize_inks(struct picture *picture, int32_t filter, struct pixels *resized) {
    struct pixels black = {resized->width, resized->height, NULL};
    int32_t status = pixels_resample(&picture->decoded, filter, resized, &picture->message);
    if (status == PERCEPT_OK) status = pixels_resample(&picture->extra, filter, &black, &picture->message);
    const size_t count = (size_t)resized->width * resized->height * 3;
    for (size_t i = 0; status == PERCEPT_OK && i < count; i++) {
        const uint32_t light = 255u - black.rgb[i];
        resized->rgb[i] = (uint8_t)(light - share_of(resized->rgb[i], light));
    }
    pixels_free(&black);
    return status;
}

void palette_of_one_bit(uint8_t palette[256][3]) {
    memset(palette, 255, sizeof(uint8_t[256][3]));
    memset(palette[0], 0, 3);
}

/* A palette's colour of that number, or so much of each ink; all else has the same number in each colour. */
void mode_border(const struct picture *picture, uint8_t fill, uint8_t *color) {
    memset(color, fill, 3);
    if (picture->mode == MODE_PICKED) memcpy(color, picture->palette[fill], 3);
    if (picture->mode == MODE_INKS) memset(color, 255 - fill - share_of(fill, 255u - fill), 3);
}

int32_t mode_resize(struct picture *picture, int32_t filter, struct pixels *resized) {
    const struct pixels *decoded = &picture->decoded;
    const int same_size = decoded->width == resized->width && decoded->height == resized->height;
    switch (picture->mode) {
        case MODE_INKS: return resize_inks(picture, filter, resized);
        case MODE_ALPHA:
            if (same_size || filter == PICTURE_NEAREST) break;
            return resize_with_alpha(picture, filter, resized);
        case MODE_PICKED: filter = PICTURE_NEAREST; break;
        case MODE_PLAIN: break;
    }
    return pixels_resample(decoded, filter, resized, &picture->message);
}
