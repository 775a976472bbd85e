/* What this module takes from stb_image: PNG. Everything else that stb_image offers is left out, because it would not give
 * Pillow's pixels (see gif.c and bmp.c). */
#ifndef PERCEPT_STB_H
#define PERCEPT_STB_H

#include <stddef.h>
#include <stdint.h>

enum stb_result { STB_DECODED, STB_OUT_OF_MEMORY, STB_BROKEN };

/* Decodes a PNG to [height, width, channels] bytes, channels being 1, 3 or 4 (with alpha), in memory that the caller frees.
 * 16-bit samples keep their high byte. `inflated_bytes` are the rows' as the header has them: a file that
 * holds more than twice that is refused before it is inflated. */
enum stb_result stb_png_decode(const uint8_t *bytes, uint32_t size, size_t inflated_bytes, int channels,
                               uint32_t *width, uint32_t *height, uint8_t **pixels);

/* Whether deflated data with zlib's frame, as a PNG's IDAT chunks hold it one behind the other, ends as it should: with its check
 * sum, behind `inflated_bytes` bytes or a little more. */
enum stb_result stb_zlib_ends(const uint8_t *bytes, uint32_t size, size_t inflated_bytes);

#endif
