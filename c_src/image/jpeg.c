/* JPEG, by libjpeg-turbo: the entropy coding, the rules for damaged files and the colours are the library's, so that a picture has
 * the pixels that Pillow and browsers show, whole or damaged. Here are the memory that it reads, its errors, and the verdict on
 * what it read:
 *   - a file that ends before its pixels do is refused, as Pillow does; an end marker that is missing alone is not;
 *   - a file whose pixels are all there in the library's eyes, but with complaints, is decoded and called damaged;
 *   - a header that claims far more pixels than its file can hold is refused before anything is decoded. */
#include "picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* More scans than any encoder writes: each one may cost as much time as a whole picture. */
enum { SCAN_LIMIT = 256 };

struct reader {
    struct jpeg_decompress_struct info; /* the first member: libjpeg hands out pointers to it */
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf refused; /* where libjpeg's errors lead */
    struct decoding *decoding;
    uint8_t *inks; /* [width, 4], a row of a picture in CMYK; owned */
    int ended;     /* libjpeg asked for bytes behind the last one */
    int cut;       /* and pixels were to come from them */
    int damaged;
    int too_many_scans;
};

static struct reader *reader_of(j_common_ptr info) { return (struct reader *)info; }

/* ---- What libjpeg calls ------------------------------------------------------------------------------ */

static void on_error(j_common_ptr info) { longjmp(reader_of(info)->refused, 1); }

/* Whether the bytes that libjpeg has just passed over are zeros, as some writers fill up with: no part of the picture. */
static int passed_over_zeros(const struct reader *reader) {
    const struct decoding *decoding = reader->decoding;
    const size_t count = (size_t)reader->errors.msg_parm.i[0];
    const uint8_t *end = reader->ended ? decoding->bytes + decoding->size : reader->source.next_input_byte;
    if (count > (size_t)(end - decoding->bytes)) return 0;
    for (const uint8_t *at = end - count; at < end; at++)
        if (*at != 0) return 0;
    return 1;
}

/* Complaints come with level -1, traces with others. */
static void on_message(j_common_ptr info, int level) {
    struct reader *reader = reader_of(info);
    if (level >= 0) return;
    switch (info->err->msg_code) {
        case JWRN_ADOBE_XFORM:
        case JWRN_JFIF_MAJOR:
        case JWRN_TOO_MUCH_DATA: return; /* of headers, which change no pixel */
        case JWRN_EXTRANEOUS_DATA: /* bytes between segments mean nothing, but between scans a part was not understood */
            if (reader->info.input_scan_number == 0 || passed_over_zeros(reader)) return;
            break;
        case JWRN_HIT_MARKER:
            if (reader->ended) reader->cut = 1;
            break;
        default: break;
    }
    reader->damaged = 1;
}

static void on_text(j_common_ptr info) { (void)info; }

static void on_reset(j_common_ptr info) { info->err->num_warnings = 0; }

static void on_source(j_decompress_ptr info) { (void)info; }

