/* The engine boundary: everything that JavaScript may call in order to score a picture.
 *
 * Two WebAssembly modules share nothing but this file: the picture module turns the bytes of a file into views, the tower
 * module turns views into scores. Other headers stand beside it: every tower module also teaches (train/train.h), hash checks
 * files (hash/sha256.h, hash/xxh64.h), pack and calibrate serve the converter alone (pack/pack.h, pack/calibrate.h). No
 * module imports anything but its memory, so a call can neither print nor exit nor reach the network.
 *
 * A score, without the checks of each status:
 *
 *   picture *photo = picture_new();
 *   memcpy(picture_input(photo, bytes), file, bytes);
 *   picture_decode(photo, 1);
 *   picture_resize_shorter(photo, 224, PICTURE_BICUBIC);
 *   picture_crop_center(photo, 224);                     // picture_views(photo) is [1, 224, 224, 3]
 *
 *   tower *clip = tower_new();
 *   tower_configure(clip, &(struct tower_configuration){.width = 768, .layers = 12, .image = 224, …});
 *   tower_allocate(clip);
 *   tower_task_head_layer(clip, 0, 1, TOWER_IDENTITY);   // task 0: one linear layer with one output …
 *   tower_task_output_score(clip, 0, &(struct tower_score_scale){.from = {0, 1}, .to = {0, 100}});
 *   for (each tensor of the base, owner TOWER_BASE, and of the task, owner 0) {
 *       memcpy(data = tower_reserve(clip, its bytes), its contents, its bytes);
 *       tower_bind(clip, owner, &(struct tower_tensor){.name = its name, .data = data, …});
 *   }
 *   tower_set_normalization(clip, &(struct tower_normalization){.mean = {…}, .std = {…}});
 *   memcpy(tower_views(clip), picture_views(photo), 224 * 224 * 3);
 *   tower_forward(clip, 0, 0, 1);                        // … and an adapter: one view, into slot 0
 *   tower_task_begin(clip, 0);
 *   tower_task_head(clip, 0, 0, 1);
 *   tower_task_finish(clip, 0);                          // tower_result(clip)[0] is the score
 *
 * Conventions
 *   - A function that can fail returns an int32_t status: PERCEPT_OK or one of enum percept_status. The
 *     handle then holds one sentence about it, valid until the next call with that handle.
 *   - Pointers are offsets in the module's own memory. Any call may grow that memory: JavaScript makes
 *     its typed views anew after each call.
 *   - picture_info and tower_info say as JSON what JavaScript must know: version, status names, limits, the numbers of
 *     named constants, and where the fields of each struct lie that JavaScript fills (layout.h).
 */
#ifndef PERCEPT_H
#define PERCEPT_H

#include <stdint.h>

#include "layout.h"

#define PERCEPT_VERSION "0.1.0"

enum percept_status {
    PERCEPT_OK = 0,
    PERCEPT_OUT_OF_MEMORY = 1,      /* the memory cannot grow far enough */
    PERCEPT_BAD_ARGUMENT = 2,       /* a number outside of what the function allows */
    PERCEPT_WRONG_STATE = 3,        /* a call that needs another one first */
    PERCEPT_UNSUPPORTED_FORMAT = 4, /* not a JPEG, PNG, BMP, GIF or WebP, or a kind of them that is not read */
    PERCEPT_CORRUPT_PICTURE = 5,    /* the format is known, the contents are broken or cut short */
    PERCEPT_PICTURE_TOO_LARGE = 6,  /* more pixels, or a longer side, than the limits allow */
    PERCEPT_UNKNOWN_TENSOR = 7,     /* a name that the configuration has no place for */
    PERCEPT_WRONG_SHAPE = 8,        /* a tensor's type or shape differs from the configuration's */
    PERCEPT_MISSING_TENSOR = 9,     /* something is still unbound when it is needed */
    PERCEPT_NOT_FINITE = 10,        /* a weight or result is NaN or infinite */
    PERCEPT_STATUS_COUNT
};

/* ---- Part one: pictures (bytes -> decode -> orient -> resample -> views) ------------------------- */

typedef struct picture picture;

/* ENTRY(constant, the name that info gives it) */
#define PICTURE_FILTERS(ENTRY)        \
    ENTRY(PICTURE_BILINEAR, bilinear) \
    ENTRY(PICTURE_BICUBIC, bicubic)   \
    ENTRY(PICTURE_NEAREST, nearest)   \
    ENTRY(PICTURE_LANCZOS, lanczos)
