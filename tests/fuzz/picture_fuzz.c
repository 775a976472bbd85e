/* Feeds arbitrary bytes to the picture module, all the way to the views. Built and run by `make fuzz`; seeds are the
 * golden pictures and those of seeds.mjs. */
#include "../c/picture_files.h"

/* Pixels up to which a picture is resized as well: more are only slow under the sanitizers. */
enum { RESIZE_LIMIT = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void resize_and_crop(picture *handle, int32_t filter) {
    if (picture_resize_exact(handle, 9, 14, filter) != PERCEPT_OK || picture_crop_grid(handle, 2, 2, 8) != PERCEPT_OK)
        abort(); /* these sizes always work */
    if (picture_resize_shorter(handle, 3, filter) == PERCEPT_OK && picture_crop_center(handle, 3) != PERCEPT_OK)
        abort();
    if (picture_resize_longer(handle, 5, filter) != PERCEPT_OK)
        return; /* the shorter side would be less than a pixel */
    if (picture_pad(handle, 7, 1) != PERCEPT_OK || picture_crop_center_down(handle, 7) != PERCEPT_OK) abort();
    if (picture_crop_grid_to_edges(handle, 1, 2, 6) != PERCEPT_OK) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    picture *handle = picture_new();
    picture_convert_after(handle, (int32_t)(size & 1));
    uint8_t *input = picture_input(handle, (uint32_t)size);
    if (size > 0) memcpy(input, bytes, size);
    repair_png_sums(input, size);
    if (picture_decode(handle, 1) == PERCEPT_OK) {
        if (picture_width(handle) * picture_height(handle) <= RESIZE_LIMIT) {
            resize_and_crop(handle, PICTURE_BILINEAR);
            resize_and_crop(handle, PICTURE_BICUBIC);
        }
    } else if (picture_message(handle)[0] == 0) {
        abort(); /* a failure always says why */
    }
    picture_free(handle);
    return 0;
}