/* Behind the file lies an end marker, as often as it is asked for. */
static boolean on_end(j_decompress_ptr info) {
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    reader_of((j_common_ptr)info)->ended = 1;
    info->src->next_input_byte = end;
    info->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void on_skip(j_decompress_ptr info, long bytes) {
    if (bytes <= 0) return;
    if ((size_t)bytes > info->src->bytes_in_buffer) {
        on_end(info);
    } else {
        info->src->next_input_byte += bytes;
        info->src->bytes_in_buffer -= (size_t)bytes;
    }
}

/* APP1: the first EXIF block stays where it lies in the file. */
static boolean on_exif(j_decompress_ptr info) {
    struct decoding *decoding = reader_of((j_common_ptr)info)->decoding;
    if (info->src->bytes_in_buffer < 2) return on_end(info);
    const uint8_t *body = info->src->next_input_byte + 2;
    const uint32_t length = read_u16be(body - 2); /* counts its own two bytes */
    const int whole = length >= 8 && length <= info->src->bytes_in_buffer;
    if (whole && decoding->exif.size == 0 && memcmp(body, "Exif\0", 6) == 0)
        decoding->exif = (struct span){body + 6, length - 8};
    on_skip(info, length < 2 ? 2 : (long)length);
    return TRUE;
}

static void on_progress(j_common_ptr info) {
    struct reader *reader = reader_of(info);
    if (reader->info.input_scan_number <= SCAN_LIMIT) return;
    reader->too_many_scans = 1;
    on_error(info);
}

/* ---- Refusals ---------------------------------------------------------------------------------------- */

static int32_t corrupt(struct reader *reader, const char *what) {
    return corrupt_file(reader->decoding->message, "JPEG", what);
}

static int32_t cut_short(struct reader *reader) {
    return short_file(reader->decoding->message, "JPEG", "its end is missing");
}

static int32_t unsupported(struct reader *reader, const char *kind) {
    return message_fail(reader->decoding->message, PERCEPT_UNSUPPORTED_FORMAT,
                        "This is %s, a kind that is not read. Save the picture as an ordinary JPEG or PNG.", kind);
}

/* What libjpeg's last error means to a user. */
static int32_t refuse(struct reader *reader) {
    const struct jpeg_decompress_struct *info = &reader->info;
    if (reader->too_many_scans) return corrupt(reader, "it has too many scans");
    switch (reader->errors.msg_code) {
        case JERR_OUT_OF_MEMORY: return out_of_memory(reader->decoding->message);
        case JERR_IMAGE_TOO_BIG:
        case JERR_WIDTH_OVERFLOW:
            return limits_check(info->image_width, info->image_height, reader->decoding->most_pixels,
                                reader->decoding->message);
        case JERR_EMPTY_IMAGE:
            if (info->image_width > 0 && info->num_components > 0 && info->image_height == 0)
                return unsupported(reader, "a JPEG that tells its height at its end");
            return corrupt(reader, "its header says that it has no pixels");
        case JERR_SOF_UNSUPPORTED: return unsupported(reader, "a lossless or hierarchical JPEG");
        case JERR_BAD_PRECISION: return unsupported(reader, "a JPEG with more than 8 bits for each colour");
        case JERR_COMPONENT_COUNT:
        case JERR_CONVERSION_NOTIMPL: return unsupported(reader, "a JPEG with an odd number of colours");
        case JERR_FRACT_SAMPLE_NOTIMPL: return unsupported(reader, "a JPEG with colours sampled in an odd way");
        case JERR_NO_QUANT_TABLE: return corrupt(reader, "its quantisation table is missing");
        case JERR_SOF_DUPLICATE: return corrupt(reader, "it has two frame headers");
        case JERR_SOS_NO_SOF: return corrupt(reader, "a scan comes before the frame header");
        default: break;
    }
    return reader->ended ? cut_short(reader) : corrupt(reader, "its contents cannot be decoded");
}

/* ---- Decoding ---------------------------------------------------------------------------------------- */

static void reader_begin(struct reader *reader) {
    struct jpeg_decompress_struct *info = &reader->info;
    reader->errors = (struct jpeg_error_mgr){
        .error_exit = on_error, .emit_message = on_message, .output_message = on_text, .reset_error_mgr = on_reset};
    info->err = &reader->errors;
    jpeg_create_decompress(info);
    reader->source = (struct jpeg_source_mgr){.next_input_byte = reader->decoding->bytes,
                                              .bytes_in_buffer = reader->decoding->size,
                                              .init_source = on_source,
                                              .fill_input_buffer = on_end,
                                              .skip_input_data = on_skip,
                                              .resync_to_restart = jpeg_resync_to_restart,
                                              .term_source = on_source};
    info->src = &reader->source;
    reader->progress = (struct jpeg_progress_mgr){.progress_monitor = on_progress};
    info->progress = &reader->progress;
    jpeg_set_marker_processor(info, JPEG_APP0 + 1, on_exif);
}

/* Blocks of 8 x 8 samples in one pass over all components. */
static uint64_t block_count(const struct jpeg_decompress_struct *info) {
    uint64_t blocks = 0;
    for (int i = 0; i < info->num_components; i++)
        blocks += (uint64_t)info->comp_info[i].width_in_blocks * info->comp_info[i].height_in_blocks;
    return blocks;
}

static int32_t check_header(struct reader *reader) {
    struct jpeg_decompress_struct *info = &reader->info;
    struct decoding *decoding = reader->decoding;
    if (info->num_components != 1 && info->num_components != 3 && info->num_components != 4)
        return unsupported(reader, "a JPEG with an odd number of colours");
    int32_t status = limits_check(info->image_width, info->image_height, decoding->most_pixels, decoding->message);
    if (status != PERCEPT_OK) return status;
    /* Huffman codes have a bit at least. Arithmetic coding may need less, where all is flat. */
    if (!info->arith_code && block_count(info) > (uint64_t)decoding->size * 8)
        return corrupt(reader, "it holds fewer pixels than its header says");
    info->out_color_space = info->num_components == 4 ? JCS_CMYK : JCS_RGB;
    return pixels_allocate(&decoding->pixels, info->image_width, info->image_height, decoding->message);
}

/* Pillow's CMYK to RGB, for stored (inverted) ink and black: black - black * (255 - ink) / 255, rounded. */
static uint8_t ink_to_light(uint8_t stored_ink, uint8_t stored_black) {
    int32_t product = (255 - stored_ink) * stored_black + 128;
    return (uint8_t)(stored_black - (((product >> 8) + product) >> 8));
}

static void inks_to_rgb(const uint8_t *inks, uint32_t width, uint8_t *rgb) {
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t c = 0; c < 3; c++) rgb[3 * i + c] = ink_to_light(inks[4 * i + c], inks[4 * i + 3]);
}

