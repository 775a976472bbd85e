/* The tower where memory cannot grow: growth is refused at the first, the second, … of all times that it is asked for.
 * Each call then says so, or works; nothing is written where no memory was given (AddressSanitizer watches), and a tower
 * that comes afterwards works. */
#include <string.h>

#include "../../c_src/percept.h"
#include "check.h"
#include "region_native.h"

enum { WIDTH = 16, TASKS = 3, PIECES = 12, PIECE = 100000 };

static const struct tower_configuration SMALL = {.width = WIDTH,
                                                 .layers = 2,
                                                 .heads = 2,
                                                 .mlp_width = 32,
                                                 .patch = 4,
                                                 .image = 12,
                                                 .embedding = 8,
                                                 .activation = TOWER_GELU,
                                                 .norm_epsilon = 1e-5f,
                                                 .tasks = TASKS,
                                                 .views = 2,
                                                 .batch = 2,
                                                 .threads = 2};

/* A tower's whole life; returns the first status that is not PERCEPT_OK. */
static int32_t live(void) {
    tower *tower = tower_new();
    if (!tower) return PERCEPT_OUT_OF_MEMORY;
    CHECK(tower_configure(tower, &SMALL) == PERCEPT_OK);
    int32_t status = tower_allocate(tower);
    if (status != PERCEPT_OK) {
        CHECK(strstr(tower_message(tower), "memory") != NULL);
        CHECK(tower_forward(tower, TOWER_BASE, 0, 1) == PERCEPT_WRONG_STATE);
        return status;
    }
    for (int i = 0; i < PIECES; i++) {
        uint8_t *piece = tower_reserve(tower, PIECE);
        if (!piece) {
            CHECK(strstr(tower_message(tower), "memory") != NULL);
            CHECK(tower_ready(tower, TOWER_BASE) == PERCEPT_MISSING_TENSOR); /* it can still be asked */
            return PERCEPT_OUT_OF_MEMORY;
        }
        memset(piece, 0xAA, PIECE);
    }
    const uint32_t shape[1] = {WIDTH};
    uint8_t *data = tower_reserve(tower, WIDTH * 4);
    if (!data) return PERCEPT_OUT_OF_MEMORY;
    const struct tower_tensor tensor = {
        .name = "embeddings.class", .name_length = 16, .dtype = TOWER_F32, .shape = shape, .rank = 1, .data = data};
    CHECK(tower_bind(tower, TOWER_BASE, &tensor) == PERCEPT_OK);
    return PERCEPT_OK;
}

static void growth_refused_at_every_step(void) {
    region_reset();
    CHECK(live() == PERCEPT_OK);
    const int64_t asked = region_asked();
    CHECK(asked > PIECES);
    for (int64_t granted = 0; granted < asked; granted++) {
        region_reset();
        region_grant(granted);
        CHECK(live() == PERCEPT_OUT_OF_MEMORY);
        region_reset();
        CHECK(live() == PERCEPT_OK); /* and it works again afterwards */
    }
}

/* A tower whose growth was refused takes what it is given later. */
static void the_same_tower_goes_on(void) {
    region_reset();
    tower *tower = tower_new();
    CHECK(tower != NULL);
    CHECK(tower_configure(tower, &SMALL) == PERCEPT_OK);
    region_grant(0);
    CHECK(tower_allocate(tower) == PERCEPT_OUT_OF_MEMORY);
    region_grant(-1);
    CHECK(tower_allocate(tower) == PERCEPT_OK);
    region_grant(0);
    CHECK(tower_reserve(tower, PIECE) == NULL);
    region_grant(-1);
    CHECK(tower_reserve(tower, PIECE) != NULL);
}

int main(int argc, char **argv) {
    RUN(growth_refused_at_every_step);
    RUN(the_same_tower_goes_on);
    return check_report(argc, argv);
}
