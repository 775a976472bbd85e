/* The handle of the picture module: what it holds, its buffers for JavaScript, its limits. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/info.h"

const char *picture_info(void) {
    static char bytes[1024];
    struct text info = {.bytes = bytes, .capacity = sizeof bytes - 1};
    text_add(&info, "{");
    info_add_head(&info);
    INFO_ADD_CONSTANTS(&info, "limits", PICTURE_LIMITS);
    INFO_ADD_CONSTANTS(&info, "filters", PICTURE_FILTERS);
    text_add(&info, "}");
    return bytes;
}

int32_t out_of_memory(struct message *message) {
    return message_fail(message, PERCEPT_OUT_OF_MEMORY,
                        "There is not enough memory for this picture. Use a smaller one.");
}

int32_t corrupt_file(struct message *message, const char *format, const char *what) {
    return message_fail(message, PERCEPT_CORRUPT_PICTURE,
                        "The %s file is damaged (%s). Save it anew or get another copy.", format, what);
}

int32_t short_file(struct message *message, const char *format, const char *missing) {
    return message_fail(message, PERCEPT_CORRUPT_PICTURE, "The %s file is cut short: %s. Get the whole file.", format,
                        missing);
}

void pixels_free(struct pixels *pixels) {
    free(pixels->rgb);
    *pixels = (struct pixels){0, 0, NULL};
}

int32_t pixels_allocate(struct pixels *pixels, uint32_t width, uint32_t height, struct message *message) {
    uint8_t *rgb = malloc((size_t)width * height * 3);
    if (!rgb) return out_of_memory(message);
    *pixels = (struct pixels){width, height, rgb};
    return PERCEPT_OK;
}

void pixels_drop_alpha(struct pixels *pixels) {
    const size_t count = (size_t)pixels->width * pixels->height;
    uint8_t *rgb = pixels->rgb;
    for (size_t i = 0; i < count; i++) { /* the destination never overtakes the source */
        rgb[3 * i] = rgb[4 * i];
        rgb[3 * i + 1] = rgb[4 * i + 1];
        rgb[3 * i + 2] = rgb[4 * i + 2];
    }
    uint8_t *shrunk = realloc(rgb, count * 3);
    if (shrunk) pixels->rgb = shrunk;
}

int32_t pixels_split(const uint8_t *samples, uint32_t width, uint32_t height, struct decoding *decoding) {
    int32_t status = pixels_allocate(&decoding->pixels, width, height, decoding->message);
    if (status == PERCEPT_OK) status = pixels_allocate(&decoding->extra, width, height, decoding->message);
    if (status != PERCEPT_OK) {
        pixels_free(&decoding->pixels);
        return status;
    }
    const size_t count = (size_t)width * height;
    for (size_t i = 0; i < count; i++) {
        memcpy(decoding->pixels.rgb + 3 * i, samples + 4 * i, 3);
        memset(decoding->extra.rgb + 3 * i, samples[4 * i + 3], 3);
    }
    return PERCEPT_OK;
}

int32_t limits_check(uint32_t width, uint32_t height, uint32_t most_pixels, struct message *message) {
    if (width == 0 || height == 0) {
        return message_fail(message, PERCEPT_CORRUPT_PICTURE,
                            "The picture's header says that it has no pixels. Save it anew.");
    }
    if (width > PICTURE_LIMIT_SIDE || height > PICTURE_LIMIT_SIDE || (uint64_t)width * height > most_pixels) {
        return message_fail(message, PERCEPT_PICTURE_TOO_LARGE,
                            "The picture is %u x %u pixels; at most %u pixels, and %u on a side, are read. "
                            "Make it smaller first.",
                            (unsigned int)width, (unsigned int)height, (unsigned int)most_pixels,
                            (unsigned int)PICTURE_LIMIT_SIDE);
    }
    return PERCEPT_OK;
}

picture *picture_new(void) {
    picture *picture = calloc(1, sizeof *picture);
    if (picture) picture->most_pixels = PICTURE_LIMIT_PIXELS;
    return picture;
}

int32_t picture_limit_pixels(picture *picture, uint32_t pixels) {
    if (pixels == 0 || pixels > PICTURE_LIMIT_PIXELS) {
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT, "The limit of pixels must be 1 to %u.",
                            (unsigned int)PICTURE_LIMIT_PIXELS);
    }
    picture->most_pixels = pixels;
    return message_clear(&picture->message);
}

int32_t picture_convert_after(picture *picture, int32_t after) {
    if (after != 0 && after != 1)
        return message_fail(&picture->message, PERCEPT_BAD_ARGUMENT, "Pictures become RGB before (0) or after (1).");
    picture->convert_after = after;
    return message_clear(&picture->message);
}

void views_release(picture *picture) {
    free(picture->views);
    picture->views = NULL;
    picture->view_count = 0;
}

void resized_release(picture *picture) {
    views_release(picture);
    pixels_free(&picture->resized);
}

static void inputs_release(picture *picture) {
    free(picture->input);
    free(picture->rgba);
    picture->input = NULL;
    picture->rgba = NULL;
}

void picture_free(picture *picture) {
    if (!picture) return;
    inputs_release(picture);
    resized_release(picture);
    pixels_free(&picture->decoded);
    pixels_free(&picture->extra);
    free(picture);
}

const char *picture_message(const picture *picture) { return picture->message.text; }

uint8_t *picture_input(picture *picture, uint32_t bytes) {
    inputs_release(picture);
    message_clear(&picture->message);
    /* NULL always means that memory is lacking; stb_image counts bytes in an int */
    picture->input = bytes <= INT32_MAX ? malloc((size_t)bytes + PICTURE_INPUT_SLACK) : NULL;
    picture->input_bytes = bytes;
    if (!picture->input) out_of_memory(&picture->message);
    return picture->input;
}

uint8_t *picture_rgba_input(picture *picture, uint32_t width, uint32_t height) {
    inputs_release(picture);
    if (limits_check(width, height, picture->most_pixels, &picture->message) != PERCEPT_OK) return NULL;
    message_clear(&picture->message);
    picture->rgba = malloc((size_t)width * height * 4);
    picture->rgba_width = width;
    picture->rgba_height = height;
    if (!picture->rgba) out_of_memory(&picture->message);
    return picture->rgba;
}

int32_t picture_take_rgba(picture *picture) {
    if (!picture->rgba) {
        return message_fail(&picture->message, PERCEPT_WRONG_STATE,
                            "There are no pixels to take. Call picture_rgba_input first.");
    }
    resized_release(picture);
    pixels_free(&picture->decoded);
    pixels_free(&picture->extra);
    picture->mode = MODE_PLAIN;
    picture->decoded = (struct pixels){picture->rgba_width, picture->rgba_height, picture->rgba};
    pixels_drop_alpha(&picture->decoded);
    picture->rgba = NULL;
    picture->damaged = 0;
    return message_clear(&picture->message);
}

uint32_t picture_width(const picture *picture) { return picture->decoded.width; }

uint32_t picture_height(const picture *picture) { return picture->decoded.height; }

int32_t picture_damaged(const picture *picture) { return picture->damaged; }

const uint8_t *picture_views(const picture *picture) { return picture->views; }

uint32_t picture_view_count(const picture *picture) { return picture->view_count; }