enum picture_filter { PICTURE_FILTERS(LAYOUT_CONSTANT) };

/* JSON: {"version", "statuses": [name, …], "limits": {"pixels", "side", "views"}, "filters": {name: number, …}}. Static,
 * NUL-ended. */
const char *picture_info(void);

/* A new, empty picture, or NULL when there is no memory for it. picture_free releases all that it holds. */
picture *picture_new(void);
void picture_free(picture *picture);

/* From here on at most so many pixels: 1 to the limit that picture_info tells, which holds before. */
int32_t picture_limit_pixels(picture *picture, uint32_t pixels);

/* The sentence that explains the last status of this handle; NUL-ended, "" after PERCEPT_OK. */
const char *picture_message(const picture *picture);

/* When the pictures that are decoded from here on become RGB: before they are resized (0, as a new handle has it), or after (1), as
 * Pillow resizes a picture in the mode that it opens it in: palettes and single bits by the nearest sample whatever the filter,
 * colours weighted by alpha, inks each by itself. It makes no difference to grey and RGB, nor to pixels that are taken. */
int32_t picture_convert_after(picture *picture, int32_t after);

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

/* 1 if the file of the decoded picture is damaged: its pixels are those that Pillow and browsers show, but some were lost. */
int32_t picture_damaged(const picture *picture);

/* Resamples the decoded picture, which stays as it is: so that the shorter side is `shorter` pixels and
 * the longer one floor(shorter * longer / shorter side), as torchvision's Resize(int) does; so that the
 * longer side is `longer` pixels and the shorter one round(shorter side / (longer side / longer)), halves
 * to even, as open_clip's ResizeKeepRatio does; or to height x width whatever the aspect. `filter` is an
 * enum picture_filter, equal to Pillow's. */
int32_t picture_resize_shorter(picture *picture, uint32_t shorter, int32_t filter);
int32_t picture_resize_longer(picture *picture, uint32_t longer, int32_t filter);
int32_t picture_resize_exact(picture *picture, uint32_t height, uint32_t width, int32_t filter);

/* Makes each side of the resized picture at least `size` pixels: the picture in the middle, floor(missing / 2)
 * pixels of grey (0 to 255, the same for each colour) above and to the left, the rest below and to the right. Before a picture becomes
 * RGB, that is the palette's colour of that number, or so much of each ink. */
int32_t picture_pad(picture *picture, uint32_t size, uint32_t grey);

/* Cuts square views out of the resized picture: one in the centre, by torchvision's rounding (half to
 * even) or, with _down, by transformers' (down); or rows x columns of them, at top =
 * floor((i + 0.5) * (height - size + 1) / rows) and left likewise; with _to_edges, where there are several rows, at
 * i * (height - size) / (rows - 1), half up, so that the first and the last touch the picture's edges, and columns likewise.
 * PERCEPT_BAD_ARGUMENT when the resized picture is smaller than `size`. */
int32_t picture_crop_center(picture *picture, uint32_t size);
int32_t picture_crop_center_down(picture *picture, uint32_t size);
int32_t picture_crop_grid(picture *picture, uint32_t rows, uint32_t columns, uint32_t size);
int32_t picture_crop_grid_to_edges(picture *picture, uint32_t rows, uint32_t columns, uint32_t size);

/* The views: [count, size, size, 3], 8-bit RGB, owned by the picture until the next crop or resize. */
const uint8_t *picture_views(const picture *picture);
uint32_t picture_view_count(const picture *picture);

/* ---- Part two: the tower (views -> patches -> tokens -> embedding -> head -> score) -------------- */

typedef struct tower tower;

#define TOWER_ACTIVATIONS(ENTRY)        \
    ENTRY(TOWER_QUICK_GELU, quick_gelu) \
    ENTRY(TOWER_GELU, gelu)             \
    ENTRY(TOWER_RELU, relu)             \
    ENTRY(TOWER_IDENTITY, identity)
enum tower_activation { TOWER_ACTIVATIONS(LAYOUT_CONSTANT) };

/* A tensor's type where it lies in memory, by safetensors' names; F16 is expanded to F32 while it is loaded. */
#define TOWER_DTYPES(ENTRY) \
    ENTRY(TOWER_F32, F32)   \
    ENTRY(TOWER_U8, U8)     \
    ENTRY(TOWER_I32, I32)
enum tower_dtype { TOWER_DTYPES(LAYOUT_CONSTANT) };

