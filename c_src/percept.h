/* The engine boundary: everything that JavaScript may call.
 *
 * The engine is two WebAssembly modules that share nothing but this file. The picture module turns the
 * bytes of a file into views; the tower module turns views into scores. Neither imports anything but
 * its memory, so a call can neither print nor exit nor reach the network.
 *
 * Conventions
 *   - A function that can fail returns an int32_t status: PERCEPT_OK or one of enum percept_status. The
 *     handle then holds one sentence about it, valid until the next call with that handle.
 *   - Pointers are offsets in the module's own memory. Any call may grow that memory: JavaScript makes
 *     its typed views anew after each call.
 *   - Limits, status names and the version are told as JSON by picture_info() and tower_info(), so that
 *     JavaScript repeats none of them.
 */
#ifndef PERCEPT_H
#define PERCEPT_H

#include <stdint.h>

#define PERCEPT_VERSION "0.1.0"

enum percept_status {
    PERCEPT_OK = 0,
    PERCEPT_OUT_OF_MEMORY = 1,      /* the memory cannot grow far enough */
    PERCEPT_BAD_ARGUMENT = 2,       /* a number outside of what the function allows */
    PERCEPT_WRONG_STATE = 3,        /* a call that needs another one first */
    PERCEPT_UNSUPPORTED_FORMAT = 4, /* not a JPEG, PNG, BMP or GIF, or a kind of them that is not read */
    PERCEPT_CORRUPT_PICTURE = 5,    /* the format is known, the contents are broken or cut short */
    PERCEPT_PICTURE_TOO_LARGE = 6,  /* more pixels, or a longer side, than the limits allow */
    PERCEPT_UNKNOWN_TENSOR = 7,     /* a name that the configuration has no place for */
    PERCEPT_WRONG_SHAPE = 8,        /* a tensor's type or shape differs from the configuration's */
    PERCEPT_MISSING_TENSOR = 9,     /* something is still unbound when it is needed */
    PERCEPT_NOT_FINITE = 10,        /* a result is NaN or infinite: the weights are damaged */
    PERCEPT_STATUS_COUNT
};

/* ---- Part one: pictures (bytes -> decode -> orient -> resample -> views) ------------------------- */

typedef struct picture picture;

enum picture_filter { PICTURE_BILINEAR = 0, PICTURE_BICUBIC = 1, PICTURE_NEAREST = 2, PICTURE_LANCZOS = 3 };

/* JSON: {"version", "statuses": [name, …], "limits": {"pixels", "side", "views"}}. Static, NUL-ended. */
const char *picture_info(void);

/* A new, empty picture, or NULL when there is no memory for it. picture_free releases all that it holds. */
picture *picture_new(void);
void picture_free(picture *picture);

/* From here on at most so many pixels: 1 to the limit that picture_info tells, which holds before. */
int32_t picture_limit_pixels(picture *picture, uint32_t pixels);

/* The sentence that explains the last status of this handle; NUL-ended, "" after PERCEPT_OK. */
const char *picture_message(const picture *picture);

/* A buffer of `bytes` bytes for the encoded file, owned by the picture; NULL when there is no memory.
 * Filling it and calling picture_decode replaces what the picture held. */
uint8_t *picture_input(picture *picture, uint32_t bytes);

/* Decodes the input to 8-bit RGB as Pillow's convert("RGB") does. With apply_orientation, an EXIF
 * orientation of 2 to 8 is undone; otherwise it is ignored. The header is checked against the limits
 * before any pixel is decoded. The input buffer is released. */
int32_t picture_decode(picture *picture, int32_t apply_orientation);

/* For pixels that the browser decoded: a buffer of width x height x 4 bytes (RGBA, rows from the top,
 * alpha ignored), NULL when there is no memory or the limits forbid it; then picture_take_rgba. */
uint8_t *picture_rgba_input(picture *picture, uint32_t width, uint32_t height);
int32_t picture_take_rgba(picture *picture);

/* Size in pixels of the decoded (and oriented) picture; 0 before. */
uint32_t picture_width(const picture *picture);
uint32_t picture_height(const picture *picture);

