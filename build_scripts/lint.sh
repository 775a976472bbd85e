#!/bin/sh
# Static analysis: what is there runs, and what is not says so. Any finding fails; with STRICT=1 a linter that is not
# here fails, too.
#
#   [STRICT=1] sh build_scripts/lint.sh STB_INCLUDE LIBJPEG LIBWEBP
set -eu
cd "$(dirname "$0")/.."
stb=${1:?the folder of stb_image.h}
jpeg=${2:?the folder of jpeglib.h}
webp=${3:?the folder of src/webp/decode.h}
failed=0

# check NAME PROGRAM COMMAND…
check() {
  name=$1
  program=$2
  shift 2
  if ! command -v "$program" >/dev/null 2>&1; then
    echo "  $name: not run, $program is not installed (apt-get install $program)"
    [ "${STRICT:-}" != 1 ] || failed=1
    return 0
  fi
  if "$@" > build/lint.log 2>&1; then
    echo "  $name: clean"
  else
    cat build/lint.log
    echo "  $name: see above"
    failed=1
  fi
}

# What this machine's clang can read: no WebAssembly, and not stb_image.
sources=$(git ls-files 'c_src/*.c' | grep -v -e /stb.c -e region_wasm -e simd128 -e relaxed -e epilogue)

mkdir -p build
check ESLint node node node_modules/eslint/bin/eslint.js .
check imports node node build_scripts/imports.mjs
# The page's globals are not a worker's, so each is checked by itself; files of both are checked twice.
for part in page workers; do
  check "TypeScript, $part" node node node_modules/typescript/bin/tsc -p "build_scripts/types/$part.json" --pretty false
done
# SC2015 and SC2016: A && B || C and '$(…)' are meant where they stand.
# shellcheck disable=SC2046 # names without spaces
check shellcheck shellcheck shellcheck -x -P build_scripts -e SC2015,SC2016 $(git ls-files '*.sh' .ci/run)
# shellcheck disable=SC2046 # names without spaces
check clang-format clang-format clang-format --dry-run --Werror $(git ls-files 'c_src/*.[ch]' 'tests/c/*.[ch]' 'tests/fuzz/*.[ch]')
check cppcheck cppcheck cppcheck -q --std=c11 --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
  --suppressions-list=tests/cppcheck-suppressions.txt c_src tests/c tests/fuzz
# shellcheck disable=SC2086 # names without spaces
check clang-tidy clang-tidy clang-tidy --quiet $sources -- -std=c11 -isystem "$stb" -Ic_src/image/libjpeg -isystem "$jpeg" -isystem "$webp" -include errno.h

# Known weaknesses of what development depends on. At run time nothing is installed; NOTICE.md names what the build puts in.
if npm audit --audit-level=high > build/lint.log 2>&1; then
  echo "  npm audit: clean"
elif grep -q -E '^[0-9]+ (.*)?vulnerabilit' build/lint.log; then
  cat build/lint.log
  failed=1
else
  echo "  npm audit: no answer, the registry gives no advisories here ($(grep -m 1 -o -E 'E[A-Z]{4,}|[45][0-9][0-9] [A-Za-z ]+' build/lint.log || echo no answer))"
fi
exit $failed