/* Whose tensor tower_bind is given: the base's, or a task's adapter's or head's (its number, from 0). */
enum { TOWER_BASE = -1 };

/* JSON: {"version", "build", "statuses": [name, …], "limits": {…}, "base": TOWER_BASE, "activations" and "dtypes":
 * {name: number, …}, "expansions": {name: {"from", "to"}, …} in bytes of a unit, "structs": {name: {"bytes", "fields":
 * {name: {"type", "offset", "count"}, …}}, …}}. NUL-ended; it stays as long as the instance. */
const char *tower_info(void);

/* Room for the one struct that the next call reads: any of those below fits, aligned. JavaScript fills it there. */
void *tower_arguments(void);

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

/* The vision transformer's sizes, in the words of its config.json, and how much is asked of it. */
#define TOWER_CONFIGURATION(ONE, MANY)                                                                      \
    ONE(int32_t, width)                                                                                     \
    ONE(int32_t, layers)                                                                                    \
    ONE(int32_t, heads)                                                                                     \
    ONE(int32_t, mlp_width)                                                                                 \
    ONE(int32_t, patch)                                                                                     \
    ONE(int32_t, image)                                                                                     \
    ONE(int32_t, embedding)  /* the projection's width, 0 where there is no projection */                   \
    ONE(int32_t, activation) /* an enum tower_activation */                                                 \
    ONE(float, norm_epsilon)                                                                                \
    ONE(int32_t, tasks)   /* that may be bound */                                                           \
    ONE(int32_t, views)   /* of one picture whose embeddings are kept together, at most */                  \
    ONE(int32_t, batch)   /* of views that are computed together, at most; 0 for the engine's own choice */ \
    ONE(int32_t, threads) /* with the caller */
LAYOUT_STRUCT(tower_configuration, TOWER_CONFIGURATION);

/* May be called again until tower_allocate. Allocates nothing. */
int32_t tower_configure(tower *tower, const struct tower_configuration *given);

/* After tower_configure: the bytes of memory that the instance needs besides what tower_reserve takes
 * (its static data and stacks included), and the views that are computed together. */
double tower_state_bytes(const tower *tower);
int32_t tower_batch(const tower *tower);

/* The slots in which embeddings stay until they are computed anew: `views` of the configuration, and behind them whole
 * batches in which any `views` neighbours have room at once, as in a ring. */
int32_t tower_slots(const tower *tower);

/* Carves every buffer of the state, once: no later call but tower_reserve takes memory. */
int32_t tower_allocate(tower *tower);

/* `bytes` bytes for weights, all zero, aligned to 64; NULL when there is no memory. Weights are used where they lie. Write them
 * before tower_bind, which looks whether floats are finite; what is written later, nobody looks at. */
uint8_t *tower_reserve(tower *tower, uint32_t bytes);

/* Widens `count` IEEE half floats at `source` to floats at `destination`; the two may not overlap. */
void tower_expand_f16(const uint16_t *source, float *destination, uint32_t count);

/* Expands `units` units of a q4 tensor (136 bytes: 32 inputs of a panel) at `source` to q8 codes (256 bytes each)
 * at `codes`; the two may not overlap. */
void tower_expand_q4(const uint8_t *source, uint8_t *codes, uint32_t units);

/* A tensor, by the names and shapes of weights/README.md. */
#define TOWER_TENSOR(ONE, MANY)                            \
    ONE(const char *, name)                                \
    ONE(uint32_t, name_length)                             \
    ONE(int32_t, dtype)          /* an enum tower_dtype */ \
    ONE(const uint32_t *, shape) /* [rank] */              \
    ONE(uint32_t, rank)                                    \
    ONE(const void *, data) /* in what tower_reserve gave */
LAYOUT_STRUCT(tower_tensor, TOWER_TENSOR);

/* Says where a tensor of `owner` (TOWER_BASE or a task) lies. Only its data must stay. PERCEPT_NOT_FINITE for floats of which one
 * is NaN or infinite. */
int32_t tower_bind(tower *tower, int32_t owner, const struct tower_tensor *tensor);

/* A task's head and output, before its tensors are bound. The head and adapter of a task that is taught (train/train.h) are its
 * trainer's: to add layers, normalize, bind and clear is PERCEPT_WRONG_STATE then. Layers are added first to last; a task with
 * none returns the embedding itself as its raw result. With `normalize` the embedding is divided by its
 * L2 norm first. */
