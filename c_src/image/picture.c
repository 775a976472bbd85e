/* The handle of the picture module: what it holds, its buffers for JavaScript, its limits. */
#include "picture.h"

#include <stdlib.h>

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

void pixels_free(struct pixels *pixels) {
    free(pixels->rgb);
    *pixels = (struct pixels){0, 0, NULL};
}

int32_t pixels_allocate(struct pixels *pixels, uint32_t width, uint32_t height, struct message *message) {
    uint8_t *rgb = malloc((size_t)width * height * 3);
    if (rgb == NULL) return out_of_memory(message);
    *pixels = (struct pixels){width, height, rgb};
    return PERCEPT_OK;
}

int32_t limits_check(uint32_t width, uint32_t height, uint32_t most_pixels, struct message *message) {
    if (width == 0 || height == 0)
        return message_fail(message, PERCEPT_CORRUPT_PICTURE,
                            "The picture's header says that it has no pixels. Save it anew.");
    if (width > PICTURE_LIMIT_SIDE || height > PICTURE_LIMIT_SIDE || (uint64_t)width * height > most_pixels)
        return message_fail(message, PERCEPT_PICTURE_TOO_LARGE,
                            "The picture is %u x %u pixels; at most %u pixels, and %u on a side, are read. "
                            "Make it smaller first.",
                            (unsigned int)width, (unsigned int)height, (unsigned int)most_pixels,
                            (unsigned int)PICTURE_LIMIT_SIDE);
    return PERCEPT_OK;
}

picture *picture_new(void) {
    picture *handle = calloc(1, sizeof *handle);
    if (handle != NULL) handle->most_pixels = PICTURE_LIMIT_PIXELS;
    return handle;
}

int32_t picture_limit_pixels(picture *handle, uint32_t pixels) {
    if (pixels == 0 || pixels > PICTURE_LIMIT_PIXELS)
        return message_fail(&handle->message, PERCEPT_BAD_ARGUMENT, "The limit of pixels must be 1 to %u.",
                            (unsigned int)PICTURE_LIMIT_PIXELS);
    handle->most_pixels = pixels;
    return message_clear(&handle->message);
}

void views_release(picture *handle) {
    free(handle->views);
    handle->views = NULL;
    handle->view_count = 0;
}

void resized_release(picture *handle) {
    views_release(handle);
    pixels_free(&handle->resized);
}

static void inputs_release(picture *handle) {
    free(handle->input);
    free(handle->rgba);
    handle->input = NULL;
    handle->rgba = NULL;
}

void picture_free(picture *handle) {
    if (handle == NULL) return;
    inputs_release(handle);
    resized_release(handle);
    pixels_free(&handle->decoded);
    free(handle);
}

const char *picture_message(const picture *handle) { return handle->message.text; }

uint8_t *picture_input(picture *handle, uint32_t bytes) {
    inputs_release(handle);
    message_clear(&handle->message);
    /* NULL always means that memory is lacking; stb_image counts bytes in an int */
    handle->input = bytes <= INT32_MAX ? malloc(bytes > 0 ? bytes : 1) : NULL;
    handle->input_bytes = bytes;
    if (handle->input == NULL) out_of_memory(&handle->message);
    return handle->input;
}

uint8_t *picture_rgba_input(picture *handle, uint32_t width, uint32_t height) {
    inputs_release(handle);
    if (limits_check(width, height, handle->most_pixels, &handle->message) != PERCEPT_OK) return NULL;
    message_clear(&handle->message);
    handle->rgba = malloc((size_t)width * height * 4);
    handle->rgba_width = width;
    handle->rgba_height = height;
    if (handle->rgba == NULL) out_of_memory(&handle->message);
    return handle->rgba;
}

/* Drops the alpha bytes in place: the destination never overtakes the source. */
static void drop_alpha(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pixels[3 * i] = pixels[4 * i];
        pixels[3 * i + 1] = pixels[4 * i + 1];
        pixels[3 * i + 2] = pixels[4 * i + 2];
    }
}

int32_t picture_take_rgba(picture *handle) {
    if (handle->rgba == NULL)
        return message_fail(&handle->message, PERCEPT_WRONG_STATE,
                            "There are no pixels to take. Call picture_rgba_input first.");
    resized_release(handle);
    pixels_free(&handle->decoded);
    size_t count = (size_t)handle->rgba_width * handle->rgba_height;
    drop_alpha(handle->rgba, count);
    uint8_t *shrunk = realloc(handle->rgba, count * 3);
    handle->decoded = (struct pixels){handle->rgba_width, handle->rgba_height, shrunk != NULL ? shrunk : handle->rgba};
    handle->rgba = NULL;
    return message_clear(&handle->message);
}

uint32_t picture_width(const picture *handle) { return handle->decoded.width; }

uint32_t picture_height(const picture *handle) { return handle->decoded.height; }

const uint8_t *picture_views(const picture *handle) { return handle->views; }

uint32_t picture_view_count(const picture *handle) { return handle->view_count; }
