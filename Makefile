# Percept: `make` prints this menu.
#
#   make serve     build everything and serve the page with the model that ships
#   make test      install what the tests need, and run them all
#   make wasm      build the engine's WebAssembly modules
#   make size      what a page loads, compressed
#   make bench     speed, against other runtimes
#   make fuzz      hostile pictures, SECONDS=60
#   make weights   fetch and convert a published model, RECIPE=perceptclip-l14 OUTTYPE=q8
#   make parity    full-size towers against PyTorch's figures: minutes, gigabytes
#   make train-demo  train the model that ships, PHOTOS=DIR RATINGS=CSV
#   make clean     remove what was built

PORT ?= 8000
SECONDS ?= 60

.PHONY: help serve test wasm size bench fuzz weights parity train-demo clean test-native test-js test-browser
help:
	@sed -n 's/^#   //p' Makefile

# ---- toolchain: two variables, EMCC and STB_INCLUDE, found or made by the script ----

ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
include build/toolchain.mk
endif

# What only the tests need: NATIVE_CC, CHROMIUM, FIREFOX.
ifneq ($(filter test test-% fuzz bench build/%,$(MAKECMDGOALS)),)
include build/test_tools.mk
export CHROMIUM FIREFOX
endif

build/%.mk: build_scripts/%.sh build_scripts/apt.sh
	@mkdir -p build
	@sh $< > $@.part && mv $@.part $@

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# ---- modules ----

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CFLAGS = -std=c11 -O3 -ffp-contract=off $(WARNINGS)
HEADERS = $(wildcard c_src/*.h c_src/*/*.h)
OUT = web/engine/wasm

