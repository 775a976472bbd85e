/* Part one of percept.h: pictures whose bytes, sizes and order of calls are the fuzzer's. */
#include "calls.h"

/* Pixels beyond which a decode or resize is only slow. */
enum { PIXELS_LIMIT = 1 << 16, RESIZED_LIMIT = 1 << 20, PICTURES = 2, CALLS = 48 };

static const uint8_t beginnings[][8] = {{0xFF, 0xD8, 0xFF, 0xE0},
                                        {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
                                        {'G', 'I', 'F', '8', '9', 'a', 2, 0},
                                        {'B', 'M'}};

static void give_file(picture *picture, struct stream *stream) {
    const uint32_t size = take_byte(stream) * 3;
    uint8_t *input = picture_input(picture, size);
    if (input == NULL) abort(); /* so little memory is always there */
    const uint8_t *beginning = beginnings[take_below(stream, 4)];
    for (uint32_t i = 0; i < size; i++) input[i] = i < 8 && beginning[i] ? beginning[i] : (uint8_t)take_byte(stream);
}

static void give_pixels(picture *picture, struct stream *stream) {
    const uint32_t width = (uint32_t)take_number(stream, 1, 40), height = (uint32_t)take_number(stream, 1, 40);
    uint8_t *pixels = picture_rgba_input(picture, width, height);
    if (pixels == NULL) {
        if (picture_message(picture)[0] == 0) abort();
        return;
    }
    if ((uint64_t)width * height <= PIXELS_LIMIT) memset(pixels, (int)take_byte(stream), (size_t)width * height * 4);
}

static int is_small(const picture *picture) {
    return (uint64_t)picture_width(picture) * picture_height(picture) <= PIXELS_LIMIT;
}

/* Whether a size that the limits allow would only be slow. */
static int is_slow(uint64_t width, uint64_t height) {
    return width <= 32768 && height <= 32768 && width * height > RESIZED_LIMIT;
}

static void resize(picture *picture, struct stream *stream) {
    const int32_t filter = take_number(stream, 0, 3);
    const uint32_t width = picture_width(picture), height = picture_height(picture);
    const uint32_t first = (uint32_t)take_number(stream, 1, 48), second = (uint32_t)take_number(stream, 1, 48);
    if (!is_small(picture)) return;
    const uint32_t way = take_below(stream, 4);
    if (way == 1) {
        const uint32_t shorter = width < height ? width : height, longer = width < height ? height : width;
        if (shorter > 0 && is_slow(first, (uint64_t)first * longer / shorter)) return;
        checked(picture_resize_shorter(picture, first, filter), picture_message(picture));
    } else if (way == 3) {
        if (!is_slow(first, first)) checked(picture_resize_longer(picture, first, filter), picture_message(picture));
    } else if (!is_slow(first, second)) {
        checked(picture_resize_exact(picture, first, second, filter), picture_message(picture));
    }
}

static void pad(picture *picture, struct stream *stream) {
    const uint32_t size = (uint32_t)take_number(stream, 1, 64), grey = (uint32_t)take_number(stream, 0, 255);
    if (!is_slow(size, size)) checked(picture_pad(picture, size, grey), picture_message(picture));
}

static void crop(picture *picture, struct stream *stream) {
    const uint32_t size = (uint32_t)take_number(stream, 1, 32), way = take_below(stream, 4);
    int32_t status;
    if (way % 2 == 1) {
        status = (way == 1 ? picture_crop_center : picture_crop_center_down)(picture, size);
    } else {
        const uint32_t rows = (uint32_t)take_number(stream, 1, 6), columns = (uint32_t)take_number(stream, 1, 6);
        status = (take_below(stream, 2) ? picture_crop_grid : picture_crop_grid_to_edges)(picture, rows, columns, size);
    }
    if (checked(status, picture_message(picture)) != PERCEPT_OK) return;
    const uint32_t count = picture_view_count(picture);
    if (count == 0) abort();
    read_all(picture_views(picture), (size_t)count * size * size * 3);
}

void call_picture_module(struct stream *stream) {
    picture *pictures[PICTURES] = {picture_new(), picture_new()};
    for (int call = 0; call < CALLS && stream->left > 0; call++) {
        stream->sensible = take_below(stream, 4) != 0;
        picture **chosen = &pictures[take_below(stream, PICTURES)];
        switch (take_below(stream, 11)) {
            case 0: give_file(*chosen, stream); break;
            case 1: checked(picture_decode(*chosen, take_number(stream, 0, 1)), picture_message(*chosen)); break;
            case 2: give_pixels(*chosen, stream); break;
            case 3: checked(picture_take_rgba(*chosen), picture_message(*chosen)); break;
            case 4:
            case 5: resize(*chosen, stream); break;
            case 6: crop(*chosen, stream); break;
            case 7:
                checked(picture_limit_pixels(*chosen, (uint32_t)take_number(stream, 1, 4096)),
                        picture_message(*chosen));
                break;
            case 8: pad(*chosen, stream); break;
            case 9: checked(picture_convert_after(*chosen, take_number(stream, 0, 1)), picture_message(*chosen)); break;
            default: picture_free(*chosen); *chosen = picture_new();
        }
    }
    for (int i = 0; i < PICTURES; i++) picture_free(pictures[i]);
    read_all(picture_info(), strlen(picture_info()));
}
