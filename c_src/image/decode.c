/* The first two stops of a picture's way: encoded bytes -> pixels -> upright pixels.
 *
 * Pixels equal those of Pillow's convert("RGB") (9.4 with libjpeg-turbo 2.1, as tests/golden/pillow.py found
 * them), JPEG included, and orientation equals ImageOps.exif_transpose, but for these differences:
 *   - 16-bit grey PNG keeps its high byte, where Pillow clips at 255 and leaves a white picture;
 *   - run-length coded BMP is read as Microsoft describes it where Pillow misreads it (bmp.c);
 *   - damaged files of other kinds than JPEG are refused, where Pillow now and then makes something of them;
 *   - WebP whose alpha alone is broken keeps its colours and is called damaged, where Pillow refuses it;
 *   - orientation is read from EXIF, not from XMP or from text in a PNG.
 * Neither applies colour profiles. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* The module picture.wasm is built without WebP, picture-webp.wasm with it alone. */
static int32_t decode_by_format(struct decoding *decoding) {
    struct span file = {decoding->bytes, decoding->size};
    switch (format_recognise(file)) {
#ifndef PICTURE_WEBP_ALONE
        case FORMAT_JPEG: return jpeg_decode(decoding);
        case FORMAT_PNG: return png_decode(decoding);
        case FORMAT_GIF: return gif_decode(decoding);
        case FORMAT_BMP: return bmp_decode(decoding);
#endif
#ifndef PICTURE_WITHOUT_WEBP
        case FORMAT_WEBP: return webp_decode(decoding);
#endif
        default: break;
    }
    return format_refuse(file, decoding->message);
}

int32_t picture_decode(picture *picture, int32_t apply_orientation) {
    if (!picture->input) {
        return message_fail(&picture->message, PERCEPT_WRONG_STATE,
                            "There is no file to decode. Call picture_input first.");
    }
    resized_release(picture);
    pixels_free(&picture->decoded);
    pixels_free(&picture->extra);
    picture->damaged = 0;

    struct decoding decoding = {.bytes = picture->input,
                                .size = picture->input_bytes,
                                .most_pixels = picture->most_pixels,
                                .keep_mode = picture->convert_after,
                                .message = &picture->message};
    int32_t status = decode_by_format(&decoding);
    uint32_t orientation = apply_orientation ? orientation_of(decoding.exif) : 1;
    free(picture->input); /* before the turned copy is made: both need not exist at once */
    picture->input = NULL;
    if (status == PERCEPT_OK && orientation != 1)
        status = orientation_undo(&decoding.pixels, orientation, &picture->message);
    if (status == PERCEPT_OK && orientation != 1 && decoding.extra.rgb)
        status = orientation_undo(&decoding.extra, orientation, &picture->message);
    if (status != PERCEPT_OK) {
        pixels_free(&decoding.pixels);
        pixels_free(&decoding.extra);
        return status;
    }
    picture->decoded = decoding.pixels;
    picture->damaged = decoding.damaged;
    picture->mode = picture->convert_after ? decoding.mode : MODE_PLAIN;
    picture->extra = decoding.extra;
    memcpy(picture->palette, decoding.palette, sizeof picture->palette);
    return message_clear(&picture->message);
}
