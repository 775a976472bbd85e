/* Views: square pieces of the resized picture, all of one size, one after the other in memory. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* Starts `count` views of size x size pixels; gives back those of before. */
static int32_t views_begin(picture *picture, uint64_t count, uint32_t size) {
    views_release(picture);
    const struct pixels *resized = &picture->resized;
    if (!resized->rgb) {
        return message_fail(&picture->message, PERCEPT_WRONG_STATE,
                            "There is no resized picture to cut views from. Resize one first.");
    }
    if (count == 0 || count > PICTURE_LIMIT_VIEWS) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "A picture gives 1 to %u views. Ask for fewer rows or columns.",
                            (unsigned int)PICTURE_LIMIT_VIEWS);
    }
    if (size == 0 || size > resized->width || size > resized->height) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "Views of %u x %u pixels cannot be cut from %u x %u pixels. Resize to at least that.",
                            (unsigned int)size, (unsigned int)size, (unsigned int)resized->width,
                            (unsigned int)resized->height);
    }
    /* size * size is at most PICTURE_LIMIT_PIXELS, for the view lies in the resized picture */
    const uint64_t bytes = count * size * size * 3;
    picture->views = bytes <= INT32_MAX ? malloc((size_t)bytes) : NULL;
    return picture->views ? PERCEPT_OK : out_of_memory(&picture->message);
}

static void views_add(picture *picture, uint32_t top, uint32_t left, uint32_t size) {
    const struct pixels *resized = &picture->resized;
    const size_t bytes = (size_t)size * 3;
    uint8_t *view = picture->views + picture->view_count * bytes * size;
    for (uint32_t y = 0; y < size; y++)
        memcpy(view + y * bytes, resized->rgb + ((size_t)(top + y) * resized->width + left) * 3, bytes);
    picture->view_count++;
}

/* Half of an even number, or the even one of the two numbers around half of an odd one: Python's
 * round(number / 2). */
static uint32_t half_to_even(uint32_t number) {
    uint32_t half = number / 2;
    return number % 2 == 0 ? half : half + half % 2;
}

int32_t picture_crop_center(picture *picture, uint32_t size) {
    int32_t status = views_begin(picture, 1, size);
    if (status != PERCEPT_OK) return status;
    views_add(picture, half_to_even(picture->resized.height - size), half_to_even(picture->resized.width - size), size);
    return message_clear(&picture->message);
}

int32_t picture_crop_center_down(picture *picture, uint32_t size) {
    int32_t status = views_begin(picture, 1, size);
    if (status != PERCEPT_OK) return status;
    views_add(picture, (picture->resized.height - size) / 2, (picture->resized.width - size) / 2, size);
    return message_clear(&picture->message);
}

/* The resized picture becomes `padded`, which is at least as large: the picture in its middle, a border around it. */
static void pad_into(picture *picture, struct pixels padded, uint8_t fill) {
    const struct pixels from = picture->resized;
    uint8_t color[3];
    mode_border(picture, fill, color);
    const uint32_t top = (padded.height - from.height) / 2, left = (padded.width - from.width) / 2;
    const size_t count = (size_t)padded.width * padded.height;
    for (size_t i = 0; i < count; i++) memcpy(padded.rgb + 3 * i, color, 3);
    for (uint32_t y = 0; y < from.height; y++) {
        memcpy(padded.rgb + ((size_t)(top + y) * padded.width + left) * 3, from.rgb + (size_t)y * from.width * 3,
               (size_t)from.width * 3);
    }
    pixels_free(&picture->resized);
    picture->resized = padded;
}

int32_t picture_pad(picture *picture, uint32_t size, uint32_t grey) {
    views_release(picture);
    const struct pixels *resized = &picture->resized;
    if (!resized->rgb) {
        return message_fail(&picture->message, PERCEPT_WRONG_STATE,
                            "There is no resized picture to pad. Resize one first.");
    }
    if (grey > 255) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT,
                            "There is no grey %u. Use 0 (black) to 255 (white).", (unsigned int)grey);
    }
    const uint64_t width = size > resized->width ? size : resized->width;
    const uint64_t height = size > resized->height ? size : resized->height;
    if (width * height > PICTURE_LIMIT_PIXELS) {
        return message_fail(&picture->message, PERCEPT_PICTURE_TOO_LARGE,
                            "Padded to %u pixels a side, the picture would pass %u pixels. Ask for less.",
                            (unsigned int)size, (unsigned int)PICTURE_LIMIT_PIXELS);
    }
    if (width == resized->width && height == resized->height) return message_clear(&picture->message);
    struct pixels padded = {(uint32_t)width, (uint32_t)height, NULL};
    int32_t status = pixels_allocate(&padded, padded.width, padded.height, &picture->message);
    if (status != PERCEPT_OK) return status;
    pad_into(picture, padded, (uint8_t)grey);
    return message_clear(&picture->message);
}

/* floor((i + 0.5) * (side - size + 1) / parts) */
static uint32_t grid_position(uint32_t i, uint32_t parts, uint32_t side, uint32_t size) {
    return (uint32_t)((2ull * i + 1) * (side - size + 1) / (2ull * parts));
}

/* i * (side - size) / (parts - 1), half a pixel up: the first part begins at 0, the last one ends at the side. One part alone
 * stands as in any grid. */
static uint32_t edge_position(uint32_t i, uint32_t parts, uint32_t side, uint32_t size) {
    if (parts == 1) return grid_position(i, parts, side, size);
    return (uint32_t)((2ull * i * (side - size) + (parts - 1)) / (2ull * (parts - 1)));
}

/* Where part i of `parts` begins along a side. */
typedef uint32_t position_of(uint32_t i, uint32_t parts, uint32_t side, uint32_t size);

static int32_t crop_grid(picture *picture, uint32_t rows, uint32_t columns, uint32_t size, position_of *place) {
    int32_t status = views_begin(picture, (uint64_t)rows * columns, size);
    for (uint32_t row = 0; status == PERCEPT_OK && row < rows; row++) {
        for (uint32_t column = 0; column < columns; column++) {
            views_add(picture, place(row, rows, picture->resized.height, size),
                      place(column, columns, picture->resized.width, size), size);
        }
    }
    return status == PERCEPT_OK ? message_clear(&picture->message) : status;
}

int32_t picture_crop_grid(picture *picture, uint32_t rows, uint32_t columns, uint32_t size) {
    return crop_grid(picture, rows, columns, size, grid_position);
}

int32_t picture_crop_grid_to_edges(picture *picture, uint32_t rows, uint32_t columns, uint32_t size) {
    return crop_grid(picture, rows, columns, size, edge_position);
}