/* Resamples the decoded picture, which stays as it is: so that the shorter side is `shorter` pixels and
 * the longer one floor(shorter * longer / shorter side), as torchvision's Resize(int) does; so that the
 * longer side is `longer` pixels and the shorter one round(shorter side / (longer side / longer)), halves
 * to even, as open_clip's ResizeKeepRatio does; or to height x width whatever the aspect. `filter` is an
 * enum picture_filter, equal to Pillow's. */
int32_t picture_resize_shorter(picture *picture, uint32_t shorter, int32_t filter);
int32_t picture_resize_longer(picture *picture, uint32_t longer, int32_t filter);
int32_t picture_resize_exact(picture *picture, uint32_t height, uint32_t width, int32_t filter);

/* Makes each side of the resized picture at least `size` pixels: the picture in the middle, floor(missing / 2)
 * pixels of grey (0 to 255, the same for each colour) above and to the left, the rest below and to the right. */
int32_t picture_pad(picture *picture, uint32_t size, uint32_t grey);

/* Cuts square views out of the resized picture: one in the centre, by torchvision's rounding (half to
 * even) or, with _down, by transformers' (down); or rows x columns of them, at top =
 * floor((i + 0.5) * (height - size + 1) / rows) and left likewise. PERCEPT_BAD_ARGUMENT when the resized picture is smaller than `size`. */
int32_t picture_crop_center(picture *picture, uint32_t size);
int32_t picture_crop_center_down(picture *picture, uint32_t size);
int32_t picture_crop_grid(picture *picture, uint32_t rows, uint32_t columns, uint32_t size);

/* The views: [count, size, size, 3], 8-bit RGB, owned by the picture until the next crop or resize. */
const uint8_t *picture_views(const picture *picture);
uint32_t picture_view_count(const picture *picture);

/* ---- Part two: the tower (views -> patches -> tokens -> embedding -> head -> score) -------------- */

typedef struct tower tower;

enum tower_activation { TOWER_QUICK_GELU = 0, TOWER_GELU = 1, TOWER_RELU = 2, TOWER_IDENTITY = 3 };

/* A tensor's type where it lies in memory; f16 is expanded to TOWER_F32 while it is loaded. */
enum tower_dtype { TOWER_F32 = 0, TOWER_U8 = 1, TOWER_I32 = 2 };

/* Where tower_bind looks a name up: the base, or a task's adapter and head (its number, from 0). */
enum { TOWER_BASE = -1 };

/* JSON: {"version", "build", "statuses": [name, …], "limits": {…}}. Static, NUL-ended. */
const char *tower_info(void);

/* Runs the int8 matrix product on fixed numbers with a non-zero accumulator, and says whether every bit
 * is the one that the definition asks for: 1 or 0. A loader must not trust a build before this. */
int32_t tower_known_answer(void);

/* A build may have several ways to compute the int8 product, numbered from 0: all give the same bits, and
 * which is fastest depends on the processor and the WebAssembly engine. tower_exercise computes `rounds`
 * times 61440 multiplications with one of them, to be timed, and so that the engine optimises it before it
 * is needed; tower_choose_way sets the one that tower_forward takes (0 at first). */
int32_t tower_ways(void);
void tower_exercise(int32_t way, int32_t rounds);
int32_t tower_choose_way(tower *tower, int32_t way);

/* The instance's tower, without a configuration; NULL when there is no memory, or when it was asked for before.
 * It lives as long as the instance: nothing of a tower is ever released alone. */
tower *tower_new(void);

const char *tower_message(const tower *tower);

/* The vision transformer's sizes, in the words of its config.json. embedding is the projection's width,
 * 0 where there is no projection; tasks is how many tasks may be bound; batch is how many views are
 * computed together at most, 0 for the engine's own choice; threads counts the caller. Allocates nothing. */
int32_t tower_configure(tower *tower, int32_t width, int32_t layers, int32_t heads, int32_t mlp_width, int32_t patch,
                        int32_t image, int32_t embedding, int32_t activation, float norm_epsilon, int32_t tasks,
                        int32_t batch, int32_t threads);

/* After tower_configure: the bytes of memory that the instance needs besides what tower_reserve takes
 * (its static data and stacks included), and the views that are computed together. */
