# Percept: `make` prints this menu.
#
#   make serve     build everything and serve the page with the model that ships
#   make test      install what the tests need, and run all but parity, bench and test-bundlers
#   make wasm      build the engine's WebAssembly modules
#   make site      bundle the page and the library into build/site
#   make dist      the page and models as one static folder, MODELS="weights/demo" TRAITS="my-trait.safetensors"
#   make size      what a page loads, compressed
#   make bench     speed, against other runtimes
#   make bench-page  the same on a page, in the browser that opens it, BENCH="--models B/32,L/14"
#   make fuzz      hostile pictures, calls, models, traits, servers and checkpoints, SECONDS=60 for each, CORPUS= pictures to begin with
#   make lint      static analysis: ESLint, TypeScript, clang-format, clang-tidy, cppcheck, shellcheck, npm audit; STRICT=1 asks for all
#   make weights   fetch and convert a published model, RECIPE=perceptclip-l14 OUTTYPE=q8
#   make test-bundlers  the packed package in applications that Vite, Next, webpack and others build: minutes, and npm's registry; ROWS="vite8 esbuild" for these alone
#   make parity    full-size towers against PyTorch's figures: minutes, gigabytes
#   make train-demo  train the model that ships, DATA=DIR TEACHERS=DIR
#   make clean     remove what was built

PORT ?= 8000
SECONDS ?= 60

MODELS ?= weights/demo

.PHONY: help serve site dist test wasm size bench bench-page fuzz fuzz-coverage lint weights parity train-demo clean test-native test-js test-browser test-bundlers
help:
	@sed -n 's/^#   //p' Makefile

# ---- toolchain: EMCC and STB_INCLUDE, found or made by the script; libraries: where their sources were unpacked ----

ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
include build/toolchain.mk build/libraries.mk
endif

# What only the tests need: NATIVE_CC, CHROMIUM, FIREFOX.
ifneq ($(filter test test-% fuzz fuzz-% bench build/%,$(MAKECMDGOALS)),)
include build/test_tools.mk
export CHROMIUM FIREFOX NATIVE_CC
endif

build/%.mk: build_scripts/%.sh build_scripts/apt.sh
	@mkdir -p build
	@sh $< > $@.part && mv $@.part $@

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	cd $(@D)/.. && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json

include build_scripts/wasm.mk build_scripts/native.mk

wasm: $(MODULES) $(CONVERTER)

# ---- the page ----

# lit-html as files that need no bundler; the directives come with it.
LIT = web/ui/lit.js
$(LIT): build_scripts/lit.mjs $(wildcard build_scripts/lit/*) node_modules/.package-lock.json
	@echo "  lit   $@" && node $< && touch $@

# web/ as browsers get it: its modules bundled into few files.
SITE = build/site/service-worker.js
$(SITE): $(MODULES) $(LIT) $(shell find web -not -path '*/wasm/*') $(wildcard build_scripts/site*) $(wildcard build_scripts/site/*) node_modules/.package-lock.json
	@echo "  site  build/site" && node build_scripts/site.mjs
	@touch $@

site: $(SITE)

serve: wasm site
	node build_scripts/serve.mjs --port $(PORT)

dist: site
	node build_scripts/dist.mjs --out dist $(TRAITS:%=--trait %) $(MODELS)

size: site
	node build_scripts/size.mjs

# ---- tests ----

test: test-native test-js test-browser
	@echo "all tests passed"

test-native: $(NATIVE_TESTS) $(SHORT_FUZZ)
	@for program in $(NATIVE_TESTS); do echo "  $$program" && $$program || exit 1; \
	  if $$program --prove-failure > /dev/null; then echo "$$program cannot fail"; exit 1; fi; done
	@$(if $(SHORT_FUZZ),sh tests/fuzz/run.sh short,echo "  no fuzzing: $(NATIVE_CC) has no libFuzzer")

EQUALITY = $(patsubst %,build/kernel-equality-%.wasm,simd128 relaxed)
test-js: wasm site $(EQUALITY) $(NATIVE_BITS) node_modules/.package-lock.json tests/newer-node/node_modules/.package-lock.json
	node --test $(sort $(wildcard tests/js/*.test.mjs))

test-browser: wasm site $(EQUALITY) node_modules/.package-lock.json
	node --test --test-concurrency=1 $(sort $(wildcard tests/browser/*.test.mjs))

test-bundlers: wasm site node_modules/.package-lock.json
	ROWS="$(ROWS)" node --test --test-concurrency=1 tests/bundlers/*.test.mjs

# Coverage-guided in C, then random models, servers, calls and checkpoints. What it finds goes to build/fuzz and fuzz-*.
fuzz: $(FUZZERS) wasm site node_modules/.package-lock.json
	sh tests/fuzz/run.sh $(SECONDS) $(CORPUS)
	for kind in checkpoints models traits servers calls; do echo "  $$kind" && node tests/fuzz/$$kind.mjs $(SECONDS) || exit 1; done
fuzz-coverage: $(FUZZERS:=_coverage)
	sh tests/fuzz/run.sh coverage

lint: $(LIT) node_modules/.package-lock.json
	@STRICT=$(STRICT) sh build_scripts/lint.sh $(STB_INCLUDE) $(LIBJPEG) $(LIBWEBP)

# Seeded towers and checkpoints at full size; what PyTorch makes of them is committed, and made anew where it is installed.
parity: wasm node_modules/.package-lock.json
	@if /usr/bin/python3 -c 'import numpy, PIL, torch' 2>/dev/null; then \
	  for script in tower gradients checkpoints recipes; do /usr/bin/python3 tests/golden/$$script.py || exit 1; done; \
	  else echo "  PyTorch's figures are not made anew: /usr/bin/python3 lacks numpy, Pillow or torch"; fi
	node --test --test-concurrency=1 $(sort $(wildcard tests/parity/*.test.mjs))

# ---- speed ----

bench: wasm site build/bench/profile/tower-relaxed.wasm node_modules/.package-lock.json tests/bench/node_modules/.package-lock.json tests/newer-node/node_modules/.package-lock.json
	node tests/bench/bench.mjs --svg build/bench/time.svg $(BENCH)

# Without the peers it measures Percept alone, and says so.
bench-page: wasm node_modules/.package-lock.json
	@$(MAKE) --no-print-directory tests/bench/node_modules/.package-lock.json || echo "  the other runtimes could not be fetched: the page measures Percept alone"
	node tests/bench/bench-page.mjs --port $(PORT) $(BENCH)

# ---- the model that ships ----

train-demo: wasm
	@test -n "$(DATA)" -a -n "$(TEACHERS)" || { echo "percept: say where the pictures and the teachers are: make train-demo DATA=DIR TEACHERS=DIR"; exit 1; }
	sh build_scripts/train/train_demo.sh "$(DATA)" "$(TEACHERS)"

# ---- published models ----

weights: $(CONVERTER)
	@test -n "$(RECIPE)" || { echo "percept: say which, as in make weights RECIPE=perceptclip-l14; the recipes are in weights/recipes."; exit 1; }
	node build_scripts/download.mjs weights/recipes/$(RECIPE).json
	node build_scripts/convert.mjs weights/recipes/$(RECIPE).json --outdir weights/$(RECIPE) $(if $(OUTTYPE),--outtype $(OUTTYPE))
	@echo "percept: now run make serve and open http://localhost:$(PORT)/?model=weights/$(RECIPE)/"

clean:
	rm -rf build dist $(OUT) web/ui/lit*.js
