/* What libjpeg-turbo's own build would find out about the compiler: what the files that are compiled here ask for. */
#define INLINE inline __attribute__((always_inline))
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define FALLTHROUGH __attribute__((fallthrough));
