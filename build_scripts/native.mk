# The engine's native test programs. Included by the Makefile.

# The engine in native code with the scalar kernels, under AddressSanitizer and UndefinedBehaviourSanitizer. Each
# program is run a second time with a check that cannot hold, to see it fail.
# GCC takes a handle that is named like its type for a shadow of that. Vectors that the processor lacks pass no boundary.
NATIVE_WARNINGS = $(WARNINGS) -Wno-psabi $(if $(findstring clang,$(NATIVE_CC)),,-Wno-shadow)
NATIVE = $(NATIVE_CC) -std=c11 -g -O1 -ffp-contract=off $(NATIVE_WARNINGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
         -isystem $(STB_INCLUDE) $(LIBJPEG_FLAGS) $(LIBWEBP_FLAGS)
NATIVE_TOWER = $(wildcard c_src/tower/*.c) $(REFERENCE) $(TEXT) c_src/runtime/arena.c c_src/runtime/threads.c tests/c/region_native.c
NATIVE_PACK = $(sort $(filter c_src/pack/%,$(PACK)) $(CALIBRATE))
NATIVE_TESTS = build/sha256_test build/xxh64_test $(patsubst tests/c/%.c,build/%,$(wildcard tests/c/tower*_test.c tests/c/train*_test.c tests/c/picture*_test.c))

# The libraries that the picture module is built with, under the same sanitizers, and for the fuzzers with their eyes.
# libwebp leaves out its vector code, as in WebAssembly, where the compiler says that there is none.
ifdef LIBJPEG # not before the libraries were found
LIBRARY_PARTS = $(LIBJPEG_PARTS:%=$(LIBJPEG)/%) $(LIBWEBP_PARTS:%=$(LIBWEBP)/%)
NATIVE_LIBRARIES = $(LIBRARY_PARTS:build/%=build/native/%.o)
FUZZED_LIBRARIES = $(LIBRARY_PARTS:build/%=build/fuzzed/%.o)
LIBRARY_FLAGS = -std=gnu11 -w -fwrapv -U__SSE2__ -U__SSE4_1__ -U__ARM_NEON
$(NATIVE_LIBRARIES): build/native/%.o: build/%.c build_scripts/native.mk build/test_tools.mk
	@mkdir -p $(@D) && $(NATIVE) $(LIBRARY_FLAGS) -c $< -o $@
$(FUZZED_LIBRARIES): build/fuzzed/%.o: build/%.c build_scripts/native.mk build/test_tools.mk
	@mkdir -p $(@D) && $(NATIVE) $(LIBRARY_FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@
endif
build/tower%test: tests/c/tower%test.c $(NATIVE_TOWER) $(NATIVE_PACK) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -lm -o $@
build/train%test: tests/c/train%test.c $(TRAIN) $(BACKWARD_REFERENCE) $(NATIVE_TOWER) $(NATIVE_PACK) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -lm -o $@
build/sha256_test build/xxh64_test: build/%_test: tests/c/%_test.c c_src/hash/%.c $(HEADERS) tests/c/check.h build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -o $@
build/picture_test: WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc # so that each allocation can be made to fail
build/picture%test: tests/c/picture%test.c $(IMAGE) $(NATIVE_LIBRARIES) $(HEADERS) $(wildcard tests/c/*.h tests/golden/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c %.o,$^) $(WRAP) -lm -o $@

# Coverage-guided fuzzers (libFuzzer, so NATIVE_CC must be clang), and the same programs with counters for llvm-cov.
FUZZERS = build/picture_fuzz build/engine_fuzz
SHORT_FUZZ = $(if $(findstring clang,$(NATIVE_CC)),$(FUZZERS))
build/picture_fuzz build/picture_fuzz_coverage: tests/fuzz/picture_fuzz.c $(IMAGE)
build/engine_fuzz build/engine_fuzz_coverage: $(patsubst %,tests/fuzz/%.c,engine_fuzz picture_calls tower_calls train_calls pack_calls) \
                                            $(sort $(NATIVE_TOWER) $(TRAIN) $(BACKWARD_REFERENCE) $(NATIVE_PACK) $(IMAGE))
$(FUZZERS) $(FUZZERS:=_coverage): $(FUZZED_LIBRARIES) $(HEADERS) $(wildcard tests/c/*.h tests/fuzz/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) -fsanitize=fuzzer $(if $(filter %_coverage,$@),-fprofile-instr-generate -fcoverage-mapping) \
	  $(filter %.c %.o,$^) -lm -o $@

# The engine by other compilers, which must compute the published bits too: those that are there.
NATIVE_BITS = $(foreach cc,gcc clang,$(if $(shell command -v $(cc)),build/native_score-$(cc)-O0 build/native_score-$(cc)-O3))
build/native_score-%: tests/c/native_score.c $(NATIVE_TOWER) $(HEADERS) $(wildcard tests/c/*.h)
	@echo "  native $(@F)" && $(subst -O, -std=c11 -ffp-contract=off -O,$*) $(filter %.c,$^) -lm -o $@