/* The inks themselves, of which the file stores the rest to 255. */
static void keep_inks(const uint8_t *inks, uint32_t width, uint8_t *colors, uint8_t *black) {
    for (uint32_t i = 0; i < width; i++) {
        for (uint32_t c = 0; c < 3; c++) colors[3 * i + c] = (uint8_t)(255 - inks[4 * i + c]);
        memset(black + 3 * i, 255 - inks[4 * i + 3], 3);
    }
}

static void read_rows(struct reader *reader) {
    struct jpeg_decompress_struct *info = &reader->info;
    uint8_t *rgb = reader->decoding->pixels.rgb;
    for (size_t bytes = (size_t)info->image_width * 3; info->output_scanline < info->output_height; rgb += bytes) {
        JSAMPROW row = reader->inks ? reader->inks : rgb;
        jpeg_read_scanlines(info, &row, 1);
        if (!reader->inks) continue;
        if (reader->decoding->extra.rgb) {
            keep_inks(reader->inks, info->image_width, rgb,
                      reader->decoding->extra.rgb + (rgb - reader->decoding->pixels.rgb));
        } else {
            inks_to_rgb(reader->inks, info->image_width, rgb);
        }
    }
}

/* Whether some scan of a picture in many has not come: a component without any, or coefficients without their last bits. */
static int scans_missing(const struct jpeg_decompress_struct *info) {
    for (int i = 0; i < info->num_components; i++) {
        if (!info->comp_info[i].quant_table) return 1;
        for (int k = 0; info->coef_bits && k < DCTSIZE2; k++)
            if (info->coef_bits[i][k] != 0) return 1;
    }
    return 0;
}

static int32_t keep_black(struct decoding *decoding) {
    decoding->mode = MODE_INKS;
    return pixels_allocate(&decoding->extra, decoding->pixels.width, decoding->pixels.height, decoding->message);
}

static int32_t read_picture(struct reader *reader) {
    struct jpeg_decompress_struct *info = &reader->info;
    jpeg_read_header(info, TRUE);
    int32_t status = check_header(reader);
    if (status != PERCEPT_OK) return status;
    if (info->out_color_space == JCS_CMYK) {
        reader->inks = malloc((size_t)info->image_width * 4);
        if (!reader->inks) return out_of_memory(reader->decoding->message);
        if (reader->decoding->keep_mode) status = keep_black(reader->decoding);
        if (status != PERCEPT_OK) return status;
    }
    jpeg_start_decompress(info); /* of a picture in several scans: all of them */
    const int missing = scans_missing(info);
    if (reader->ended && missing) return cut_short(reader);
    read_rows(reader);
    /* An arithmetic decoder cannot tell where its bytes end, and goes on with zeros. */
    if (reader->cut || (reader->ended && info->arith_code)) return cut_short(reader);
    jpeg_finish_decompress(info); /* reads on to the end marker, and complains where bytes are left */
    reader->decoding->damaged = reader->damaged || missing;
    return PERCEPT_OK;
}

/* What changes between setjmp and a jump back lies in *reader, which is the caller's, and no variable of this function. */
static int32_t decode(struct reader *reader) {
    if (setjmp(reader->refused) != 0) return refuse(reader);
    reader_begin(reader);
    return read_picture(reader);
}

int32_t jpeg_decode(struct decoding *decoding) {
    struct reader reader = {.decoding = decoding};
    const int32_t status = decode(&reader);
    jpeg_destroy_decompress(&reader.info);
    free(reader.inks);
    return status;
}
