# Which sources make which WebAssembly module, and how. Included by the Makefile.

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CFLAGS = -std=c11 -O3 -ffp-contract=off $(WARNINGS)
HEADERS = $(wildcard c_src/*.h c_src/*/*.h c_src/*/*/*.h)
OUT = web/lib/wasm

# What each module is made of, folder by folder.
TEXT = c_src/runtime/text.c c_src/runtime/status.c c_src/runtime/info.c
MEMORY = c_src/runtime/arena.c c_src/runtime/region_wasm.c
IMAGE = $(wildcard c_src/image/*.c c_src/image/libjpeg/*.c) $(TEXT)
# Of libjpeg-turbo: reading, without what c_src/image/libjpeg/unused.c stands for.
LIBJPEG_PARTS = jaricom jcomapi jdapimin jdapistd jdarith jdcoefct jdcolor jddctmgr jdhuff jdinput jdmainct jdmarker jdmaster jdphuff \
                jdpostct jdsample jmemmgr jmemnobs jutils
# Of libwebp: reading, without vector code, which makes it larger by half.
LIBWEBP_PARTS = $(patsubst $(LIBWEBP)/%.c,%,$(wildcard $(LIBWEBP)/src/dec/*.c)) \
                $(addprefix src/dsp/,alpha_processing cpu dec dec_clip_tables filters lossless rescaler upsampling yuv) \
                $(addprefix src/utils/,bit_reader_utils color_cache_utils filters_utils huffman_utils palette quant_levels_dec_utils \
                  random_utils rescaler_utils thread_utils utils)
# Hostile coefficients overflow: as numbers that wrap, and not as the compiler likes.
LIBWEBP_FLAGS = -isystem $(LIBWEBP) -DWEBP_DISABLE_STATS -DNDEBUG -fwrapv
LIBJPEG_FLAGS = -Ic_src/image/libjpeg -isystem $(LIBJPEG) -DNO_GETENV -include errno.h
TOWER = $(wildcard c_src/tower/*.c) $(TEXT) $(MEMORY) c_src/runtime/threads.c
PACK = $(addprefix c_src/pack/,pack.c floats.c q8.c q4.c factor.c patch.c) c_src/tower/expand.c $(TEXT) $(MEMORY)
CALIBRATE = c_src/pack/calibrate.c
HASH = $(wildcard c_src/hash/*.c)
SIMD128 = $(addprefix c_src/kernels/,simd128.c epilogue.c dot_simd128.c)
RELAXED = $(addprefix c_src/kernels/,simd128.c epilogue.c relaxed.c)
REFERENCE = c_src/kernels/reference.c
BACKWARD_SIMD128 = c_src/kernels/backward_simd128.c
BACKWARD_REFERENCE = c_src/kernels/backward_reference.c
TRAIN = $(wildcard c_src/train/*.c)
SHARED = -matomics -mbulk-memory

# Without Emscripten's JavaScript, file system and system calls a module imports nothing but its memory.
# The stack lies first, so that overflowing it traps below address 0 instead of writing over the static data.
LINK = -O2 --no-entry -Wl,--stack-first -sIMPORTED_MEMORY -sFILESYSTEM=0 -sINITIAL_MEMORY=256KB -sSTACK_SIZE=64KB -sALLOW_MEMORY_GROWTH
TOWER_LINK = $(LINK) -sMAXIMUM_MEMORY=4GB -sMALLOC=none $(call exports,tower,c_src/percept.h)
TRAIN_EXPORTS = $(call exports,train,c_src/train/train.h)
SINGLE_LINK = $(TOWER_LINK) $(TRAIN_EXPORTS) -sSTANDALONE_WASM
# Threads without Emscripten's own: our workers share the memory, each with a stack of its own.
SHARED_LINK = $(TOWER_LINK) $(TRAIN_EXPORTS) -sSHARED_MEMORY=1 -Wno-pthreads-mem-growth -Wl,--export=__stack_pointer

# The linker makes one function of all that is called from a single place, which for the decoders was one of 46 KB: an engine
# optimises whole functions, and took a third of a second of a processor for it while the first pictures were scored.
SMALL_FUNCTIONS = -sBINARYEN_EXTRA_PASSES=one-caller-inline-max-function-size=100

# The functions of header $(2) whose names begin with $(1).
exports = $(patsubst %,-Wl$(comma)--export=%,$(shell sed -nE 's/.*[ *]$(open)$(1)$(close)_([a-z0-9_]+)[$(open)].*/\1_\2/p' $(2) | sort -u))
comma = ,
open = (
close = )

# $(call module,path of the .wasm,sources,compiler's flags,linker's flags). The linker writes a .mjs beside a module
# with shared memory, which nobody needs.
define module
$(1): $$(patsubst c_src/%.c,build/$(basename $(notdir $(1)))/%.o,$(2)) build_scripts/wasm.mk
	@mkdir -p $$(@D) && echo "  wasm  $$(@F)"
	@$$(EMCC) $$(filter %.o,$$^) $(4) -o $$(@:.wasm=.mjs) && rm -f $$(@:.wasm=.mjs)
build/$(basename $(notdir $(1)))/%.o: c_src/%.c $$(HEADERS) build_scripts/wasm.mk build/toolchain.mk
	@mkdir -p $$(@D) && $$(EMCC) $$(CFLAGS) -DPERCEPT_BUILD='"$(patsubst tower-%,%,$(basename $(notdir $(1))))"' $(3) -c $$< -o $$@
endef
LIBJPEG_WASM = $(LIBJPEG_PARTS:%=build/picture/libjpeg/%.o)
build/picture/libjpeg/%.o: $(LIBJPEG)/%.c $(wildcard c_src/image/libjpeg/*.h) build_scripts/wasm.mk build/toolchain.mk
	@mkdir -p $(@D) && $(EMCC) -O2 -w $(LONGJMP) $(LIBJPEG_FLAGS) -c $< -o $@
$(OUT)/picture.wasm: $(LIBJPEG_WASM)
# libjpeg's errors jump out of it, by WebAssembly's own exceptions: no JavaScript takes part.
LONGJMP = -sSUPPORT_LONGJMP=wasm
PICTURE_LINK = $(LINK) $(LONGJMP) -sSTANDALONE_WASM -sPURE_WASI -sMAXIMUM_MEMORY=1GB -sMALLOC=emmalloc $(SMALL_FUNCTIONS) $(call exports,picture,c_src/percept.h)
$(eval $(call module,$(OUT)/picture.wasm,$(filter-out %/webp.c,$(IMAGE)),-msimd128 -DPICTURE_WITHOUT_WEBP $(LONGJMP) -isystem $(STB_INCLUDE) $(LIBJPEG_FLAGS),$(PICTURE_LINK)))
# stb_image inflates one symbol after the other, which -O3 makes larger by half and hardly faster.
build/picture/image/stb.o: CFLAGS += -Os
# The same for WebP alone, which is loaded when the first one comes.
build/picture-webp/libwebp/%.o: $(LIBWEBP)/%.c build_scripts/wasm.mk build/toolchain.mk
	@mkdir -p $(@D) && $(EMCC) -O2 -msimd128 -w $(LIBWEBP_FLAGS) -c $< -o $@
$(OUT)/picture-webp.wasm: $(LIBWEBP_PARTS:%=build/picture-webp/libwebp/%.o)
IMAGE_WEBP = $(addprefix c_src/image/,decode.c filter.c format.c mode.c orientation.c picture.c resample.c resize.c views.c webp.c) $(TEXT)
$(eval $(call module,$(OUT)/picture-webp.wasm,$(IMAGE_WEBP),-msimd128 -DPICTURE_WEBP_ALONE $(LIBWEBP_FLAGS),$(PICTURE_LINK)))
$(eval $(call module,$(OUT)/tower-simd128.wasm,$(TOWER) $(TRAIN) $(SIMD128) $(BACKWARD_SIMD128),-msimd128,$(SINGLE_LINK)))
$(eval $(call module,$(OUT)/tower-relaxed.wasm,$(TOWER) $(TRAIN) $(RELAXED) $(BACKWARD_SIMD128),-msimd128 -mrelaxed-simd,$(SINGLE_LINK)))
$(eval $(call module,$(OUT)/tower-simd128-shared.wasm,$(TOWER) $(TRAIN) $(SIMD128) $(BACKWARD_SIMD128),-msimd128 $(SHARED),$(SHARED_LINK)))
$(eval $(call module,$(OUT)/tower-relaxed-shared.wasm,$(TOWER) $(TRAIN) $(RELAXED) $(BACKWARD_SIMD128),-msimd128 -mrelaxed-simd $(SHARED),$(SHARED_LINK)))
$(eval $(call module,$(OUT)/tower-reference.wasm,$(TOWER) $(TRAIN) $(REFERENCE) $(BACKWARD_REFERENCE),,$(SINGLE_LINK)))
$(eval $(call module,$(OUT)/hash.wasm,$(HASH),-msimd128,$(LINK) -sSTANDALONE_WASM -sMALLOC=none -sINITIAL_MEMORY=1536KB $(call exports,sha256,c_src/hash/sha256.h) $(call exports,xxh64,c_src/hash/xxh64.h)))
# For the converter alone.
$(eval $(call module,build/calibrate.wasm,$(TOWER) $(SIMD128) $(CALIBRATE),-msimd128,$(TOWER_LINK) -sSTANDALONE_WASM $(call exports,calibrate,c_src/pack/calibrate.h)))
$(eval $(call module,build/pack.wasm,$(PACK) $(SIMD128),-msimd128,$(LINK) -sSTANDALONE_WASM -sMAXIMUM_MEMORY=4GB -sMALLOC=none $(call exports,pack|unpack,c_src/pack/pack.h) $(call exports,tower_expand,c_src/percept.h)))
CONVERTER = build/pack.wasm build/calibrate.wasm

# Each vector set beside the scalar one, to be compared bit for bit.
EQUALITY_LINK = $(LINK) -sSTANDALONE_WASM -sMALLOC=none $(patsubst %,-Wl$(comma)--export=equality_%,kernels name first_difference)
define equality_module
build/kernel-equality-$(1).wasm: $(2) $(BACKWARD_SIMD128) $(REFERENCE) $(BACKWARD_REFERENCE) tests/c/kernel_equality.c $$(HEADERS) build_scripts/wasm.mk build/toolchain.mk
	@echo "  wasm  $$(@F)"
	@$$(EMCC) $$(CFLAGS) -DKERNEL_PREFIX=reference_ -c $(REFERENCE) -o build/reference-$(1).o
	@$$(EMCC) $$(CFLAGS) -DKERNEL_PREFIX=reference_ -c $(BACKWARD_REFERENCE) -o build/backward-reference-$(1).o
	@$$(EMCC) $$(CFLAGS) $(3) $(2) $(BACKWARD_SIMD128) tests/c/kernel_equality.c build/reference-$(1).o build/backward-reference-$(1).o $(EQUALITY_LINK) -o $$@
endef
$(eval $(call equality_module,simd128,$(SIMD128),-msimd128))
$(eval $(call equality_module,relaxed,$(RELAXED),-msimd128 -mrelaxed-simd))

BUILDS = simd128 relaxed simd128-shared relaxed-shared reference
MODULES = $(patsubst %,$(OUT)/%.wasm,picture picture-webp hash $(BUILDS:%=tower-%))

# What runs once for a picture, a model or a lesson is made small; what runs for each pixel, row or token is made fast.
COLD_IMAGE = bmp decode filter format gif jpeg resize views
COLD_JPEG = jaricom jcomapi jdapimin jdapistd jdarith jdcolor jdinput jdmainct jdmarker jdmaster jdpostct jmemmgr jmemnobs jutils
COLD_TOWER = tower/bind tower/configure tower/head tower/info tower/known_answer tower/output tower/ready tower/task tower/ways \
             train/checks train/configure train/info train/loss train/parameters runtime/info runtime/status runtime/text
$(COLD_IMAGE:%=build/picture/image/%.o) $(foreach build,$(BUILDS),$(COLD_TOWER:%=build/tower-$(build)/%.o)): CFLAGS += -Oz
$(COLD_JPEG:%=build/picture/libjpeg/%.o): LIBJPEG_FLAGS += -Oz

# The engine with its functions' names, for the profile of where the time goes.
build/bench/profile/tower-relaxed.wasm: $(OUT)/tower-relaxed.wasm
	@mkdir -p $(@D) && $(EMCC) $(patsubst c_src/%.c,build/tower-relaxed/%.o,$(TOWER) $(TRAIN) $(RELAXED) $(BACKWARD_SIMD128)) $(SINGLE_LINK) --profiling-funcs \
	  -o $(@:.wasm=.mjs) && rm -f $(@:.wasm=.mjs)
