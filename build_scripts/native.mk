# The engine's native test programs. Included by the Makefile.

# The engine in native code with the scalar kernels, under AddressSanitizer and UndefinedBehaviourSanitizer. Each
# program is run a second time with a check that cannot hold, to see it fail.
NATIVE = $(NATIVE_CC) -std=c11 -g -O1 -ffp-contract=off $(WARNINGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
         -isystem $(STB_INCLUDE)
NATIVE_TOWER = $(wildcard c_src/tower/*.c) $(REFERENCE) $(addprefix c_src/runtime/,arena.c status.c threads.c) tests/c/region_native.c
NATIVE_TESTS = build/tower_test build/sha256_test $(patsubst tests/c/%.c,build/%,$(wildcard tests/c/picture*_test.c))

build/tower_test: tests/c/tower_test.c $(NATIVE_TOWER) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -lm -o $@
build/sha256_test: tests/c/sha256_test.c c_src/hash/sha256.c $(HEADERS) tests/c/check.h build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -o $@
build/picture_test: WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc # so that each allocation can be made to fail
build/picture%test: tests/c/picture%test.c $(IMAGE) $(HEADERS) $(wildcard tests/c/*.h tests/golden/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) $(WRAP) -lm -o $@

build/picture_fuzz: tests/fuzz/picture_fuzz.c $(IMAGE) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) -fsanitize=fuzzer $(filter %.c,$^) -lm -o $@
