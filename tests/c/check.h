/* What the native tests need of a test library: CHECK counts, RUN names, check_report ends the program.
 *
 * With the argument --prove-failure one check more is made that cannot hold, so that make test can show that a
 * failing check makes the program fail. */
#ifndef PERCEPT_CHECK_H
#define PERCEPT_CHECK_H

#include <stdio.h>
#include <string.h>

struct checks {
    const char *test; /* the one that is running */
    int made, failed;
};

static struct checks checks = {"", 0, 0};

static inline void check_count(int holds, const char *condition, const char *file, int line) {
    checks.made++;
    if (holds) return;
    checks.failed++;
    printf("%s:%d: %s: does not hold: %s\n", file, line, checks.test, condition);
}

#define CHECK(condition) check_count((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

#define RUN(function) (checks.test = #function, function())

static inline int check_report(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--prove-failure") == 0) CHECK(argc < 0);
    printf("%d checks passed, %d failed\n", checks.made - checks.failed, checks.failed);
    return checks.failed == 0 ? 0 : 1;
}

#endif