double tower_state_bytes(const tower *tower);
int32_t tower_batch(const tower *tower);

/* Carves every buffer of the state, once: no later call but tower_reserve takes memory. */
int32_t tower_allocate(tower *tower);

/* `bytes` bytes for weights, aligned to 64; NULL when there is no memory. Weights are used where they
 * lie, so they may be written until the first call that computes with them. */
uint8_t *tower_reserve(tower *tower, uint32_t bytes);

/* Widens `count` IEEE half floats at `source` to floats at `destination`; the two may not overlap. */
void tower_expand_f16(const uint16_t *source, float *destination, uint32_t count);

/* Expands `units` units of a q4 tensor (136 bytes: 32 inputs of a panel) at `source` to q8 codes (256 bytes each)
 * at `codes`; the two may not overlap. */
void tower_expand_q4(const uint8_t *source, uint8_t *codes, uint32_t units);

/* Says that the tensor `name` of `owner` (TOWER_BASE or a task) lies at `data`, with this type and shape.
 * Names and shapes are those of weights/README.md. `data` must lie in what tower_reserve gave. */
int32_t tower_bind(tower *tower, int32_t owner, const char *name, uint32_t name_length, int32_t dtype,
                   const uint32_t *shape, uint32_t rank, const void *data);

/* A task's head and output, before its tensors are bound. Layers are added first to last; a task with
 * none returns the embedding itself as its raw result. With `normalize` the embedding is divided by its
 * L2 norm first. A score is mapped linearly so that from_low..from_high becomes to_low..to_high. */
int32_t tower_task_head_layer(tower *tower, int32_t task, int32_t outputs, int32_t activation);
int32_t tower_task_normalize(tower *tower, int32_t task, int32_t normalize);
int32_t tower_task_output_score(tower *tower, int32_t task, double from_low, double from_high, double to_low,
                                double to_high, int32_t clamp);
int32_t tower_task_output_classes(tower *tower, int32_t task);

/* PERCEPT_OK when every tensor of the base (TOWER_BASE) or of the task is bound; otherwise
 * PERCEPT_MISSING_TENSOR, and the message names the first that is missing. */
int32_t tower_ready(tower *tower, int32_t owner);

/* The normalisation of pixels, (value / 255 - mean) / std for red, green, blue; holds until changed. */
int32_t tower_set_normalization(tower *tower, float mean_red, float mean_green, float mean_blue, float std_red,
                                float std_green, float std_blue);

/* Where the next views go: [tower_batch, image, image, 3], 8-bit RGB. */
uint8_t *tower_views(tower *tower);

/* Computes the embeddings of the first `views` views, with the LoRA adapter of task `adapter` beside the
 * base, or without any for TOWER_BASE. They are at tower_embeddings: [views, embedding or width], where a
 * caller may put them back later, so that several tasks read the same ones in turn. */
int32_t tower_forward(tower *tower, int32_t adapter, int32_t views);
const float *tower_embeddings(const tower *tower);

/* A task's result: begin, then the head on the embeddings of each batch of views, then the output rule on
 * the mean over all views. The results below hold until the next begin of any task. */
int32_t tower_task_begin(tower *tower, int32_t task);
int32_t tower_task_head(tower *tower, int32_t task, int32_t views);
int32_t tower_task_finish(tower *tower, int32_t task);
const float *tower_view_outputs(const tower *tower);          /* [views, outputs], of the last tower_task_head */
int32_t tower_task_outputs(const tower *tower, int32_t task); /* the raw result's length */
const double *tower_raw(const tower *tower); /* [outputs], the mean over views, before the output rule */
/* A score: [value, standard error or NaN for one view]; classes: [outputs] probabilities. */
const double *tower_result(const tower *tower);

/* Shared builds only: what a thread's worker runs, with its own stack pointer already set, until
 * tower_stop_threads. `index` counts from 1; the caller of tower_forward is thread 0. */
void tower_thread_main(tower *tower, int32_t index);
void tower_stop_threads(tower *tower);
/* The top of the stack for thread `index` (16-aligned), inside what tower_allocate carved; 0 where there is none. */
uint32_t tower_thread_stack(const tower *tower, int32_t index);

#endif
