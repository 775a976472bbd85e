/* The sizes that a picture is resized to: as torchvision, open_clip or the caller has them. */
#include "filter.h"
#include "picture.h"

static int32_t resize(picture *picture, uint64_t height, uint64_t width, int32_t filter) {
    const struct pixels *decoded = &picture->decoded;
    if (width > PICTURE_LIMIT_PIXELS || height > PICTURE_LIMIT_PIXELS || width * height > PICTURE_LIMIT_PIXELS) {
        return message_fail(&picture->message, PERCEPT_PICTURE_TOO_LARGE,
                            "Resized as asked for, the picture of %u x %u pixels would pass %u pixels. "
                            "Cut it so that its sides differ less.",
                            (unsigned int)decoded->width, (unsigned int)decoded->height,
                            (unsigned int)PICTURE_LIMIT_PIXELS);
    }
    struct pixels resized = {(uint32_t)width, (uint32_t)height, NULL};
    int32_t status = mode_resize(picture, filter, &resized);
    if (status != PERCEPT_OK) {
        pixels_free(&resized);
        return status;
    }
    picture->resized = resized;
    return message_clear(&picture->message);
}

/* What all ways of resizing need: a decoded picture, sizes that are not 0, a filter that exists. What was
 * resized before is given back. */
static int32_t prepare(picture *picture, uint32_t side, uint32_t other_side, int32_t filter) {
    resized_release(picture);
    if (!picture->decoded.rgb)
        return message_fail(&picture->message, PERCEPT_WRONG_STATE, "There is no picture to resize. Decode one first.");
    if (side == 0 || other_side == 0) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "A picture cannot be resized to 0 pixels. Give a size of at least 1.");
    }
    if (filter < 0 || filter >= FILTER_COUNT) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "There is no filter %d. Use 0 (bilinear), 1 (bicubic), 2 (nearest) or 3 (lanczos).",
                            (int)filter);
    }
    return PERCEPT_OK;
}

int32_t picture_resize_exact(picture *picture, uint32_t height, uint32_t width, int32_t filter) {
    int32_t status = prepare(picture, height, width, filter);
    return status == PERCEPT_OK ? resize(picture, height, width, filter) : status;
}

int32_t picture_resize_shorter(picture *picture, uint32_t shorter, int32_t filter) {
    int32_t status = prepare(picture, shorter, shorter, filter);
    if (status != PERCEPT_OK) return status;
    const uint64_t width = picture->decoded.width, height = picture->decoded.height;
    if (width <= height) return resize(picture, shorter * height / width, shorter, filter);
    return resize(picture, shorter, shorter * width / height, filter);
}

/* round(side / (longer side / longer)), halves to even, in double precision as open_clip's ResizeKeepRatio. */
static uint64_t scaled_side(uint32_t side, uint32_t longest, uint32_t longer) {
    return (uint64_t)__builtin_rint(side / ((double)longest / longer));
}

int32_t picture_resize_longer(picture *picture, uint32_t longer, int32_t filter) {
    int32_t status = prepare(picture, longer, longer, filter);
    if (status != PERCEPT_OK) return status;
    const uint32_t width = picture->decoded.width, height = picture->decoded.height;
    const uint32_t longest = width > height ? width : height;
    const uint64_t new_width = scaled_side(width, longest, longer), new_height = scaled_side(height, longest, longer);
    if (new_width == 0 || new_height == 0) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "The picture of %u x %u pixels would have no pixel left on its shorter side. "
                            "Cut it so that its sides differ less.",
                            (unsigned int)width, (unsigned int)height);
    }
    return resize(picture, new_height, new_width, filter);
}