int32_t tower_task_head_layer(tower *tower, int32_t task, int32_t outputs, int32_t activation);
int32_t tower_task_normalize(tower *tower, int32_t task, int32_t normalize);

/* Empties the task: no head, adapter, normalisation or output rule, so that its number can be declared anew. What its tensors
 * lay in stays reserved, and is the caller's again. */
int32_t tower_task_clear(tower *tower, int32_t task);

/* The linear map that takes from[0]..from[1] to to[0]..to[1]. */
#define TOWER_SCORE_SCALE(ONE, MANY) \
    MANY(double, from, 2)            \
    MANY(double, to, 2)              \
    ONE(int32_t, clamp) /* whether a score stays between to's */
LAYOUT_STRUCT(tower_score_scale, TOWER_SCORE_SCALE);

int32_t tower_task_output_score(tower *tower, int32_t task, const struct tower_score_scale *scale);
int32_t tower_task_output_classes(tower *tower, int32_t task);

/* PERCEPT_OK when every tensor of the base (TOWER_BASE) or of the task is bound; otherwise
 * PERCEPT_MISSING_TENSOR, and the message names the first that is missing. */
int32_t tower_ready(tower *tower, int32_t owner);

/* Of pixels: (value / 255 - mean) / std for red, green, blue. */
#define TOWER_NORMALIZATION(ONE, MANY) \
    MANY(float, mean, 3)               \
    MANY(float, std, 3)
LAYOUT_STRUCT(tower_normalization, TOWER_NORMALIZATION);

/* Holds until changed. */
int32_t tower_set_normalization(tower *tower, const struct tower_normalization *given);

/* Where the next views go: [tower_batch, image, image, 3], 8-bit RGB. */
uint8_t *tower_views(tower *tower);

/* Computes the embeddings of the first `views` views (at most tower_batch) into slots `first` to first + views - 1, with
 * the LoRA adapter of task `adapter` beside the base, or without any for TOWER_BASE. */
int32_t tower_forward(tower *tower, int32_t adapter, int32_t first, int32_t views);

/* The same for the same views and another adapter, or for the first ones of them. What the two have in common is not computed
 * again: it goes on from the residual stream before the first block that the adapter of the last call changed. So adapters come
 * in the order of these blocks, and those with all views before those with fewer; PERCEPT_WRONG_STATE otherwise, or when the
 * normalization or the base was changed since. The results are those of tower_forward. */
int32_t tower_forward_on(tower *tower, int32_t adapter, int32_t first, int32_t views);

/* The first block that the adapter of the task changes; the number of layers where it changes none, and for TOWER_BASE. */
int32_t tower_first_adapted(const tower *tower, int32_t adapter);

/* Blocks that were computed since tower_new, each once for every view. */
double tower_blocks_computed(const tower *tower);

/* All slots: [tower_slots, embedding or width]. Embeddings that were copied elsewhere may be put back. */
float *tower_embeddings(const tower *tower);

/* A task's result: begin, then the head on the embeddings in slots `first` to first + views - 1 (at most tower_batch), as
 * often as a picture's views ask for, then the output rule on the mean over all of them, in the order of the calls. Slots
 * are only read, so that several tasks may share them. The results below hold until the next begin of any task. */
int32_t tower_task_begin(tower *tower, int32_t task);
int32_t tower_task_head(tower *tower, int32_t task, int32_t first, int32_t views);
int32_t tower_task_finish(tower *tower, int32_t task);
const float *tower_view_outputs(const tower *tower);          /* [views, outputs], of the last tower_task_head */
int32_t tower_task_outputs(const tower *tower, int32_t task); /* the raw result's length */
const double *tower_raw(const tower *tower); /* [outputs], the mean over views, before the output rule */
/* What the output rule made of them: a score's value and its standard error, NaN for one view; classes' probabilities; nothing
 * without a rule. */
int32_t tower_task_results(const tower *tower, int32_t task); /* its length */
const double *tower_result(const tower *tower);

/* Shared builds only: what a thread's worker runs, with its own stack pointer already set, until
 * tower_stop_threads. `index` counts from 1; the caller of tower_forward is thread 0. */
void tower_thread_main(tower *tower, int32_t index);
void tower_stop_threads(tower *tower);
/* The top of the stack for thread `index` (16-aligned), inside what tower_allocate carved; 0 where there is none. */
uint32_t tower_thread_stack(const tower *tower, int32_t index);

#endif