IMAGE = $(wildcard c_src/image/*.c) c_src/runtime/status.c
TOWER = $(filter-out %/pack.c %/pack_q4.c,$(wildcard c_src/tower/*.c)) \
        $(addprefix c_src/runtime/,arena.c region_wasm.c status.c threads.c)
SIMD128 = c_src/kernels/simd128.c c_src/kernels/dot_simd128.c
RELAXED = c_src/kernels/simd128.c c_src/kernels/relaxed.c
REFERENCE = c_src/kernels/reference.c
SHARED = -matomics -mbulk-memory

# Without Emscripten's JavaScript, file system and system calls a module imports nothing but its memory.
LINK = -O2 --no-entry -sIMPORTED_MEMORY -sFILESYSTEM=0 -sINITIAL_MEMORY=256KB -sSTACK_SIZE=64KB -sALLOW_MEMORY_GROWTH
TOWER_LINK = $(LINK) -sMAXIMUM_MEMORY=4GB -sMALLOC=none $(call exports,tower,c_src/percept.h)
SINGLE_LINK = $(TOWER_LINK) -sSTANDALONE_WASM
# Threads without Emscripten's own: our workers share the memory, each with a stack of its own.
SHARED_LINK = $(TOWER_LINK) -sSHARED_MEMORY=1 -Wno-pthreads-mem-growth -Wl,--export=__stack_pointer

# The functions of header $(2) whose names begin with $(1).
exports = $(patsubst %,-Wl$(comma)--export=%,$(shell sed -nE 's/.*[ *]$(open)$(1)$(close)_([a-z0-9_]+)[$(open)].*/\1_\2/p' $(2) | sort -u))
comma = ,
open = (
close = )

# $(call module,path of the .wasm,sources,compiler's flags,linker's flags). The linker writes a .mjs beside a module
# with shared memory, which nobody needs.
define module
$(1): $$(patsubst c_src/%.c,build/$(basename $(notdir $(1)))/%.o,$(2)) Makefile
	@mkdir -p $$(@D) && echo "  wasm  $$(@F)"
	@$$(EMCC) $$(filter %.o,$$^) $(4) -o $$(@:.wasm=.mjs) && rm -f $$(@:.wasm=.mjs)
build/$(basename $(notdir $(1)))/%.o: c_src/%.c $$(HEADERS) Makefile build/toolchain.mk
	@mkdir -p $$(@D) && $$(EMCC) $$(CFLAGS) -DPERCEPT_BUILD='"$(patsubst tower-%,%,$(basename $(notdir $(1))))"' $(3) -c $$< -o $$@
endef
$(eval $(call module,$(OUT)/picture.wasm,$(IMAGE),-msimd128 -isystem $(STB_INCLUDE),$(LINK) -sSTANDALONE_WASM -sPURE_WASI -sMAXIMUM_MEMORY=1GB -sMALLOC=emmalloc $(call exports,picture,c_src/percept.h)))
$(eval $(call module,$(OUT)/tower-simd128.wasm,$(TOWER) $(SIMD128),-msimd128,$(SINGLE_LINK)))
$(eval $(call module,$(OUT)/tower-relaxed.wasm,$(TOWER) $(RELAXED),-msimd128 -mrelaxed-simd,$(SINGLE_LINK)))
$(eval $(call module,$(OUT)/tower-simd128-shared.wasm,$(TOWER) $(SIMD128),-msimd128 $(SHARED),$(SHARED_LINK)))
$(eval $(call module,$(OUT)/tower-relaxed-shared.wasm,$(TOWER) $(RELAXED),-msimd128 -mrelaxed-simd $(SHARED),$(SHARED_LINK)))
$(eval $(call module,$(OUT)/tower-reference.wasm,$(TOWER) $(REFERENCE),,$(SINGLE_LINK)))
# For the converter alone.
$(eval $(call module,build/pack.wasm,$(addprefix c_src/,tower/pack.c tower/pack_q4.c tower/expand.c runtime/arena.c runtime/region_wasm.c),-msimd128,$(LINK) -sSTANDALONE_WASM -sMAXIMUM_MEMORY=4GB -sMALLOC=none $(call exports,pack|unpack,c_src/tower/pack.h) $(call exports,tower_expand,c_src/percept.h)))

# Each vector set beside the scalar one, to be compared bit for bit.
EQUALITY_LINK = $(LINK) -sSTANDALONE_WASM -sMALLOC=none $(patsubst %,-Wl$(comma)--export=equality_%,kernels name first_difference)
define equality_module
build/kernel-equality-$(1).wasm: $(2) c_src/kernels/reference.c tests/c/kernel_equality.c $$(HEADERS) Makefile build/toolchain.mk
	@echo "  wasm  $$(@F)"
	@$$(EMCC) $$(CFLAGS) -DKERNEL_PREFIX=reference_ -c c_src/kernels/reference.c -o build/reference-$(1).o
	@$$(EMCC) $$(CFLAGS) $(3) $(2) tests/c/kernel_equality.c build/reference-$(1).o $(EQUALITY_LINK) -o $$@
endef
$(eval $(call equality_module,simd128,$(SIMD128),-msimd128))
$(eval $(call equality_module,relaxed,$(RELAXED),-msimd128 -mrelaxed-simd))

MODULES = $(patsubst %,$(OUT)/%.wasm,picture tower-simd128 tower-relaxed tower-simd128-shared tower-relaxed-shared tower-reference)
wasm: $(MODULES) build/pack.wasm

# ---- the page ----

serve: wasm
	node build_scripts/serve.mjs --port $(PORT)

size: wasm
	node build_scripts/size.mjs

# ---- tests ----

test: test-native test-js test-browser
	@echo "all tests passed"

# The engine in native code with the scalar kernels, under AddressSanitizer and UndefinedBehaviourSanitizer. Each
# program is run a second time with a check that cannot hold, to see it fail.
NATIVE = $(NATIVE_CC) -std=c11 -g -O1 -ffp-contract=off $(WARNINGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
         -isystem $(STB_INCLUDE)
NATIVE_TOWER = $(wildcard c_src/tower/*.c) $(REFERENCE) $(addprefix c_src/runtime/,arena.c status.c threads.c) tests/c/region_native.c
NATIVE_TESTS = build/tower_test $(patsubst tests/c/%.c,build/%,$(wildcard tests/c/picture*_test.c))

build/tower_test: tests/c/tower_test.c $(NATIVE_TOWER) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) -lm -o $@
build/picture_test: WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc # so that each allocation can be made to fail
build/picture%test: tests/c/picture%test.c $(IMAGE) $(HEADERS) $(wildcard tests/c/*.h tests/golden/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) $(filter %.c,$^) $(WRAP) -lm -o $@

test-native: $(NATIVE_TESTS)
	@for program in $^; do echo "  $$program" && $$program || exit 1; \
	  if $$program --prove-failure > /dev/null; then echo "$$program cannot fail"; exit 1; fi; done

EQUALITY = $(patsubst %,build/kernel-equality-%.wasm,simd128 relaxed)
test-js: wasm $(EQUALITY) node_modules/.package-lock.json
	node --test $(sort $(wildcard tests/js/*.test.mjs))

test-browser: wasm $(EQUALITY) node_modules/.package-lock.json
	node --test --test-concurrency=1 $(sort $(wildcard tests/browser/*.test.mjs))

# Coverage-guided, from the small pictures of every kind; what it finds goes to build/picture_corpus.
build/picture_fuzz: tests/fuzz/picture_fuzz.c $(IMAGE) $(HEADERS) $(wildcard tests/c/*.h) build/test_tools.mk
	@echo "  native $(@F)" && $(NATIVE) -fsanitize=fuzzer $(filter %.c,$^) -lm -o $@
fuzz: build/picture_fuzz
	@mkdir -p build/picture_corpus
	build/picture_fuzz -max_total_time=$(SECONDS) -max_len=4096 -rss_limit_mb=3000 -timeout=120 -print_final_stats=1 \
	  build/picture_corpus tests/golden/pictures
	node tests/fuzz/checkpoints.mjs $(SECONDS)

# Seeded towers and checkpoints at full size; what PyTorch makes of them is committed, and made anew where it is installed.
parity: wasm node_modules/.package-lock.json
	@if /usr/bin/python3 -c 'import torch' 2>/dev/null; then \
	  for script in tower checkpoints; do /usr/bin/python3 tests/golden/$$script.py || exit 1; done; fi
	node --test --test-concurrency=1 $(sort $(wildcard tests/parity/*.test.mjs))

# ---- speed ----

# The engine with its functions' names, for the profile of where the time goes.
build/bench/profile/tower-relaxed.wasm: $(OUT)/tower-relaxed.wasm
	@mkdir -p $(@D) && $(EMCC) $(patsubst c_src/%.c,build/tower-relaxed/%.o,$(TOWER) $(RELAXED)) $(SINGLE_LINK) --profiling-funcs \
	  -o $(@:.wasm=.mjs) && rm -f $(@:.wasm=.mjs)
tests/bench/node_modules/.package-lock.json: tests/bench/package-lock.json
	cd tests/bench && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json
bench: wasm build/bench/profile/tower-relaxed.wasm node_modules/.package-lock.json tests/bench/node_modules/.package-lock.json
	node tests/bench/bench.mjs --svg build/bench/time.svg $(BENCH)

# ---- the model that ships ----

train-demo: build/pack.wasm
	@test -n "$(PHOTOS)" -a -n "$(RATINGS)" || { echo "percept: say where the pictures are: make train-demo PHOTOS=DIR RATINGS=CSV"; exit 1; }
	sh build_scripts/train/train_demo.sh "$(PHOTOS)" "$(RATINGS)"

# ---- published models ----

weights: build/pack.wasm
	@test -n "$(RECIPE)" || { echo "percept: say which, as in make weights RECIPE=perceptclip-l14; the recipes are in weights/recipes."; exit 1; }
	node build_scripts/download.mjs weights/recipes/$(RECIPE).json
	node build_scripts/convert.mjs weights/recipes/$(RECIPE).json --outdir weights/$(RECIPE) $(if $(OUTTYPE),--outtype $(OUTTYPE))
	@echo "percept: now run make serve and open http://localhost:$(PORT)/?model=weights/$(RECIPE)/"

clean:
	rm -rf build dist $(OUT)
